"""What each class of failure means, and what to do about it."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


@dataclass(frozen=True, slots=True)
class Remedy:
    """A failure in plain words and what helps."""

    label: object
    remedy: object


KNOWN = {
    "connection": Remedy(
        gettext_lazy("The connection broke before anything was handed over"),
        gettext_lazy("Tried again by itself, up to five times. If it goes on, check the sending account."),
    ),
    "gateway": Remedy(
        gettext_lazy("The gateway could not be used"),
        gettext_lazy("Tried again by itself, up to five times. If it goes on, check the sending account."),
    ),
    "worker_lost": Remedy(
        gettext_lazy("The process that had it ended before it was sent"),
        gettext_lazy("Tried again by itself, up to five times. See Jobs if it happens often."),
    ),
    "content": Remedy(
        gettext_lazy("The mail could not be made for this customer"),
        gettext_lazy("Mend the content in the next campaign; what the template said is beside it."),
    ),
    "no_answer": Remedy(
        gettext_lazy("The server never answered: it may have arrived"),
        gettext_lazy("Ask the mail server's log, then settle it below. It is never sent again by itself."),
    ),
    "smtp_550": Remedy(
        gettext_lazy("There is no such mailbox"),
        gettext_lazy("Correct the customer's address, or put it on the suppression list."),
    ),
    "smtp_552": Remedy(
        gettext_lazy("The mailbox is full"), gettext_lazy("Nothing to do now; the next campaign may reach it.")
    ),
    "smtp_554": Remedy(
        gettext_lazy("The receiving server takes it for spam"),
        gettext_lazy("Stop, and check SPF, DKIM and the content before sending more."),
    ),
}


def remedy_of(code: str) -> Remedy:
    """Return what a class of failure means; of SMTP answers without words of their own, by their first digit."""
    if code in KNOWN:
        return KNOWN[code]
    if code.startswith("smtp_4"):
        return Remedy(_("The receiving server asks to wait"), _("Tried again by itself, up to five times."))
    if code.startswith("smtp_5"):
        return Remedy(
            _("The receiving server refuses it for good"),
            _("Read what it said; correct the address or put it on the suppression list."),
        )
    return Remedy(code, "")
