"""How much advertising a customer gets: caps over all campaigns, and who comes first for one more (U-30, U-31)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import BooleanField, Case, Count, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import ngettext

from campaigns.models import Campaign, FrequencyCap, Message
from campaigns.pipeline.gate.question import Question, Range

LEFT = (Message.Status.SENDING, Message.Status.SENT, Message.Status.UNKNOWN)
WAITING = (Message.Status.PLANNED, Message.Status.CLAIMED)


@dataclass(frozen=True)
class Cap:
    """At most so many advertisements in so many days; over one channel, or over all where it is empty."""

    most: int
    days: int
    channel: str = ""
    is_rolling: bool = False

    def __str__(self) -> str:
        many = ngettext("%(most)s advertisement", "%(most)s advertisements", self.most) % {"most": self.most}
        return many + " " + ngettext("in %(days)s day", "in %(days)s days", self.days) % {"days": self.days}

    def since(self, at: datetime) -> datetime:
        """Return from when on messages count."""
        return at - timedelta(days=self.days) if self.is_rolling else _midnight(at) - timedelta(days=self.days - 1)

    def until(self, at: datetime) -> datetime:
        """Return before when what is planned would count against it too."""
        return (at if self.is_rolling else _midnight(at)) + timedelta(days=self.days)


def caps_in_force() -> list[Cap]:
    """Return the caps that staff entered; while there are none, those of the settings."""
    entered = [Cap(*row) for row in FrequencyCap.objects.values_list("most", "days", "channel", "is_rolling")]
    usual = [Cap(settings.ADS_PER_DAY, 1), Cap(settings.ADS_PER_WEEK, 7)]
    return entered or [cap for cap in usual if cap.most]


def reached(question: Question, at: datetime) -> Q | None:
    """Return the condition that the customer may get no more at `at`; None where nothing caps this message.

    One look at the customer's messages for all caps: a look each would cost as much again.
    """
    caps = [cap for cap in caps_in_force() if cap.channel in ("", question.channel.key)]
    if not caps:
        return None
    counts = {f"count_{number}": Count("pk", filter=_counted(question, cap, at)) for number, cap in enumerate(caps)}
    is_full = Q()
    for number, cap in enumerate(caps):
        is_full |= Q(**{f"count_{number}__gte": cap.most})
    counted = _messages(question).order_by().values("customer").annotate(**counts)
    if question.within:
        return Q(pk__in=_of_range(counted, question.within).filter(is_full).values("customer"))
    full = Case(When(is_full, then=Value(True)), default=Value(False), output_field=BooleanField())
    of_customer = counted.filter(customer=OuterRef("pk")).annotate(full=full).values("full")
    return Q(Coalesce(Subquery(of_customer), Value(False), output_field=BooleanField()))


def _of_range(messages: QuerySet[Message, Any], within: Range) -> QuerySet[Message, Any]:
    return messages.filter(customer_id__gt=within[0], customer_id__lte=within[1])


def _messages(question: Question) -> QuerySet[Message]:
    """Return the advertising of other campaigns; the sandbox's only where this is sandbox too.

    Of one that customers enter again, such as for each order, what it sent them earlier counts as well.
    """
    others = Message.objects.filter(
        campaign__purpose=Campaign.MessagePurpose.ADVERTISING,
        status__in=[*LEFT, *WAITING],
    )
    if question.campaign.entry == Campaign.Entry.ONCE:
        others = others.exclude(campaign=question.campaign)
    others = others.annotate(left_at=Coalesce("sent_at", "sending_at"))
    return others.filter(Q(is_sandbox=False) | Q(status__in=WAITING)) if question.is_live else others


def _counted(question: Question, cap: Cap, at: datetime) -> Q:
    """What left within the days, and what a campaign that goes first will still send within them."""
    left = Q(status__in=LEFT, left_at__gte=cap.since(at))
    goes_first = Q(campaign__status=Campaign.Status.ACTIVE, campaign__priority__gt=question.campaign.priority)
    counted = left | (Q(status__in=WAITING, due_at__lt=cap.until(at)) & goes_first)
    return counted & Q(account__channel=cap.channel) if cap.channel else counted


def _midnight(at: datetime) -> datetime:
    return timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
