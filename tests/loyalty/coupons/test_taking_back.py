"""A use is cancelled or its goods come back: once, to the won, and never past the coupon's last day."""

from contextlib import suppress
from datetime import timedelta
from itertools import permutations

import pytest
from django.utils import timezone

from loyalty.coupons import counters, redeeming, taking_back
from loyalty.coupons.baskets import BasketLine
from loyalty.errors import CouponRefused
from loyalty.models import Coupon, CouponRedemption, CouponReturn, IssuedCoupon
from tests.factories import make_coupon, make_customer
from tests.loyalty.coupons.holding import MILK, WINE, basket, give

pytestmark = pytest.mark.django_db


@pytest.fixture
def piece() -> IssuedCoupon:
    """A tenth off everything, used for wine and milk of 50,000 won."""
    return use_of(make_coupon(kind="percent", percent=10))


def use_of(coupon: Coupon) -> IssuedCoupon:
    customer = make_customer()
    piece = give(coupon, customer)
    redeeming.redeem([piece.code], basket(customer), source="till", reference="R-1", receipt="1001")
    return piece


def bring_back(*lines: BasketLine, number: str = "B-1") -> taking_back.Returned:
    return taking_back.return_goods("till", "R-1", lines, return_reference=number)


def refused(act) -> str:
    with pytest.raises(CouponRefused) as refusal:
        act()
    return refusal.value.code


def figures() -> tuple[int, int, int]:
    coupon = Coupon.objects.get()
    return coupon.used_count, coupon.discount_total, coupon.revenue_total


def test_a_cancelled_use_is_as_if_it_had_not_been_and_a_second_cancel_changes_nothing(piece):
    first = taking_back.cancel("till", "R-1", reason="잘못 눌렀습니다")
    again = taking_back.cancel("till", "R-1")

    piece.refresh_from_db()
    assert (piece.status, figures()) == ("held", (0, 0, 0))
    assert [use.ended_reason for use in again] == [use.ended_reason for use in first] == ["잘못 눌렀습니다"]
    assert counters.differences() == []


def test_after_a_cancel_the_receipt_may_take_the_coupon_again_under_a_new_number(piece):
    taking_back.cancel("till", "R-1")
    goods = basket(piece.customer)

    done = redeeming.redeem([piece.code], goods, source="till", reference="R-2", receipt="1001")

    assert (done.is_replay, figures()) == (False, (1, 5_000, 45_000))
    assert [use.status for use in CouponRedemption.objects.order_by("pk")] == ["cancelled", "used"]


def test_a_late_copy_of_a_cancelled_act_does_not_use_the_coupon_again(piece):
    taking_back.cancel("till", "R-1")

    late = redeeming.redeem([piece.code], basket(piece.customer), source="till", reference="R-1", receipt="1001")

    assert (late.is_replay, late.uses[0].status, figures()) == (True, "cancelled", (0, 0, 0))


def test_a_cancel_does_not_bring_a_coupon_past_its_last_day(piece):
    IssuedCoupon.objects.update(expires_at=timezone.now() - timedelta(minutes=1))

    taking_back.cancel("till", "R-1")

    piece.refresh_from_db()
    assert piece.status == "expired"
    assert Coupon.objects.get().expired_count == 1
    assert counters.differences() == []


def test_a_part_takes_its_share_of_the_discount_and_the_coupon_stays_used(piece):
    back = bring_back(MILK)

    piece.refresh_from_db()
    assert (back.taken_back, back.refund, back.gave_back) == (1_000, 9_000, [])
    assert (piece.status, figures()) == ("used", (1, 4_000, 36_000))
    assert counters.differences() == []


def test_when_everything_is_back_the_coupon_is_too(piece):
    bring_back(MILK)
    back = bring_back(WINE, number="B-2")

    piece.refresh_from_db()
    assert (back.taken_back, back.refund, back.gave_back) == (4_000, 36_000, [piece.coupon])
    assert (piece.status, figures()) == ("held", (0, 0, 0))
    assert counters.differences() == []


