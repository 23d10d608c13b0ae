"""What happened to members in a stretch of time, for campaigns that begin with it.

Each kind yields who, when, a key and what is to be told. Asked twice for the same hours it yields the same keys, so a
missed minute is caught up and nobody enters twice. New kinds are functions registered here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm_project.registry import Registry
from loyalty.ledger.terms import start_of
from loyalty.models import CouponIssue, ExpiryNotice, IssuedCoupon, Referral, TierCause, TierPeriod, TierStanding

# So many days before its last one a coupon, or before its evaluation a tier, is news.
COUPON_DAYS, TIER_DAYS = 7, 30


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that happened to one customer; `told` is plain values for the words about it."""

    customer_id: int
    at: datetime
    key: str
    told: dict[str, Any] = field(default_factory=dict)


Ask = Callable[[datetime, datetime], Iterator[Happened]]


@dataclass(frozen=True, slots=True)
class Happening:
    """A kind of thing that happens to members; `ask` yields those of a stretch of time, its end left out."""

    name: str
    label: object
    ask: Ask


HAPPENINGS: Registry[Happening] = Registry("happening")


def happening(name: str, label: object) -> Callable[[Ask], Ask]:
    """Register the decorated function of (since, until) as a kind of happening."""

    def register(ask: Ask) -> Ask:
        HAPPENINGS.register(name, Happening(name, label, ask))
        return ask

    return register


def happened(name: str, since: datetime, until: datetime) -> Iterator[Happened]:
    """Yield what happened of a kind in a stretch of time.

    Raises:
        KeyError: there is no such kind.
    """
    return HAPPENINGS[name].ask(since, until)


def _expiring(days: int) -> Ask:
    def ask(since: datetime, until: datetime) -> Iterator[Happened]:
        rows = ExpiryNotice.objects.filter(days_before=days, opened_at__gte=since, opened_at__lt=until)
        for notice in rows.select_related("account").order_by("pk").iterator():
            told = {"points": notice.points, "last_day": notice.last_day.isoformat()}
            yield Happened(notice.account.customer_id, notice.opened_at, f"{notice.last_day}/{days}", told)

    return ask


happening("points_expiring_60", _("points expire in 60 days"))(_expiring(60))
happening("points_expiring_30", _("points expire in 30 days"))(_expiring(30))
happening("points_expiring_3", _("points expire in 3 days"))(_expiring(3))


@happening("tier_reached", _("rose to a tier"))
def tier_reached(since: datetime, until: datetime) -> Iterator[Happened]:
    """Yield who rose to a tier; not those whom a change of the ladder lifted."""
    rises = TierPeriod.objects.filter(is_rise=True, started_at__gte=since, started_at__lt=until)
    for period in rises.exclude(cause=TierCause.RULES_CHANGED).select_related("tier").order_by("pk").iterator():
        yield Happened(period.customer_id, period.started_at, f"tier/{period.pk}", {"tier": period.tier.name})


@happening("tier_at_risk", _("would lose the tier in 30 days"))
def tier_at_risk(since: datetime, until: datetime) -> Iterator[Happened]:
    """Yield whose evaluation is thirty days off and who would go down if nothing more came in."""
    first, last = (timezone.localdate(moment) + timedelta(days=TIER_DAYS) for moment in (since, until))
    rows = TierStanding.objects.filter(keep_missing__gt=0, judged_on__gte=first, judged_on__lte=last)
    for standing in rows.select_related("tier").order_by("pk").iterator():
        at = start_of(standing.judged_on - timedelta(days=TIER_DAYS))
        if since <= at < until:
            told = {"tier": standing.tier.name, "missing": standing.keep_missing}
            yield Happened(standing.customer_id, at, f"risk/{standing.judged_on}", told)


@happening("coupon_issued", _("got a coupon"))
def coupon_issued(since: datetime, until: datetime) -> Iterator[Happened]:
    """Yield who got a coupon; not by a campaign, which told it itself."""
    pieces = IssuedCoupon.objects.filter(issued_at__gte=since, issued_at__lt=until, customer__isnull=False)
    return _pieces(pieces.exclude(issue__origin=CouponIssue.Origin.CAMPAIGN), "issued_at", "got")


@happening("coupon_expiring", _("an unused coupon expires in 7 days"))
def coupon_expiring(since: datetime, until: datetime) -> Iterator[Happened]:
    """Yield who holds an unused coupon that has seven days left."""
    ahead = timedelta(days=COUPON_DAYS)
    pieces = IssuedCoupon.objects.filter(status=IssuedCoupon.Status.HELD, customer__isnull=False)
    held = pieces.filter(expires_at__gte=since + ahead, expires_at__lt=until + ahead)
    return _pieces(held, "expires_at", "ends", before=ahead)


def _pieces(pieces: Any, at: str, word: str, *, before: timedelta = timedelta()) -> Iterator[Happened]:
    for piece in pieces.select_related("coupon").order_by("pk").iterator():
        told = {"coupon": piece.coupon.name, "code": piece.code}
        yield Happened(piece.customer_id, getattr(piece, at) - before, f"{word}/{piece.pk}", told)


@happening("friend_came", _("a friend came with their code"))
def friend_came(since: datetime, until: datetime) -> Iterator[Happened]:
    """Yield who brought a friend that was let through."""
    rows = Referral.objects.filter(said_at__gte=since, said_at__lt=until, referrer__isnull=False)
    for referral in rows.exclude(status=Referral.Status.REFUSED).order_by("pk").iterator():
        yield Happened(referral.referrer_id, referral.said_at, f"came/{referral.pk}")


@happening("referral_rewarded", _("was rewarded for a friend"))
def referral_rewarded(since: datetime, until: datetime) -> Iterator[Happened]:
    """Yield who was rewarded for a friend."""
    rows = Referral.objects.filter(status=Referral.Status.REWARDED, decided_at__gte=since, decided_at__lt=until)
    for referral in rows.exclude(reason=Referral.Reason.OVER_CAP).order_by("pk").iterator():
        told = {"points": referral.referrer_points}
        yield Happened(referral.referrer_id, referral.decided_at, f"rewarded/{referral.pk}", told)
