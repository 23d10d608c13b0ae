"""What content may say of loyalty: the coupon a message gives, points, the tier, the link to pass on.

A part that a customer lacks is left out, so the template can tell: it needs a `default`, or the message is not made.
"""

import re
from collections.abc import Collection
from datetime import datetime
from typing import cast

from django.db.models import Q, Sum
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from campaigns import gateways
from campaigns.models import Campaign, Step
from campaigns.template_fields import looked_up_field
from loyalty import tiers
from loyalty.coupons import codes, validity
from loyalty.models import Account, Coupon, CouponIssue, IssuedCoupon, Lot
from loyalty.referrals import codes as referral_codes
from loyalty.referrals.terms import terms_in_force
from loyalty.tiers.standings import amount_words, standings

EXAMPLE_CODE = "0000-0000-0000"
OWN_CODE = re.compile(r"\w{4}-\w{4}-\w{4}")
LANGUAGE = "ko"


def without_code(value: object) -> object:
    """Return a coupon with only the end of a customer's own code: whoever reads the whole of it can use it."""
    told = cast(dict[str, object], value)
    code = str(told.get("code", ""))
    if code == EXAMPLE_CODE or not OWN_CODE.fullmatch(code):
        return told
    return told | {"code": codes.masked(code)}


@looked_up_field(
    "coupon",
    _("the coupon this message gives"),
    example={
        "name": "5천원 할인 쿠폰",
        "code": EXAMPLE_CODE,
        "number": "K-2026-11",
        "valid_until": "2026-11-30",
    },
    inserts="{{ coupon.name }} {{ coupon.code }} ({{ coupon.valid_until }}까지)",
    conceal=without_code,
)
def coupon(customer_ids: Collection[int], campaign: Campaign) -> dict[int, object]:
    """Return each customer's own coupon of the campaign; where none is given, the one that it tells of.

    Before it is sent, and in a rehearsal, the code is made up. Who may have no more of it has no value, nor has who
    used it before a further try or another way could tell of it.
    """
    step = _step_of(campaign)
    if step is None or step.coupon is None:
        return _told_of(customer_ids, campaign)
    if step.coupon.codes == Coupon.Codes.SHARED:
        return dict.fromkeys(customer_ids, _shown(step.coupon, step.coupon.shared_code or ""))
    is_sending = campaign.status == Campaign.Status.ACTIVE
    own = _issued(step, customer_ids, **({"status": IssuedCoupon.Status.HELD} if is_sending else {}))
    if is_sending and gateways.is_live(step.account):
        return own
    return _as_it_would_be(step.coupon, customer_ids) | own


def _step_of(campaign: Campaign) -> Step | None:
    return campaign.steps.select_related("coupon", "account").first() if campaign.pk else None


def _told_of(customer_ids: Collection[int], campaign: Campaign) -> dict[int, object]:
    """Return the first coupon that the campaign tells of, the same for everybody; it has no code of ours."""
    offered = campaign.coupons.order_by("pk").first() if campaign.pk else None
    return dict.fromkeys(customer_ids, _shown(offered)) if offered else {}


def _issued(step: Step, customer_ids: Collection[int], **more: str) -> dict[int, object]:
    """Return the pieces that the campaign's messages gave, of each customer the last one."""
    issue = {"issue__origin": CouponIssue.Origin.CAMPAIGN, "issue__reference": str(step.campaign_id)}
    pieces = IssuedCoupon.objects.filter(coupon=step.coupon, customer__in=list(customer_ids), **issue, **more)
    return {
        piece.customer_id: _shown(step.coupon, codes.shown(piece.code), piece.expires_at)
        for piece in pieces.order_by("pk")
    }


def _as_it_would_be(given: Coupon, customer_ids: Collection[int]) -> dict[int, object]:
    now = timezone.now()
    shown = _shown(given, EXAMPLE_CODE, validity.expires_at(given, now))
    enough = _have_enough(given, customer_ids, now)
    return {customer_id: shown for customer_id in customer_ids if customer_id not in enough}


