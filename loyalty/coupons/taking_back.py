"""A use is undone: cancelled at the till, or the goods come back. Each is done once, however often it is sent."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from crm_project.templatetags.formats import won_text
from customers.segments.refresh import touch
from loyalty.coupons import discounts, redeeming, validity
from loyalty.coupons.baskets import BasketLine
from loyalty.coupons.discounts import OFF_THE_GOODS
from loyalty.coupons.refusals import refused
from loyalty.models import Coupon, CouponRedemption, CouponReturn, IssuedCoupon

Status, Held = CouponRedemption.Status, IssuedCoupon.Status


@dataclass(frozen=True, slots=True)
class Returned:
    """What a return comes to: how much of the coupons' discount goes with the goods, and what the customer gets back.

    Won. `gave_back` are the coupons that may be used again.
    """

    taken_back: int
    refund: int
    gave_back: list[Coupon]
    is_replay: bool = False


@transaction.atomic
def cancel(source: str, reference: str, *, reason: str = "", by: User | None = None) -> list[CouponRedemption]:
    """Undo the act with this number as if it had not been: every coupon may be used again until its old last day.

    A second cancel changes nothing and answers with the same.

    Raises:
        CouponRefused: there is no such act, or goods of it came back already.
    """
    uses = _locked(source, reference)
    for use in uses:
        if use.returned_amount:
            raise refused("HAS_RETURNS")
    for use in uses:
        if use.status == Status.USED:
            _end(use, Status.CANCELLED, reason, by=by)
            _uncount(use, discount=use.discount, revenue=use.paid_amount, uses=1)
            _give_back(use)
    _touch(uses)
    return uses


@transaction.atomic
def return_goods(
    source: str, reference: str, lines: Sequence[BasketLine], *, return_reference: str, is_capped: bool = False
) -> Returned:
    """Take back the share of the discount that goes with the goods returned; amounts before the coupon's discount.

    The discount is taken back of the sum of all returns so far, so many small ones come to what one large one does.
    When everything is back, the coupon may be used again, if it is one that comes back and its last day is not past.

    Args:
        is_capped: of goods that the coupon's bill did not name as such, as a desk's need not, no more than it did.

    Raises:
        CouponRefused: there is no such act, it was cancelled, or more would come back than was bought.
    """
    uses = _locked(source, reference)
    if CouponReturn.objects.filter(source=source, external_id=return_reference).exists():
        return _replayed(source, return_reference, lines)
    if any(use.status == Status.CANCELLED for use in uses):
        raise refused("ALREADY_CANCELLED")
    taken = []
    for use in uses:
        amount, left = _amount([line for line in lines if discounts.fits(use.coupon, line)]), _left(use)
        if amount > left and not is_capped:
            raise refused("RETURN_TOO_MUCH", left=won_text(left))
        taken.append(_return(use, min(amount, left), source=source, external_id=return_reference))
    _touch(uses)
    back = [use.coupon for use in uses if use.status == Status.RETURNED]
    return Returned(sum(taken), _amount(lines) - sum(taken), back)


@transaction.atomic
def return_rest(source: str, reference: str, *, return_reference: str) -> None:
    """Take back all that is left of an act's goods, as where the whole purchase was refunded; again does nothing."""
    uses = [use for use in _locked(source, reference) if use.status == Status.USED]
    # One that does not come back stays used when all its goods are back.
    if CouponReturn.objects.filter(source=source, external_id=return_reference).exists():
        return
    for use in uses:
        _return(use, _left(use), source=source, external_id=return_reference)
    _touch(uses)


def _left(use: CouponRedemption) -> int:
    return use.eligible_amount - use.returned_amount


def _return(use: CouponRedemption, amount: int, *, source: str, external_id: str) -> int:
    """Book what comes back of one use; return how much of its discount goes with it (won)."""
    returned = use.returned_amount + amount
    taken = _taken_back(use, returned) - use.returned_discount
    now = timezone.now()
    CouponReturn.objects.create(
        redemption=use, source=source, external_id=external_id, amount=amount, discount=taken, returned_at=now
    )
    use.returned_amount, use.returned_discount = returned, use.returned_discount + taken
    use.save(update_fields=["returned_amount", "returned_discount"])
    comes_back = returned == use.eligible_amount and use.status == Status.USED and _may_come_back(use)
    _uncount(use, discount=taken, revenue=amount - taken, uses=int(comes_back))
    if comes_back:
        _end(use, Status.RETURNED, "")
        _give_back(use)
    return taken


def _taken_back(use: CouponRedemption, returned: int) -> int:
    """Return how much of the discount goes with all that came back: none of what was off the shipping, or a gift."""
    if use.coupon.kind not in OFF_THE_GOODS:
        return 0
    return discounts.taken_back(discount=use.discount, eligible=use.eligible_amount, returned=returned)


def _replayed(source: str, return_reference: str, lines: Sequence[BasketLine]) -> Returned:
    rows = CouponReturn.objects.filter(source=source, external_id=return_reference).select_related("redemption__coupon")
    taken = sum(row.discount for row in rows)
    back = [row.redemption.coupon for row in rows if row.redemption.status == Status.RETURNED]
    return Returned(taken, _amount(lines) - taken, back, is_replay=True)


def _locked(source: str, reference: str) -> list[CouponRedemption]:
    """Return the uses of an act, locked; the first one's lock keeps out who else would undo it.

    Raises:
        CouponRefused: `NO_SUCH_USE`.
    """
    first = CouponRedemption.objects.filter(source=source, external_id=reference, position=1)
    if not first.select_for_update(no_key=True).exists():
        raise refused("NO_SUCH_USE")
    return redeeming.uses_of_act(source, reference)


def _end(use: CouponRedemption, status: str, reason: str, *, by: User | None = None) -> None:
    use.status, use.ended_at, use.ended_reason, use.ended_by = status, timezone.now(), reason[:200], by
    use.save(update_fields=["status", "ended_at", "ended_reason", "ended_by"])


def _uncount(use: CouponRedemption, *, discount: int, revenue: int, uses: int) -> None:
    Coupon.objects.filter(pk=use.coupon_id).update(
        used_count=F("used_count") - uses,
        discount_total=F("discount_total") - discount,
        revenue_total=F("revenue_total") - revenue,
    )


def _give_back(use: CouponRedemption) -> None:
    """Let the piece be used again; one whose last day is past expires at once, so that nobody dodges expiry."""
    if use.issued_id is None:
        return
    piece = IssuedCoupon.objects.filter(pk=use.issued_id, status=Held.USED)
    now = timezone.now()
    if piece.filter(Q(expires_at=None) | Q(expires_at__gt=now)).update(status=Held.HELD):
        return
    expired = piece.update(status=Held.EXPIRED)
    Coupon.objects.filter(pk=use.coupon_id).update(expired_count=F("expired_count") + expired)


def _may_come_back(use: CouponRedemption) -> bool:
    """Tell whether the coupon is one that comes back, and its last day is not past."""
    now = timezone.now()
    if not use.coupon.comes_back:
        return False
    if use.issued is None:
        return not validity.is_over(use.coupon, now)
    return use.issued.expires_at is None or use.issued.expires_at > now


def _amount(lines: Sequence[BasketLine]) -> int:
    return sum(line.amount for line in lines)


def _touch(uses: Sequence[CouponRedemption]) -> None:
    touch({use.customer_id for use in uses if use.customer_id})
