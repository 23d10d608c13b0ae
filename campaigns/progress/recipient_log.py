"""A campaign's messages one by one, in pages that cost the same wherever one is (DESIGN §11).

In the order of the customers, which an index holds for every campaign: no page is counted or skipped over, so that
the thousandth of a million is as quick as the first.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from campaigns.gateways.failures import remedy_of
from campaigns.models import Campaign, ChannelAccount, Message, SkipReason

PAGE = 50
# What customers do with a message, by the name that an address asks for it.
ANSWERS = {"opened": _("opened"), "clicked": _("clicked"), "unsubscribed": _("opted out")}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the log is narrowed to; empty: everything. `why` is a reason to skip or a class of failure, `answer` what
    the customer did: one of `ANSWERS`.
    """

    status: str = ""
    why: str = ""
    account: int | None = None
    delivery: str = ""
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of a page: the next page begins after it."""

    customer_id: int = 0
    message_id: int = 0

    def __str__(self) -> str:
        return f"{self.customer_id}.{self.message_id}"

    @classmethod
    def read(cls, text: str) -> "Cursor":
        """Return the cursor of an address; of one that somebody changed, the beginning."""
        customer_id, _dot, message_id = text.partition(".")
        if not (customer_id.isdecimal() and message_id.isdecimal()) or len(text) > 38:
            return cls()
        return cls(int(customer_id), int(message_id))


@dataclass(frozen=True, slots=True)
class LogPage:
    """Some of the log. No `next`: this is its end."""

    messages: Sequence[Message]
    next: Cursor | None


def page_of(campaign: Campaign, asked: Asked, after: Cursor) -> LogPage:
    """Return the messages of a campaign after a row, with their customers and accounts."""
    found = _narrowed(campaign, asked).filter(enrollment__customer_id__gte=after.customer_id)
    found = found.exclude(enrollment__customer_id=after.customer_id, pk__lte=after.message_id)
    ordered = found.order_by(F("enrollment__customer_id"), F("pk"))
    rows = list(ordered.select_related("customer", "account", "enrollment")[: PAGE + 1])
    shown = rows[:PAGE]
    # A message goes along with a merge; its enrolment stays where both had entered, and gives the order.
    last = Cursor(shown[-1].enrollment.customer_id, shown[-1].pk) if len(rows) > PAGE else None
    return LogPage(shown, last)


def accounts_of(campaign: Campaign) -> list[ChannelAccount]:
    """Return the accounts the campaign sends over, its fallbacks' too, in the order in which they are tried."""
    step = campaign.steps.select_related("account").first()
    if step is None:
        return []
    accounts = [step.account, *(fallback.account for fallback in step.fallbacks.select_related("account"))]
    return list({account.pk: account for account in accounts}.values())


def why(message: Message) -> str:
    """Return why a message was not sent, failed, came back or waits; empty: nothing is the matter with it."""
    if message.skip_reason:
        return str(SkipReason(message.skip_reason).label)
    return str(remedy_of(message.failure).label) if message.failure else ""


def _narrowed(campaign: Campaign, asked: Asked) -> QuerySet[Message]:
    found = Message.objects.filter(enrollment__campaign=campaign, campaign=campaign)
    if asked.status:
        found = found.filter(status=asked.status)
    if asked.why:
        found = found.filter(Q(skip_reason=asked.why) | Q(failure=asked.why))
    if asked.account:
        found = found.filter(account=asked.account)
    if asked.delivery:
        found = found.filter(delivery=asked.delivery)
    if asked.answer:
        found = found.filter(**{f"{asked.answer}_at__isnull": False})
    return found
