"""A coupon is used once, by whom it belongs to, in time; or it is refused with nothing changed."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from loyalty.coupons import counters, quoting, redeeming
from loyalty.errors import CouponRefused
from loyalty.models import Coupon, CouponRedemption, IssuedCoupon
from tests.factories import make_coupon, make_customer
from tests.loyalty.coupons.holding import MILK, WINE, basket, give

pytestmark = pytest.mark.django_db


def redeem(codes: list[str], goods, reference: str = "R-1", **given: object) -> redeeming.Redeemed:
    return redeeming.redeem(codes, goods, source="till", reference=reference, **given)


def state() -> tuple[list, list, list]:
    """Return everything that a use writes."""
    return (
        list(Coupon.objects.order_by("pk").values()),
        list(IssuedCoupon.objects.order_by("pk").values()),
        list(CouponRedemption.objects.order_by("pk").values()),
    )


def refusal_of(act: Callable[[], object]) -> str:
    """Return the code with which an act is refused, and see that it left nothing behind."""
    before = state()
    with pytest.raises(CouponRefused) as refusal:
        act()
    assert state() == before
    return refusal.value.code


def test_a_use_takes_the_piece_counts_the_coupon_and_books_its_cost():
    customer, coupon = make_customer(), make_coupon(amount=5_000)
    piece = give(coupon, customer)

    done = redeem([piece.code], basket(customer), receipt="1001")

    (use,) = done.uses
    assert (done.discount, use.discount, use.basket_amount, use.paid_amount) == (5_000, 5_000, 50_000, 45_000)
    assert (use.customer_id, use.issued_id, use.receipt) == (customer.pk, piece.pk, "1001")
    coupon.refresh_from_db()
    assert (coupon.issued_count, coupon.used_count, coupon.discount_total, coupon.revenue_total) == (
        1,
        1,
        5_000,
        45_000,
    )
    assert IssuedCoupon.objects.get().status == "used"
    assert counters.differences() == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"status": "used"}, "ALREADY_USED"),
        ({"status": "withdrawn"}, "WITHDRAWN"),
        ({"status": "expired"}, "EXPIRED"),
        ({"expires_at": timezone.now() - timedelta(seconds=1)}, "EXPIRED"),
    ],
)
def test_a_piece_that_is_no_good_any_more_is_refused(change, code):
    customer = make_customer()
    piece = give(make_coupon(), customer)
    IssuedCoupon.objects.update(**change)

    assert refusal_of(lambda: redeem([piece.code], basket(customer))) == code


def test_a_piece_belongs_to_its_customer_and_a_bearer_code_to_whoever_brings_it():
    piece = give(make_coupon(), make_customer())

    assert refusal_of(lambda: redeem([piece.code], basket(make_customer()))) == "OTHER_CUSTOMER"
    assert refusal_of(lambda: redeem([piece.code], basket())) == "OTHER_CUSTOMER"

    IssuedCoupon.objects.update(customer=None)
    assert redeem([piece.code], basket()).discount == 5_000


@pytest.mark.parametrize(
    "typed",
    [
        lambda code: code.lower(),
        lambda code: f" {code[:4]}-{code[4:8]}-{code[8:]} ",
        lambda code: code.replace("0", "O"),
    ],
)
def test_a_code_is_found_however_it_is_typed(typed):
    customer = make_customer()
    piece = give(make_coupon(), customer)

    assert redeem([typed(piece.code)], basket(customer)).uses[0].issued_id == piece.pk


@pytest.mark.parametrize(
    ("codes", "code"),
    [([], "NO_CODES"), (["NOBODY-HAS-IT"], "NOT_FOUND"), (["\0"], "NOT_FOUND"), (["A"] * 11, "TOO_MANY_CODES")],
)
def test_codes_that_name_nothing_are_refused(codes, code):
    assert refusal_of(lambda: redeem(codes, basket())) == code


def test_the_same_piece_twice_in_one_purchase_is_refused():
    customer = make_customer()
    piece = give(make_coupon(is_combinable=True, per_customer_limit=None), customer)

    assert refusal_of(lambda: redeem([piece.code, piece.code.lower()], basket(customer))) == "CODE_TWICE"


def test_one_code_for_all_is_limited_per_customer_and_altogether():
    make_coupon(codes="shared", shared_code="SPRING2026", per_customer_limit=1, total_limit=2)
    first, second, third = make_customer(), make_customer(), make_customer()

    redeem(["spring 2026"], basket(first), "R-1")
    again = refusal_of(lambda: redeem(["SPRING2026"], basket(first), "R-2"))
    guest = refusal_of(lambda: redeem(["SPRING2026"], basket(), "R-3"))
    redeem(["SPRING2026"], basket(second), "R-4")
    late = refusal_of(lambda: redeem(["SPRING2026"], basket(third), "R-5"))

    assert (again, guest, late) == ("CUSTOMER_LIMIT", "CUSTOMER_NEEDED", "USED_UP")
    assert counters.differences() == []


def test_the_last_day_is_that_of_the_shop_however_late_the_till_says_it_is():
    with time_machine.travel("2026-11-21T03:00:00Z", tick=False):
        customer = make_customer()
        piece = give(make_coupon(valid_until=date(2026, 11, 30)), customer)
        goods = basket(customer)
    with time_machine.travel("2026-11-30T15:00:00Z", tick=False):
        assert refusal_of(lambda: redeem([piece.code], goods)) == "EXPIRED"
    with time_machine.travel("2026-11-30T14:59:59Z", tick=False):
        assert redeem([piece.code], goods).discount == 5_000


def test_several_coupons_of_a_purchase_are_used_all_or_none():
    customer = make_customer()
    pieces = [give(make_coupon(is_combinable=True, amount=amount), customer) for amount in (1_000, 2_000)]
    alone = give(make_coupon(amount=3_000), customer)

    refused = refusal_of(lambda: redeem([*(piece.code for piece in pieces), alone.code], basket(customer)))
    done = redeem([piece.code for piece in reversed(pieces)], basket(customer), receipt="1001")

    assert refused == "NOT_COMBINABLE"
    assert (done.discount, [use.external_id for use in done.uses]) == (3_000, ["R-1", "R-1"])
    assert [use.paid_amount for use in done.uses] == [47_000, 47_000]


def test_the_uses_of_one_act_take_no_number_from_another_receipt():
    customer = make_customer()
    pieces = [give(make_coupon(is_combinable=True, amount=amount), customer) for amount in (1_000, 2_000, 3_000)]
    codes = [piece.code for piece in pieces]

    both = redeem(codes[:2], basket(customer), "R-1", receipt="R-1")
    other = redeem(codes[2:], basket(customer), "R-1/2", receipt="R-1/2")

    assert [(len(done.uses), done.is_replay) for done in (both, other)] == [(2, False), (1, False)]


def test_a_receipt_takes_its_coupons_in_one_act():
    customer = make_customer()
    first, second = (give(make_coupon(is_combinable=True), customer) for _number in range(2))
    redeem([first.code], basket(customer), "R-1", receipt="1001")

    code = refusal_of(lambda: redeem([second.code], basket(customer), "R-2", receipt="1001"))

    assert code == "RECEIPT_HAS_COUPONS"


def test_t13_the_same_act_sent_again_is_answered_with_what_it_did():
    customer, coupon = make_customer(), make_coupon(total_limit=1)
    piece = give(coupon, customer)
    first = redeem([piece.code], basket(customer), receipt="1001")
    before = state()

    again = redeem([piece.code], basket(customer), receipt="1001")

    assert (again.is_replay, again.uses, again.discount) == (True, first.uses, 5_000)
    assert state() == before


@pytest.mark.parametrize("other", ["basket", "customer", "coupon"])
def test_the_number_of_an_act_cannot_be_used_for_another_one(other):
    customer = make_customer()
    piece, second = (give(make_coupon(), customer) for _number in range(2))
    redeem([piece.code], basket(customer))

    goods = {"basket": basket(customer, MILK), "customer": basket(make_customer())}.get(other, basket(customer))
    code = second.code if other == "coupon" else piece.code

    assert refusal_of(lambda: redeem([code], goods)) == "REFERENCE_REUSED"


def test_t6_what_comes_off_is_computed_here_whatever_the_till_thinks():
    customer = make_customer()
    piece = give(make_coupon(kind="percent", percent=10, categories=["dairy"]), customer)

    done = redeem([piece.code], basket(customer))

    assert (done.discount, done.uses[0].eligible_amount) == (1_000, 10_000)


def test_a_quote_says_what_each_coupon_would_give_and_why_not_and_writes_nothing():
    customer = make_customer()
    give(make_coupon(name="와인 20 %", kind="percent", percent=20, categories=["wine"]), customer)
    give(make_coupon(name="6만원부터", minimum_amount=60_000), customer)
    give(make_coupon(name="천원", amount=1_000), customer)
    before = state()

    told = quoting.quote(basket(customer, WINE))

    assert [(offer.coupon.name, offer.off, offer.refusal) for offer in told.offers] == [
        ("와인 20 %", 8_000, ""),
        ("6만원부터", 0, "BELOW_MINIMUM"),
        ("천원", 1_000, ""),
    ]
    assert "20,000" in told.offers[1].sentence
    assert ([offer.coupon.name for offer in told.best], told.best_off) == (["와인 20 %"], 8_000)
    assert state() == before


def test_a_quote_offers_a_guest_nothing_and_leaves_out_what_is_over():
    customer = make_customer()
    give(make_coupon(), customer)
    IssuedCoupon.objects.update(expires_at=timezone.now())

    assert quoting.quote(basket()).offers == []
    assert quoting.quote(basket(customer)).offers == []
