"""Goods come back, sales are undone, holds are used or released: what the customer has afterwards, to the point."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from customers.models import Order, Store
from loyalty.ledger.checking import differences
from loyalty.models import IssuedCoupon, Lot, Terminal, TierCredit
from tests.factories import make_coupon, make_earning_rule, make_ladder, make_order
from tests.loyalty.coupons.holding import give
from tests.loyalty.till.counter import Counter, line, said

pytestmark = pytest.mark.django_db


def _figures(done: dict[str, Any]) -> dict[str, int]:
    return {name: done[name] for name in ("goods", "discount", "points_used", "points_earned", "paid")}


def test_a_full_return_leaves_the_customer_as_before() -> None:
    till = Counter(points=3_000)
    till.ask("sales", till.sale(points=1_000))

    status, done = till.ask("returns", till.goods_back())

    assert status == 201
    assert _figures(done) == {
        "goods": -50_000,
        "discount": 0,
        "points_used": -1_000,
        "points_earned": -490,
        "paid": -49_000,
    }
    assert (done["balance_after"], done["debt_after"]) == (3_000, 0)
    order = Order.objects.get()
    assert (order.status, order.refunded, order.points_used) == ("refunded", 49_000, 0)
    assert list(differences()) == []


def test_a_partial_return_gives_back_its_share_of_points_and_money() -> None:
    till = Counter(points=3_000)
    till.ask("sales", till.sale(points=1_000))

    _status, done = till.ask("returns", till.goods_back(lines=[line(till.milk, 20_000)]))

    assert _figures(done) == {
        "goods": -20_000,
        "discount": 0,
        "points_used": -400,
        "points_earned": -196,
        "paid": -19_600,
    }
    assert done["balance_after"] == 3_000 - 600 + 294


@pytest.mark.parametrize("with_coupon", [False, True])
def test_ten_partial_returns_come_to_what_one_full_return_does(with_coupon: bool) -> None:
    till = Counter(points=3_000)
    given: dict[str, Any] = {}
    if with_coupon:
        given = {"coupons": [give(make_coupon(amount=4_999), till.member).code], "paid": 50_000 - 4_999 - 777}
    till.ask("sales", till.sale(points=777, **given))

    parts = [till.ask("returns", till.goods_back(f"B-{n}", lines=[line(till.wine, 3_000)]))[1] for n in range(10)]
    parts.append(till.ask("returns", till.goods_back("B-10", lines=[line(till.milk, 20_000)]))[1])

    assert sum(part["goods"] for part in parts) == -50_000
    assert sum(part["points_used"] for part in parts) == -777
    assert sum(part["paid"] for part in parts) == -(50_000 - 777 - (4_999 if with_coupon else 0))
    assert (till.account.available, till.account.debt) == (3_000, 0)
    assert Order.objects.get().status == "refunded"
    assert list(differences()) == []


def test_a_coupon_of_returned_goods_comes_back() -> None:
    till = Counter()
    piece = give(make_coupon(amount=5_000, comes_back=True), till.member)
    till.ask("sales", till.sale(coupons=[piece.code], paid=45_000))

    _status, done = till.ask("returns", till.goods_back())

    assert (done["discount"], done["paid"]) == (-5_000, -45_000)
    assert IssuedCoupon.objects.get().status == "held"


def test_points_that_were_spent_meanwhile_become_a_return_adjustment() -> None:
    till = Counter(points=0)
    till.ask("sales", till.sale("R-1", lines=[line(till.wine, 100_000)]))
    till.ask("sales", till.sale("R-2", points=1_000, lines=[line(till.milk, 1_000)], paid=0))

    _status, done = till.ask("returns", till.goods_back(of="R-1"))

    assert (done["points_earned"], done["balance_after"], done["debt_after"]) == (-1_000, 0, 1_000)


def test_the_rule_of_the_sale_takes_back_not_todays() -> None:
    till = Counter(points=0)
    till.ask("sales", till.sale())
    make_earning_rule(name="bonus", kind="category", reward="won_per_point", value=10, categories=["wine"])

    _status, done = till.ask("returns", till.goods_back())

    assert done["points_earned"] == -500


def test_a_return_lowers_what_counts_for_the_tier_by_the_date_of_the_sale() -> None:
    make_ladder()
    till = Counter()
    day = timezone.now() - timedelta(hours=20)
    till.ask("sales", till.sale(member={"phone": till.member.phone}, at=day))

    till.ask("returns", till.goods_back())

    dates = {(credit.business_date, credit.points) for credit in TierCredit.objects.exclude(points=0)}
    assert dates == {(timezone.localdate(day), 500), (timezone.localdate(day), -500)}


def test_an_order_of_the_shop_may_come_back_at_a_till() -> None:
    till = Counter(points=0)
    make_order(till.member, external_id="W-1", placed_at=timezone.now(), paid=20_000, items_amount=20_000)

    status, done = till.ask("returns", till.goods_back(of="W-1"))

    assert (status, done["paid"], Order.objects.get().refunded) == (201, -20_000, 20_000)


def test_goods_come_back_in_another_store_where_its_manager_signs_and_in_no_other_shop() -> None:
    till = Counter(points=3_000)
    till.ask("sales", till.sale(points=1_000))
    elsewhere = till.other_till(store=Store.objects.create(external_id="S-other", name="홍대점"))
    colleague, manager = elsewhere.staff(), elsewhere.staff("72", is_manager=True)
    foreign = till.other_till("till 3", store=Store.objects.create(source="outlet", external_id="S1", name="아울렛"))
    Terminal.objects.filter(pk=foreign.terminal.pk).update(source="outlet")

    refused, told = foreign.ask("returns", till.goods_back("B-2"))
    unsigned = [elsewhere.ask("returns", till.goods_back(), **signed) for signed in ({}, colleague)]
    status, done = elsewhere.ask("returns", till.goods_back(), **manager)

    assert (refused, told["code"]) == (422, "RECEIPT_UNKNOWN")
    assert [(status, told["code"]) for status, told in unsigned] == [(422, "MANAGER_NEEDED")] * 2
    assert (status, done["paid"], done["balance_after"]) == (201, -49_000, 3_000)
    assert list(differences()) == []


def test_a_sale_is_undone_as_if_it_had_not_been() -> None:
    till = Counter(points=3_000)
    piece = give(make_coupon(amount=5_000), till.member)
    _status, sold = till.ask("sales", till.sale(points=1_000, coupons=[piece.code], paid=44_000))

    status, done = till.ask(f"txns/{sold['txn_id']}/reverse", {})

    assert (status, done["original_txn_id"], done["points_used"], done["points_earned"]) == (
        201,
        sold["txn_id"],
        -1_000,
        -440,
    )
    assert (done["balance_after"], IssuedCoupon.objects.get().status, Order.objects.get().status) == (
        3_000,
        "held",
        "cancelled",
    )
    assert list(differences()) == []


def test_after_ten_minutes_only_a_manager_undoes() -> None:
    till = Counter()
    clerk, manager = till.staff("71"), till.staff("72", is_manager=True)
    _status, sold = till.ask("sales", till.sale(lookup=till.look_up(**clerk)), **clerk)
    address = f"txns/{sold['txn_id']}/reverse"

    with time_machine.travel(timezone.now() + timedelta(minutes=10, seconds=1)):
        late = till.ask(address, {}, **clerk)
        by_manager = till.ask(address, {}, **manager)

    assert (late[0], late[1]["code"], by_manager[0]) == (422, "MANAGER_NEEDED", 201)


def test_a_colleague_does_not_undo_what_somebody_signed() -> None:
    till = Counter()
    clerk, colleague = till.staff("71"), till.staff("72")
    _status, sold = till.ask("sales", till.sale(lookup=till.look_up(**clerk)), **clerk)

    status, answer = till.ask(f"txns/{sold['txn_id']}/reverse", {}, **colleague)

    assert (status, answer["code"]) == (422, "MANAGER_NEEDED")


def test_a_manager_may_book_what_happened_days_ago() -> None:
    till = Counter()
    manager = till.staff(is_manager=True)
    at = timezone.now() - timedelta(days=3)

    status, done = till.ask("sales", till.sale(lookup=till.look_up(**manager), at=at), **manager)

    assert (status, done["clock_off"]) == (201, True)


def test_nobody_books_what_has_not_happened_yet() -> None:
    till = Counter()
    manager = till.staff(is_manager=True)
    at = timezone.now() + timedelta(days=3)

    status, answer = till.ask("sales", till.sale(lookup=till.look_up(**manager), at=at), **manager)

    assert (status, answer["code"], Order.objects.exists()) == (422, "CLOCK_OFF", False)


def _hold(till: Counter, points: int = 1_000, receipt: str = "H-1") -> dict[str, Any]:
    at = said(timezone.now())
    body = {"receipt": receipt, "occurred_at": at, "lookup": till.look_up(), "points": points, "bill": 50_000}
    return till.ask("holds", body)[1]


def test_less_than_a_hold_is_used_and_the_rest_comes_back() -> None:
    till = Counter()
    hold = _hold(till)
    at = {"occurred_at": said(timezone.now())}

    first = till.ask(f"holds/{hold['hold_id']}/capture", at | {"points": 600})
    again = till.ask(f"holds/{hold['hold_id']}/capture", at | {"points": 600})

    assert [status for status, _done in (first, again)] == [201, 200]
    assert first[1]["txn_id"] == again[1]["txn_id"]
    assert (first[1]["points_used"], first[1]["balance_after"], first[1]["held_after"]) == (600, 2_400, 0)


def test_a_use_from_a_hold_is_undone() -> None:
    till = Counter()
    hold = _hold(till)
    _status, used = till.ask(f"holds/{hold['hold_id']}/capture", {"occurred_at": said(timezone.now())})

    status, done = till.ask(f"txns/{used['txn_id']}/reverse", {})

    assert (status, done["points_used"], done["balance_after"]) == (201, -1_000, 3_000)


def test_a_hold_is_released_once() -> None:
    till = Counter()
    hold = _hold(till)
    at = {"occurred_at": said(timezone.now())}

    answers = [till.ask(f"holds/{hold['hold_id']}/void", at) for _attempt in range(2)]

    assert [status for status, _done in answers] == [201, 200]
    assert answers[0][1]["balance_after"] == 3_000


@pytest.mark.parametrize(("is_online", "minutes"), [(False, 15), (True, 24 * 60)])
def test_a_hold_times_out(is_online: bool, minutes: int) -> None:
    till = Counter(is_online=is_online)
    hold = _hold(till)

    with time_machine.travel(timezone.now() + timedelta(minutes=minutes, seconds=1)):
        status, answer = till.ask(f"holds/{hold['hold_id']}/capture", {"occurred_at": said(timezone.now())})
        balance = till.ask("lookup", {"phone": till.member.phone}, key=None)[1]["member"]["available"]

    assert (status, answer["code"], balance) == (422, "HOLD_RESOLVED", 3_000)


def test_coupons_are_checked_used_and_cancelled_for_a_receipt_of_the_shop() -> None:
    till = Counter(is_online=True)
    code = give(make_coupon(amount=5_000), till.member).code
    basket = {"lookup": till.look_up(), "coupons": [code], "lines": till.basket()}
    act = {"receipt": "W-1", "occurred_at": said(timezone.now())}

    checked = till.ask("coupons/check", basket, key=None)
    used = till.ask("coupons/redeem", basket | act)
    again = till.ask("coupons/redeem", basket | act)
    cancelled = till.ask("coupons/cancel", act)

    assert [status for status, _answer in (checked, used, again, cancelled)] == [200, 201, 200, 201]
    assert (
        checked[1]
        == used[1]
        == again[1]
        == {
            "discount": 5_000,
            "coupons": [{"name": "5천원 할인", "discount": 5_000, "gift": ""}],
        }
    )
    assert IssuedCoupon.objects.get().status == "held"


def test_the_next_morning_a_receipt_tells_what_was_booked() -> None:
    till = Counter()
    till.ask("sales", till.sale(points=1_000))
    till.ask("returns", till.goods_back("R-1", lines=[line(till.milk, 10_000)]))

    status, answer = till.get("txns/?receipt=R-1")

    assert status == 200
    assert [(act["kind"], act["points_used"], act["points_earned"]) for act in answer["results"]] == [
        ("sale", 1_000, 490),
        ("return", -200, -98),
    ]
    assert till.get("txns/")[0] == 400


def test_what_is_given_back_keeps_its_last_day() -> None:
    till = Counter(points=3_000)
    before = Lot.objects.get().expires_at
    till.ask("sales", till.sale(points=1_000))

    till.ask("returns", till.goods_back())

    assert {lot.expires_at for lot in Lot.objects.filter(remaining__gt=0)} == {before}
