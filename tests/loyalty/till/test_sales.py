"""A sale at the till: what it books, and that it is one order of the shop whoever tells of it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from customers import ingest
from customers.models import Order
from loyalty import ledger, tiers
from loyalty.earning import orders
from loyalty.ledger.checking import differences
from loyalty.models import CouponRedemption, OrderAward, TierCredit, TillTransaction, Transaction
from tests.factories import make_coupon, make_customer, make_ladder, make_order
from tests.loyalty.coupons.holding import give
from tests.loyalty.till.counter import Counter, line, said

pytestmark = pytest.mark.django_db


def test_a_sale_uses_and_earns_points_and_is_an_order() -> None:
    till = Counter(points=3_000)

    status, done = till.ask("sales", till.sale(points=1_000))

    assert status == 201
    figures = {name: done[name] for name in ("points_used", "points_earned", "paid", "balance_after", "clock_off")}
    assert figures == {
        "points_used": 1_000,
        "points_earned": 490,
        "paid": 49_000,
        "balance_after": 2_490,
        "clock_off": False,
    }
    assert done["receipt_text"].splitlines()[:3] == [
        "Points used: 1,000",
        "Points earned: 490",
        "Points balance: 2,490",
    ]
    order = Order.objects.get(source="shop", external_id="R-1")
    assert (order.customer, order.store, order.channel, order.status) == (till.member, till.store, "store", "paid")
    assert (order.items_amount, order.points_used, order.paid) == (50_000, 1_000, 49_000)
    assert sorted(order.lines.values_list("product__sku", "amount")) == sorted(
        [(till.wine.sku, 30_000), (till.milk.sku, 20_000)]
    )
    assert list(differences()) == []


def test_the_next_run_of_earning_and_of_tiers_finds_nothing_to_do() -> None:
    make_ladder()
    till = Counter()
    till.ask("sales", till.sale(points=1_000))
    before = (Transaction.objects.count(), list(TierCredit.objects.values_list("net_spend", "orders", "points")))

    orders.earn_orders(Order.objects.values_list("pk", flat=True))
    tiers.credit_orders("SELECT id FROM customers_order")

    after = list(TierCredit.objects.values_list("net_spend", "orders", "points"))
    assert (Transaction.objects.count(), after) == before
    assert sorted(before[1]) == [(0, 0, 490), (49_000, 1, 0)]


def test_a_sale_that_reaches_a_tier_says_so_at_once() -> None:
    make_ladder()
    till = Counter()

    _status, done = till.ask("sales", till.sale(lines=[line(till.wine, 150_000)]))

    assert done["tier"] == "Silver"


def test_coupons_are_used_with_the_sale() -> None:
    till = Counter()
    piece = give(make_coupon(amount=5_000), till.member)

    status, done = till.ask("sales", till.sale(coupons=[piece.code], points=1_000, paid=44_000))

    assert (status, done["discount"], done["paid"], done["points_earned"]) == (201, 5_000, 44_000, 440)
    use = CouponRedemption.objects.get()
    assert (use.source, use.external_id, use.receipt, use.discount) == ("shop", "R-1", "R-1", 5_000)


def test_an_order_that_the_shop_tells_of_later_is_the_same_one() -> None:
    till = Counter()
    till.ask("sales", till.sale())
    record = {
        "order_id": "R-1",
        "customer_id": till.member.external_id,
        "placed_at": said(timezone.now()),
        "paid": "50000",
        "channel": "store",
        "sku": till.wine.sku,
        "line_amount": "50000",
    }

    ingest.ingest_orders([record], source="shop")
    orders.earn_orders(Order.objects.values_list("pk", flat=True))

    assert Order.objects.count() == 1
    assert OrderAward.objects.get().points == 500
    assert till.account.available == 3_500


def test_an_order_that_the_shop_told_of_before_is_the_same_one_and_earns_once() -> None:
    till = Counter()
    order = make_order(till.member, external_id="R-1", placed_at=timezone.now(), paid=50_000)
    orders.earn_orders([order.pk])

    status, done = till.ask("sales", till.sale(points=1_000))

    assert (status, done["points_earned"], done["balance_after"]) == (201, 490, 3_000 - 1_000 + 490)
    assert (Order.objects.count(), OrderAward.objects.get().points) == (1, 490)


def test_an_order_of_another_customer_is_not_taken_over() -> None:
    till = Counter()
    make_order(make_customer(), external_id="R-1", placed_at=timezone.now())

    status, answer = till.ask("sales", till.sale(points=1_000))

    assert (status, answer["code"]) == (422, "OTHER_CUSTOMER")
    assert till.account.available == 3_000
    assert not TillTransaction.objects.exists()


def test_products_that_nobody_knows_are_named_and_earn_all_the_same() -> None:
    till = Counter()

    status, done = till.ask("sales", till.sale(lines=[{"sku": "new", "quantity": 1, "amount": 10_000}]))

    assert (status, done["points_earned"], done["unknown_products"]) == (201, 100, ["new"])
    assert Order.objects.get().lines.count() == 0


def test_a_queued_sale_that_only_earns_may_name_the_member_by_phone() -> None:
    till = Counter()
    at = timezone.now() - timedelta(hours=3)

    status, done = till.ask("sales", till.sale(member={"phone": till.member.phone}, at=at))

    assert (status, done["points_earned"], done["clock_off"]) == (201, 500, True)
    assert Order.objects.get().placed_at == at


def test_points_are_never_used_without_a_look_up() -> None:
    till = Counter()

    status, answer = till.ask("sales", till.sale(member={"phone": till.member.phone}, points=1_000))

    assert (status, answer["code"]) == (422, "LOOKUP_NEEDED")
    assert not Order.objects.exists()


def test_points_that_were_set_aside_pay_the_sale() -> None:
    till = Counter()
    lookup = till.look_up()
    held = {"receipt": "R-1", "occurred_at": said(timezone.now()), "lookup": lookup, "points": 1_000, "bill": 50_000}
    _status, hold = till.ask("holds", held)
    assert (hold["held_after"], hold["balance_after"]) == (1_000, 2_000)

    status, done = till.ask("sales", till.sale(lookup=lookup, points=800, hold=hold["hold_id"]))

    assert (status, done["points_used"], done["held_after"]) == (201, 800, 0)
    assert done["balance_after"] == 2_200 + 492


def test_a_forged_amount_is_refused_t6() -> None:
    till = Counter()
    before = (till.account.available, Transaction.objects.count())

    answers = [
        till.ask("sales", till.sale("R-1", points_earned=9_999)),
        till.ask("sales", till.sale("R-2", paid=1)),
        till.ask("sales", till.sale("R-3", points=60_000, paid=0)),
    ]

    assert [(status, answer["code"]) for status, answer in answers] == [(422, "AMOUNT_MISMATCH")] * 3
    assert (till.account.available, Transaction.objects.count()) == before
    assert not Order.objects.exists()


def test_points_earned_at_the_till_are_used_in_the_web_shop_t7() -> None:
    till = Counter(points=0)
    till.ask("sales", till.sale("R-1", lines=[line(till.wine, 200_000)]))
    web = till.other_till("web", store=Counter(points=0, is_online=True).store)

    status, done = web.ask("sales", web.sale("W-1", points=1_500, lookup=web.look_up()))
    again = web.ask("sales", web.sale("W-2", points=1_500))

    assert (status, done["points_used"]) == (201, 1_500)
    assert (again[0], again[1]["code"]) == (422, "INSUFFICIENT_POINTS")
    assert ledger.standing_of(till.account.pk, now=timezone.now()).available == 500 + done["points_earned"]
