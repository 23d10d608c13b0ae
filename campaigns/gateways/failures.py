"""Why a message failed, in the words of every gateway: each maps its own codes to one of these classes (G-24).

A code that nobody mapped is `UNKNOWN_CODE`, never success. What the gateway itself said stands beside it.
"""

from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Failure(TextChoices):
    """A class of failures to count by, of a gateway (G-24) or on our own side of it."""

    AUTH = "auth", _("The gateway does not accept the log-in")
    ACCOUNT_BLOCKED = "account_blocked", _("The gateway has blocked the account")
    RATE_LIMITED = "rate_limited", _("The gateway asks to send more slowly")
    RETRYABLE = "retryable", _("The receiving side could not take it for now")
    INVALID_RECIPIENT = "invalid_recipient", _("There is no such recipient")
    OPTED_OUT = "opted_out", _("The recipient has such messages refused")
    SPAM_BLOCKED = "spam_blocked", _("It was taken for spam")
    CONTENT = "content", _("The content cannot be sent")
    SENDER = "sender", _("The sender is not allowed")
    TEMPLATE = "template", _("The template is not approved or does not fit")
    BALANCE = "balance", _("The account at the gateway is empty")
    NIGHT_WINDOW = "night_window", _("The gateway sends no advertising at this hour")
    DUPLICATE = "duplicate", _("The gateway had this message already")
    UNKNOWN_CODE = "unknown_code", _("The gateway answered something unknown")
    CONNECTION = "connection", _("The connection broke before anything was handed over")
    GATEWAY = "gateway", _("The gateway could not be used")
    NO_ANSWER = "no_answer", _("The gateway never answered: it may have arrived")
    WORKER_LOST = "worker_lost", _("The process that had it ended before it was sent")
    INVALID_ADDRESS = "invalid_address", _("The address cannot be written to")

    @property
    def remedy(self) -> object:
        """Return what helps against it, in words."""
        return REMEDIES[self]

    @property
    def is_of_account(self) -> bool:
        """Tell whether the sending account is at fault, so that nothing else would leave over it either."""
        return self in OF_ACCOUNT


BY_ITSELF = _("Tried again by itself, up to five times. If it goes on, check the sending account.")
REMEDIES: dict[str, object] = {
    Failure.AUTH: _("Check user, password or key of the sending account, then resume it."),
    Failure.ACCOUNT_BLOCKED: _("Ask the gateway why, then resume the sending account."),
    Failure.RATE_LIMITED: _("Tried again by itself. If it goes on, lower the rate of the sending account."),
    Failure.RETRYABLE: _("Tried again by itself, up to five times; the next campaign may reach it."),
    Failure.INVALID_RECIPIENT: _("Correct the customer's address; until then it is on the suppression list."),
    Failure.OPTED_OUT: _("Nothing to do: they said no, to the gateway or to their carrier."),
    Failure.SPAM_BLOCKED: _("Stop, and check SPF, DKIM, the sender and the content before sending more."),
    Failure.CONTENT: _("Mend the content in the next campaign; what was wrong with it is beside it."),
    Failure.SENDER: _("Register the sender address or caller number with the gateway, then send again."),
    Failure.TEMPLATE: _("Have the template approved, or make fields and buttons the same as in it."),
    Failure.BALANCE: _("Pay in at the gateway, then resume the sending account."),
    Failure.NIGHT_WINDOW: _("Send it in the hours of the gateway; see the sending account."),
    Failure.DUPLICATE: _("Nothing to do: it was not sent a second time."),
    Failure.UNKNOWN_CODE: _("Ask the gateway what its answer means before sending more."),
    Failure.CONNECTION: BY_ITSELF,
    Failure.GATEWAY: BY_ITSELF,
    Failure.NO_ANSWER: _("Ask the gateway's log, then settle it below. It is never sent again by itself."),
    Failure.WORKER_LOST: _("Tried again by itself, up to five times. See Jobs if it happens often."),
    Failure.INVALID_ADDRESS: _("Correct the customer's address."),
}
OF_ACCOUNT = frozenset({Failure.AUTH, Failure.ACCOUNT_BLOCKED, Failure.BALANCE})


@dataclass(frozen=True, slots=True)
class Remedy:
    """A failure in plain words and what helps."""

    label: object
    remedy: object


def remedy_of(code: str) -> Remedy:
    """Return what a class of failure means; of one that is not known here, only its name."""
    if code in Failure.values:
        failure = Failure(code)
        return Remedy(failure.label, failure.remedy)
    return Remedy(code, "")
