"""What a coupon takes off a basket, or why it takes nothing: the rules as tables."""

from datetime import UTC, date, datetime

import pytest

from customers.models import Store
from loyalty.coupons import discounts
from loyalty.coupons.baskets import Basket, BasketLine
from loyalty.errors import CouponRefused
from loyalty.models import Coupon

NOON = datetime(2026, 11, 21, 3, tzinfo=UTC)
MILK, BREAD, WINE = BasketLine("M", 3_000, "dairy"), BasketLine("B", 5_000, "bakery"), BasketLine("W", 40_000, "wine")
BACK = BasketLine("W", -40_000, "wine")


def coupon(**terms: object) -> Coupon:
    running = {"source": Coupon.OWN, "status": Coupon.Status.RUNNING, "name": "쿠폰", "amount": 1_000}
    return Coupon(**running | terms)


def basket(*lines: BasketLine, **given: object) -> Basket:
    return Basket(lines or (MILK, BREAD, WINE), **{"at": NOON, "shipping": 2_500} | given)


def off(terms: dict, *lines: BasketLine, **given: object) -> int:
    (discount,) = discounts.discounts([coupon(**terms)], basket(*lines, **given))
    return discount.off


@pytest.mark.parametrize(
    ("terms", "lines", "expected"),
    [
        ({"amount": 5_000}, (), 5_000),
        ({"amount": 5_000}, (MILK,), 3_000),
        ({"amount": 5_000, "products": ["B"]}, (), 5_000),
        ({"amount": 5_000, "products": ["M"]}, (), 3_000),
        ({"amount": 5_000, "categories": ["dairy", "bakery"]}, (), 5_000),
        ({"kind": "percent", "percent": 10}, (), 4_800),
        ({"kind": "percent", "percent": 10, "most_off": 3_000}, (), 3_000),
        ({"kind": "percent", "percent": 10, "categories": ["wine"]}, (), 4_000),
        ({"kind": "percent", "percent": 33}, (BasketLine("X", 101),), 33),
        ({"kind": "percent", "percent": 100}, (MILK,), 3_000),
        ({"kind": "free_shipping"}, (), 2_500),
        ({"kind": "gift", "gift": "에코백", "gift_cost": 1_500}, (), 0),
        ({"minimum_amount": 48_000}, (), 1_000),
        ({"minimum_amount": 8_000, "categories": ["dairy", "bakery"]}, (), 1_000),
    ],
)
def test_a_coupon_takes_off_what_it_says_and_never_more_than_its_goods_cost(terms, lines, expected):
    assert off(terms, *lines) == expected


def test_a_gift_costs_the_shop_its_price_and_takes_nothing_off():
    (discount,) = discounts.discounts([coupon(kind="gift", gift="에코백", gift_cost=1_500)], basket())

    assert (discount.off, discount.cost) == (0, 1_500)


@pytest.mark.parametrize(
    ("terms", "given", "code"),
    [
        ({"status": "draft"}, {}, "NOT_RUNNING"),
        ({"status": "stopped"}, {}, "NOT_RUNNING"),
        ({"source": "shop"}, {}, "NOT_RUNNING"),
        ({"valid_from": date(2026, 11, 22)}, {}, "NOT_YET"),
        ({"sales_channel": "online"}, {"sales_channel": "store"}, "WRONG_CHANNEL"),
        ({"sales_channel": "store"}, {"sales_channel": "online"}, "WRONG_CHANNEL"),
        ({"stores": ["7"]}, {"store": Store(external_id="8")}, "WRONG_STORE"),
        ({"stores": ["7"]}, {}, "WRONG_STORE"),
        ({"products": ["Z"]}, {}, "NO_MATCHING_PRODUCT"),
        ({"minimum_amount": 48_001}, {}, "BELOW_MINIMUM"),
        ({"minimum_amount": 10_000, "categories": ["dairy"]}, {}, "BELOW_MINIMUM"),
        ({"kind": "free_shipping"}, {"shipping": 0}, "NOTHING_TO_REDUCE"),
    ],
)
def test_a_coupon_that_is_not_for_this_basket_says_why(terms, given, code):
    with pytest.raises(CouponRefused) as refusal:
        off(terms, **given)

    assert refusal.value.code == code
    assert "%" not in str(refusal.value)


@pytest.mark.parametrize("at", ["2026-11-20T15:00:00+00:00", "2026-11-21T14:59:59+00:00"])
def test_the_first_day_is_a_day_of_the_shop(at):
    assert off({"valid_from": date(2026, 11, 21)}, at=datetime.fromisoformat(at)) == 1_000


def test_t4_goods_that_come_back_in_the_same_basket_count_for_no_minimum():
    with pytest.raises(CouponRefused, match="40,000"):
        off({"minimum_amount": 48_000}, MILK, BREAD, BACK)

    assert off({"minimum_amount": 8_000, "kind": "percent", "percent": 10}, MILK, BREAD, BACK) == 800


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ([{"amount": 4_000, "products": ["M"]}, {"amount": 4_000, "products": ["M", "B"]}], [3_000, 4_000]),
        ([{"kind": "percent", "percent": 50}, {"kind": "percent", "percent": 50}], [24_000, 12_000]),
        ([{"kind": "free_shipping"}, {"amount": 1_000}], [2_500, 1_000]),
    ],
)
def test_several_coupons_take_off_one_after_the_other_from_what_is_left(terms, expected):
    coupons = [coupon(is_combinable=True, **each) for each in terms]

    assert [each.off for each in discounts.discounts(coupons, basket())] == expected


def test_a_second_coupon_with_nothing_left_to_take_off_is_refused_and_not_wasted():
    coupons = [coupon(is_combinable=True, amount=50_000), coupon(is_combinable=True)]

    with pytest.raises(CouponRefused) as refusal:
        discounts.discounts(coupons, basket())

    assert refusal.value.code == "NOTHING_TO_REDUCE"


@pytest.mark.parametrize("combinable", [(True, False), (False, True), (False, False)])
def test_one_that_stands_alone_keeps_every_other_out(combinable):
    with pytest.raises(CouponRefused) as refusal:
        discounts.discounts([coupon(is_combinable=each) for each in combinable], basket())

    assert refusal.value.code == "NOT_COMBINABLE"


@pytest.mark.parametrize(
    ("terms", "chosen"),
    [
        ([(3_000, True), (2_000, True), (4_000, False)], [3_000, 2_000]),
        ([(3_000, True), (2_000, True), (6_000, False)], [6_000]),
        ([(3_000, False), (6_000, False)], [6_000]),
        ([], []),
    ],
)
def test_the_best_choice_is_one_alone_or_all_that_go_together(terms, chosen):
    coupons = [coupon(amount=amount, is_combinable=together) for amount, together in terms]

    assert [each.off for each in discounts.best(coupons, basket())] == chosen


@pytest.mark.parametrize(("discount", "eligible"), [(1_000, 9_999), (3_333, 10_000), (1, 7), (5_000, 5_000), (0, 100)])
def test_f11_ten_returns_take_back_to_the_won_what_one_does(discount, eligible):
    parts = [eligible * number // 10 for number in range(1, 11)]
    taken = [discounts.taken_back(discount=discount, eligible=eligible, returned=part) for part in parts]

    assert taken == sorted(taken)
    assert taken[-1] == discount