@pytest.mark.parametrize("why", ["its terms", "its last day"])
def test_a_coupon_that_does_not_come_back_stays_used(why):
    piece = use_of(make_coupon(comes_back=why != "its terms"))
    if why == "its last day":
        IssuedCoupon.objects.update(expires_at=timezone.now())

    back = bring_back(WINE, MILK)

    piece.refresh_from_db()
    assert (back.refund, back.gave_back, piece.status, figures()) == (45_000, [], "used", (1, 0, 0))
    assert counters.differences() == []


def test_goods_that_the_coupon_was_not_for_come_back_without_it():
    use_of(make_coupon(amount=4_000, categories=["wine"]))

    back = bring_back(MILK)

    assert (back.taken_back, back.refund, figures()) == (0, 10_000, (1, 4_000, 46_000))


@pytest.mark.parametrize("terms", [{"kind": "free_shipping"}, {"kind": "gift", "gift": "에코백", "gift_cost": 1_500}])
def test_what_was_off_the_shipping_or_a_gift_is_not_taken_off_the_refund(terms):
    customer = make_customer()
    piece = give(make_coupon(**terms), customer)
    redeeming.redeem([piece.code], basket(customer, shipping=2_500), source="till", reference="R-1")

    assert bring_back(MILK).refund == 10_000


def test_a_return_sent_again_is_answered_with_what_it_did(piece):
    first, before = bring_back(MILK), figures()

    again = bring_back(MILK)

    assert (again.is_replay, again.taken_back, again.refund) == (True, first.taken_back, first.refund)
    assert figures() == before
    assert CouponReturn.objects.count() == 1


def test_no_more_comes_back_than_was_bought(piece):
    bring_back(MILK)
    before = figures()

    assert refused(lambda: bring_back(BasketLine("W", 40_001, "wine"), number="B-2")) == "RETURN_TOO_MUCH"
    assert figures() == before


def test_ten_small_returns_come_to_what_one_large_one_does():
    use_of(make_coupon(amount=3_333))

    taken = [bring_back(BasketLine("W", 5_000, "wine"), number=f"B-{number}").taken_back for number in range(10)]

    assert sum(taken) == 3_333
    assert max(taken) - min(taken) == 1
    assert counters.differences() == []


@pytest.mark.parametrize(
    ("first", "then", "code"),
    [
        (lambda: bring_back(MILK), lambda: taking_back.cancel("till", "R-1"), "HAS_RETURNS"),
        (lambda: taking_back.cancel("till", "R-1"), lambda: bring_back(MILK), "ALREADY_CANCELLED"),
        (lambda: None, lambda: taking_back.cancel("till", "R-9"), "NO_SUCH_USE"),
        (lambda: None, lambda: taking_back.cancel("other", "R-1"), "NO_SUCH_USE"),
    ],
)
def test_what_cannot_be_undone_is_refused_and_nothing_changes(piece, first, then, code):
    first()
    before = figures()

    assert refused(then) == code
    assert figures() == before


ACTS = {
    "part": lambda: bring_back(MILK, number="part"),
    "rest": lambda: bring_back(WINE, number="rest"),
    "cancel": lambda: taking_back.cancel("till", "R-1"),
    "expire": lambda: IssuedCoupon.objects.update(expires_at=timezone.now()),
}


@pytest.mark.parametrize("order", permutations(ACTS), ids=" ".join)
def test_t9_in_whatever_order_it_is_cancelled_returned_and_expired_the_counters_are_right(piece, order):
    for act in order:
        with suppress(CouponRefused):
            ACTS[act]()

    assert counters.differences() == []
    used, discount, revenue = figures()
    assert (discount, revenue) == (0, 0)
    assert used == IssuedCoupon.objects.filter(status="used").count()