def _have_enough(given: Coupon, customer_ids: Collection[int], now: datetime) -> set[int]:
    """Return who holds or has used as many as they may."""
    if given.per_customer_limit is None:
        return set()
    held = Q(status=IssuedCoupon.Status.HELD) & (Q(expires_at=None) | Q(expires_at__gt=now))
    pieces = IssuedCoupon.objects.filter(held | Q(status=IssuedCoupon.Status.USED), coupon=given)
    counted: dict[int, int] = {}
    for customer_id in pieces.filter(customer__in=list(customer_ids)).values_list("customer", flat=True):
        counted[customer_id] = counted.get(customer_id, 0) + 1
    return {customer_id for customer_id, count in counted.items() if count >= given.per_customer_limit}


def _shown(given: Coupon, code: str = "", expires_at: datetime | None = None) -> dict[str, object]:
    last = validity.last_day_before(expires_at) if expires_at else given.valid_until
    told = {"name": given.name, "number": given.external_id, "code": code, "valid_until": last}
    return {name: value for name, value in told.items() if value}


@looked_up_field(
    "points",
    _("points: usable now, expiring next, given by this message"),
    example={"available": 3_200, "expiring": 500, "expiring_on": "2026-12-31", "given": 1_000},
    inserts="{{ points.available }}",
)
def points(customer_ids: Collection[int], campaign: Campaign) -> dict[int, object]:
    """Return what each customer can use, what of it dies next and on which last day; nothing dies: left out.

    What the message itself gives is not in it.
    """
    step = _step_of(campaign)
    given = {"given": step.points} if step and step.points else {}
    wanted = list(customer_ids)
    usable = dict(Account.objects.filter(customer__in=wanted, merged_into=None).values_list("customer", "available"))
    dying = _dying(wanted)
    return {
        customer_id: {"available": usable.get(customer_id, 0), **dying.get(customer_id, {}), **given}
        for customer_id in wanted
    }


def _dying(customer_ids: list[int]) -> dict[int, dict[str, object]]:
    lots = Lot.objects.filter(account__customer__in=customer_ids, state=Lot.State.ACTIVE, expires_at__gt=timezone.now())
    days = lots.order_by().values("account__customer", "expires_at").annotate(points=Sum("remaining"))
    found: dict[int, dict[str, object]] = {}
    for day in days.order_by("-expires_at"):
        last_day = validity.last_day_before(day["expires_at"])
        found[day["account__customer"]] = {"expiring": day["points"], "expiring_on": last_day}
    return found


@looked_up_field(
    "tier",
    _("tier: its name, and what is missing to the next one"),
    example={"name": "실버", "missing": "32,000원", "next": "골드", "by": "2026-12-31"},
    inserts="{{ tier.name }}",
)
def tier(customer_ids: Collection[int], campaign: Campaign) -> dict[int, object]:
    """Return each customer's tier; on the highest one nothing is missing, and without tiers nobody has a value."""
    with translation.override(LANGUAGE):
        return {customer_id: _standing(found) for customer_id, found in standings(list(customer_ids)).items()}


def _standing(found: tiers.Standing) -> dict[str, object]:
    told: dict[str, object] = {"name": found.tier.name}
    if found.next_tier is not None and found.missing is not None:
        told |= {"missing": amount_words(found.basis, found.missing), "next": found.next_tier.name}
        told |= {"by": found.reach_by} if found.reach_by else {}
    return told


@looked_up_field(
    "referral",
    _("the customer’s link to pass on to friends"),
    example={"link": "https://shop.example/r/0123456789AB", "code": "0123-4567-89AB"},
    inserts="{{ referral.link }}",
)
def referral(customer_ids: Collection[int], campaign: Campaign) -> dict[int, object]:
    """Return each customer's link and code; nobody has one while referrals do not count."""
    if terms_in_force() is None:
        return {}
    found = referral_codes.codes_of(customer_ids)
    return {
        customer_id: {"link": referral_codes.url_of(code), "code": codes.shown(code)}
        for customer_id, code in found.items()
    }
