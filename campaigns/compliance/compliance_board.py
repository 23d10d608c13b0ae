"""What the law waits for, in one look: notices, re-confirmations, sending accounts, refusals. Figures only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, Q
from django.utils import timezone

from campaigns.compliance.senders import SenderCheck, sender_checks
from campaigns.models import Campaign, ChannelAccount, Message, RestrictedCategory, Suppression
from campaigns.notices import keys
from customers.consent import duties
from customers.models import ConsentEntry, PhoneOptOut, Processor
from customers.privacy import processors

LATELY_DAYS = 30
OVER = (Campaign.Status.FINISHED, Campaign.Status.CANCELLED)


@dataclass(frozen=True, slots=True)
class NoticeWay:
    """A standing campaign of notices, and how many of its messages left lately."""

    campaign: Campaign
    account: ChannelAccount
    sent: int


@dataclass(frozen=True, slots=True)
class DutyStanding:
    """A kind of duty: what is open and overdue, what no way could reach, and the ways it goes out by."""

    standing: duties.Standing
    unreached: int
    ways: Sequence[NoticeWay]


@dataclass(frozen=True, slots=True)
class AccountStanding:
    """A sending account and what the law asks of it."""

    account: ChannelAccount
    checks: Sequence[SenderCheck]

    @property
    def tone(self) -> str:
        """Return the worst of its lines: bad, wait or good."""
        tones = {check.tone for check in self.checks}
        return next((tone for tone in ("bad", "wait") if tone in tones), "good")


@dataclass(frozen=True, slots=True)
class Refusals:
    """How many refused advertising lately: by a withdrawal, over the 080 line, by a complaint."""

    withdrawn: int
    called: int
    complained: int


def duty_standings(now: datetime) -> list[DutyStanding]:
    """Return how the notices of each kind stand."""
    ways = _ways(now)
    return [
        DutyStanding(each, _unreached(each.kind, now), [way for way in ways if way.campaign.duty == each.kind])
        for each in duties.standings(now)
    ]


def account_standings(now: datetime) -> list[AccountStanding]:
    """Return every sending account with what the law asks of it, those with something to mend first."""
    on = timezone.localdate(now)
    found = [
        AccountStanding(account, sender_checks(account, is_advertising=True, on=on))
        for account in ChannelAccount.objects.select_related("processor")
    ]
    return sorted(found, key=lambda each: ("bad", "wait", "good").index(each.tone))


def refusals(now: datetime) -> Refusals:
    """Return how many refused advertising in the last 30 days."""
    since = now - timedelta(days=LATELY_DAYS)
    said_no = ConsentEntry.objects.filter(action=ConsentEntry.Action.WITHDRAWN, occurred_at__gte=since)
    complaints = Suppression.objects.filter(reason=Suppression.Reason.COMPLAINT, since__gte=since)
    return Refusals(
        withdrawn=said_no.values("customer").distinct().count(),
        called=PhoneOptOut.objects.filter(opted_out_at__gte=since).count(),
        complained=complaints.count(),
    )


def restrictions() -> list[RestrictedCategory]:
    """Return the goods that may not be advertised now."""
    return list(RestrictedCategory.objects.filter(lifted_at=None).select_related("lift_asked_by"))


def processors_to_tell_of() -> list[tuple[Processor, list[str]]]:
    """Return the active processors of which something is missing, with what (P-09, P-10)."""
    active = Processor.objects.filter(is_active=True)
    return [(each, missing) for each in active if (missing := processors.missing(each))]


def _ways(now: datetime) -> list[NoticeWay]:
    since = now - timedelta(days=LATELY_DAYS)
    sent = Q(messages__status=Message.Status.SENT, messages__sent_at__gte=since)
    campaigns = Campaign.objects.exclude(duty="").exclude(status__in=OVER).prefetch_related("steps__account")
    counted = campaigns.annotate(sent=Count("messages", filter=sent)).order_by("duty", "pk")
    return [NoticeWay(each, each.steps.all()[0].account, each.sent) for each in counted]


def _unreached(kind: str, now: datetime) -> int:
    """Return how many due duties have a message that did not go out, and none that may still."""
    tried = keys.messages_for()
    alive = tried.filter(status__in=[*Message.OPEN, Message.Status.SENT])
    return duties.due(kind, now).filter(Exists(tried), ~Exists(alive)).count()
