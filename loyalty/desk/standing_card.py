"""What a desk or a till may show of a customer: masked, what they have, what they can use now, and one thing to say."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_project.templatetags.formats import number_text
from customers.masking import CustomerView
from customers.models import Customer, Store
from loyalty import ledger
from loyalty.coupons import finding as coupon_finding
from loyalty.coupons import sentences, validity
from loyalty.desk.limits import usable_now
from loyalty.ledger import Standing
from loyalty.ledger.terms import ZONE, last_day_before
from loyalty.models import Account, Coupon, IssuedCoupon, Program
from loyalty.tiers.standings import Standing as TierStanding
from loyalty.tiers.standings import day_words
from loyalty.tiers.standings import standing_of as tier_standing_of

SOON_DAYS = 30
MOST_COUPONS = 6


@dataclass(frozen=True, slots=True)
class Saying:
    """The one thing to tell this customer; `kind` names why, `icon` and `tone` how it looks."""

    kind: str
    text: str
    icon: str
    tone: str


@dataclass(frozen=True, slots=True)
class HeldCoupon:
    """A coupon that the customer may use in this store today; `code` is what the till redeems."""

    name: str
    benefit: str
    code: str
    last_day: date | None
    coupon: Coupon


@dataclass(frozen=True, slots=True)
class StandingCard:
    """What staff may see. Of nobody (`account_id` None) it has the same shape, all of it empty."""

    account_id: int | None = None
    name: str = ""
    status: str = ""
    tier: TierStanding | None = None
    available: int = 0
    pending: int = 0
    held: int = 0
    debt: int = 0
    usable_now: int = 0
    expiring_points: int = 0
    expiring_on: date | None = None
    coupons: list[HeldCoupon] = field(default_factory=list)
    saying: Saying | None = None
    program: Program | None = None

    @property
    def perks(self) -> list[str]:
        """Return what the tier gives, in the shop's own words."""
        return [line.strip() for line in self.tier.tier.perks.splitlines() if line.strip()] if self.tier else []


def standing_card(
    customer: Customer | None, *, store: Store, bill: int | None = None, now: datetime | None = None
) -> StandingCard:
    """Return the card of a customer, at a store and for a bill (won) if there is one; the empty card of nobody."""
    now = now or timezone.now()
    if customer is None:
        return StandingCard()
    account = ledger.account_of(customer.pk)
    standing = ledger.standing_of(account.pk, now=now)
    tier = tier_standing_of(customer.pk)
    coupons = _coupons(customer, store=store, now=now)
    last_day = _last_day(standing)
    return StandingCard(
        account_id=account.pk,
        name=CustomerView(customer).title,
        status=account.status,
        tier=tier,
        available=standing.available,
        pending=standing.pending,
        held=standing.held,
        debt=standing.debt,
        usable_now=usable_now(account, standing, bill=bill),
        expiring_points=standing.next_expiry.points if standing.next_expiry else 0,
        expiring_on=last_day,
        coupons=coupons,
        saying=saying(customer, account, standing, tier, coupons, today=now.astimezone(ZONE).date()),
        program=account.program,
    )


def saying(
    customer: Customer,
    account: Account,
    standing: Standing,
    tier: TierStanding | None,
    coupons: list[HeldCoupon],
    *,
    today: date,
) -> Saying | None:
    """Return the most pressing thing to say: what is in the way, what would be lost, what is near, what there is."""
    if account.status == Account.Status.FROZEN:
        return Saying("frozen", _("Points can be earned but not used: the account is being checked."), "lock", "bad")
    if standing.debt:
        words = _("A return adjustment of %(points)s points is open; the next points pay it off.")
        return Saying("debt", words % {"points": number_text(standing.debt)}, "undo-2", "bad")
    return (
        _points_expire(standing, today)
        or _tier_at_risk(tier)
        or _birthday(customer, today)
        or _coupon_ends(coupons, today)
        or _next_tier(tier)
        or _perks(tier)
    )


def _points_expire(standing: Standing, today: date) -> Saying | None:
    last_day = _last_day(standing)
    if last_day is None or last_day > today + timedelta(days=SOON_DAYS):
        return None
    words = _("%(points)s points expire after %(day)s: offer to use them today.")
    told = {"points": number_text(standing.next_expiry.points), "day": day_words(last_day)}
    return Saying("points_expire", words % told, "clock", "wait")


def _tier_at_risk(tier: TierStanding | None) -> Saying | None:
    return Saying("tier_at_risk", tier.risk, "crown", "wait") if tier and tier.is_at_risk else None


def _birthday(customer: Customer, today: date) -> Saying | None:
    if customer.birthday is None or customer.birthday.month != today.month:
        return None
    return Saying("birthday", _("Birthday this month: wish them well."), "gift", "accent")


def _coupon_ends(coupons: list[HeldCoupon], today: date) -> Saying | None:
    first = coupons[0] if coupons else None
    if first is None or first.last_day is None or first.last_day > today + timedelta(days=SOON_DAYS):
        return None
    words = _("The coupon “%(coupon)s” is good until %(day)s.")
    return Saying("coupon_ends", words % {"coupon": first.name, "day": day_words(first.last_day)}, "ticket", "wait")


def _next_tier(tier: TierStanding | None) -> Saying | None:
    return Saying("next_tier", tier.forecast, "trending-up", "good") if tier and tier.forecast else None


def _perks(tier: TierStanding | None) -> Saying | None:
    lines = tier.tier.perks.strip().splitlines() if tier else []
    return Saying("perks", lines[0].strip(), "crown", "good") if lines else None


def _coupons(customer: Customer, *, store: Store, now: datetime) -> list[HeldCoupon]:
    here = Q(coupon__stores=[]) | Q(coupon__stores__contains=[store.external_id])
    begun = Q(coupon__valid_from=None) | Q(coupon__valid_from__lte=now.astimezone(ZONE).date())
    channels = [Coupon.SalesChannel.ANY, Coupon.SalesChannel.STORE]
    held = coupon_finding.held_by(customer.pk, now).filter(here, begun, coupon__sales_channel__in=channels)
    return [_held(piece) for piece in held[:MOST_COUPONS]]


def _held(piece: IssuedCoupon) -> HeldCoupon:
    last_day = validity.last_day_before(piece.expires_at) if piece.expires_at else None
    return HeldCoupon(piece.coupon.name, sentences.short(piece.coupon), piece.code, last_day, piece.coupon)


def _last_day(standing: Standing) -> date | None:
    """Return the last day on which the points that die next can be used."""
    if standing.next_expiry is None:
        return None
    return last_day_before(standing.next_expiry.at)
