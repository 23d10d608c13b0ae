"""What is booked at the desk: by the terms, once a tap, for one's own store, and cancelled by whom it is for."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from customers.models import Order
from loyalty import ledger
from loyalty.desk import acting
from loyalty.desk.bills import Bill, read_bill
from loyalty.earning.orders import earn_orders
from loyalty.errors import DeskRefused, LedgerRefused
from loyalty.ledger.checking import differences
from loyalty.models import DeskAct, OrderAward, StoreStaff, TierCredit, Transaction
from tests.factories import begin_earning, make_earning_rule, make_order
from tests.loyalty.desk.counter import account_of, make_cashier, make_member, make_store, redeem
from tests.loyalty.ledger.bookings import numbers

pytestmark = pytest.mark.django_db


def test_a_use_is_booked_with_receipt_store_and_person() -> None:
    store, customer = make_store(), make_member(10_000)
    cashier = make_cashier("cashier", store)

    act = redeem(customer, 3_000, cashier, store)

    booked = Transaction.objects.get(pk=act.transaction_id)
    assert (booked.kind, booked.points, booked.reference, booked.store, booked.by) == (
        "redeem", 3_000, "R-1", store, cashier,
    )  # fmt: skip
    assert (act.available_after, numbers(account_of(customer))) == (7_000, (7_000, 0, 0, 0))


def test_the_same_key_books_once_and_answers_with_the_same_act() -> None:
    store, customer, key = make_store(), make_member(10_000), uuid4()
    cashier = make_cashier("cashier", store)

    acts = [redeem(customer, 3_000, cashier, store, key=key) for _tap in range(2)]

    assert acts[0].pk == acts[1].pk
    assert (DeskAct.objects.count(), account_of(customer).available) == (1, 7_000)


@pytest.mark.parametrize("change", [{"points": 4_000}, {"receipt": "R-2"}, {"by": "other"}])
def test_a_key_is_good_for_one_act_only(change: dict) -> None:
    store, customer, key = make_store(), make_member(10_000), uuid4()
    cashier, other = make_cashier("cashier", store), make_cashier("other", store)
    redeem(customer, 3_000, cashier, store, key=key)

    with pytest.raises(DeskRefused) as refusal:
        redeem(
            customer,
            change.get("points", 3_000),
            other if "by" in change else cashier,
            store,
            receipt=change.get("receipt", "R-1"),
            key=key,
        )

    assert refusal.value.code == "KEY_REUSED"
    assert account_of(customer).available == 7_000


@pytest.mark.django_db(transaction=True)
def test_a_double_tap_at_once_books_once() -> None:
    store, customer, key = make_store(), make_member(10_000), uuid4()
    cashier = make_cashier("cashier", store)
    together, booked = threading.Barrier(4), []

    def tap() -> None:
        together.wait()
        booked.append(redeem(customer, 3_000, cashier, store, key=key).pk)
        connection.close()

    threads = [threading.Thread(target=tap) for _finger in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    assert (len(booked), len(set(booked))) == (4, 1)
    assert (DeskAct.objects.count(), account_of(customer).available) == (1, 7_000)


@pytest.mark.parametrize(
    ("points", "terms", "code"),
    [
        (10_001, {}, "INSUFFICIENT_POINTS"),
        (500, {"least_points": 1_000}, "BELOW_MINIMUM"),
        (1_050, {"step": 100}, "NOT_STEP"),
        (6_000, {"most_percent": 10}, "OVER_SHARE"),
        (9_001, {"confirmed_above": 9_000}, "NEEDS_CONFIRMATION"),
    ],
)
def test_a_use_that_the_terms_do_not_allow_is_refused_and_nothing_is_booked(
    points: int, terms: dict, code: str
) -> None:
    store, customer = make_store(), make_member(10_000, program=terms)

    with pytest.raises((DeskRefused, LedgerRefused)) as refusal:
        redeem(customer, points, make_cashier("cashier", store), store)

    assert refusal.value.code == code
    assert (DeskAct.objects.count(), account_of(customer).available) == (0, 10_000)


def test_a_large_use_is_booked_once_it_is_confirmed() -> None:
    store, customer = make_store(), make_member(10_000, program={"confirmed_above": 9_000})

    act = redeem(customer, 9_500, make_cashier("cashier", store), store, is_confirmed=True)

    assert act.points == 9_500


def test_nobody_books_on_their_own_account() -> None:
    store, customer = make_store(), make_member(10_000, email="me@example.com")
    cashier = make_cashier("cashier", store)
    cashier.email = "ME@example.com"

    with pytest.raises(DeskRefused) as refusal:
        redeem(customer, 100, cashier, store)

    assert (refusal.value.code, account_of(customer).available) == ("OWN_ACCOUNT", 10_000)


def test_a_receipt_is_paid_with_points_once_and_again_after_that_was_cancelled() -> None:
    store, elsewhere, customer = make_store(), make_store("S2"), make_member(10_000)
    cashier = make_cashier("cashier", store, elsewhere)
    first = redeem(customer, 1_000, cashier, store)

    with pytest.raises(DeskRefused) as refusal:
        redeem(customer, 1_000, cashier, store)
    redeem(customer, 1_000, cashier, elsewhere)
    acting.cancel(first.pk, store=store, key=uuid4(), by=cashier)
    again = redeem(customer, 2_000, cashier, store)

    assert refusal.value.code == "RECEIPT_HAS_POINTS"
    assert (again.available_after, account_of(customer).available) == (7_000, 7_000)


@pytest.mark.parametrize(
    ("who", "minutes", "code"),
    [
        ("own", 0, ""),
        ("own", 10, ""),
        ("own", 11, "NEEDS_MANAGER"),
        ("colleague", 1, "NEEDS_MANAGER"),
        ("manager", 300, ""),
        ("manager elsewhere", 1, "NEEDS_MANAGER"),
    ],
)
def test_who_may_cancel_a_use(who: str, minutes: int, code: str) -> None:
    store, elsewhere, customer = make_store(), make_store("S2"), make_member(10_000)
    people = {
        "own": make_cashier("own", store),
        "colleague": make_cashier("colleague", store),
        "manager": make_cashier("manager", store, is_manager=True),
        "manager elsewhere": make_cashier("manager elsewhere", elsewhere, is_manager=True),
    }
    act = redeem(customer, 3_000, people["own"], store)

    with time_machine.travel(act.happened_at + timedelta(minutes=minutes), tick=False):
        if code:
            with pytest.raises(DeskRefused) as refusal:
                acting.cancel(act.pk, store=store, key=uuid4(), by=people[who])
            assert refusal.value.code == code
        else:
            acting.cancel(act.pk, store=store, key=uuid4(), by=people[who])

    assert account_of(customer).available == (7_000 if code else 10_000)


def test_what_was_booked_in_another_store_is_not_cancelled_here() -> None:
    store, elsewhere, customer = make_store(), make_store("S2"), make_member(10_000)
    cashier = make_cashier("cashier", store, elsewhere, is_manager=True)
    act = redeem(customer, 3_000, cashier, store)

    with pytest.raises(DeskRefused) as refusal:
        acting.cancel(act.pk, store=elsewhere, key=uuid4(), by=cashier)

    assert (refusal.value.code, account_of(customer).available) == ("NOT_YOUR_STORE", 7_000)


def test_a_use_is_cancelled_once() -> None:
    store, customer = make_store(), make_member(10_000)
    cashier = make_cashier("cashier", store)
    act, key = redeem(customer, 3_000, cashier, store), uuid4()

    cancelled = [acting.cancel(act.pk, store=store, key=key, by=cashier) for _tap in range(2)]
    with pytest.raises(LedgerRefused) as refusal:
        acting.cancel(act.pk, store=store, key=uuid4(), by=cashier)

    assert (cancelled[0].pk, refusal.value.code) == (cancelled[1].pk, "ALREADY_REVERSED")
    assert account_of(customer).available == 10_000


def test_a_bill_earns_by_the_rules_on_what_was_not_paid_with_points() -> None:
    _begin()
    store, customer = make_store(), make_member(10_000)
    cashier = make_cashier("cashier", store)
    redeem(customer, 5_000, cashier, store)

    act = acting.earn(customer, bill=Bill(store, "R-1", 50_000), key=uuid4(), by=cashier)

    booked = Transaction.objects.get(pk=act.transaction_id)
    assert (act.points, account_of(customer).available) == (450, 5_450)
    assert (booked.rule_version.rule, booked.details["won"]) == ("earning", 50_000)


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("again", "RECEIPT_HAS_POINTS"),
        ("known order", "ORDER_EARNS"),
        ("cancelled order", "ORDER_CAME_BACK"),
        ("refunded order", "ORDER_CAME_BACK"),
        ("nothing", "EARNS_NOTHING"),
        ("too early", "EARNING_NOT_BEGUN"),
    ],
)
def test_a_bill_that_earns_nothing_more_is_refused(case: str, code: str) -> None:
    _begin() if case != "too early" else make_earning_rule()
    store, customer = make_store(), make_member(0)
    cashier, bill = make_cashier("cashier", store), Bill(store, "R-1", 99 if case == "nothing" else 50_000)
    if case == "again":
        acting.earn(make_member(0, phone=""), bill=bill, key=uuid4(), by=cashier)
    if case == "known order":
        make_order(customer, placed_at=timezone.now(), external_id="R-1")
    if case == "cancelled order":
        make_order(None, placed_at=timezone.now(), external_id="R-1", status="cancelled")
    if case == "refunded order":
        make_order(None, placed_at=timezone.now(), external_id="R-1", paid=50_000, refunded=10_000)

    with pytest.raises(DeskRefused) as refusal:
        acting.earn(customer, bill=bill, key=uuid4(), by=cashier)

    assert refusal.value.code == code
    assert account_of(customer).available == 0


def test_the_order_that_comes_in_later_earns_nothing_again_and_its_return_takes_the_points_back() -> None:
    _begin()
    store, customer = make_store(), make_member(0)
    acting.earn(customer, bill=Bill(store, "R-1", 50_000), key=uuid4(), by=make_cashier("cashier", store))

    order = make_order(customer, placed_at=timezone.now(), external_id="R-1", paid=50_000, channel="store")
    earn_orders([order.pk])
    earned = account_of(customer).available
    order.refunded = 50_000
    order.save()
    earn_orders([order.pk])

    assert (earned, OrderAward.objects.get().points, account_of(customer).available) == (500, 0, 0)


def test_an_order_whose_receipt_was_cancelled_at_the_desk_earns_as_any_other_once() -> None:
    _begin()
    store, customer = make_store(), make_member(0)
    cashier = make_cashier("cashier", store)
    act = acting.earn(customer, bill=Bill(store, "R-1", 50_000), key=uuid4(), by=cashier)
    acting.cancel(act.pk, store=store, key=uuid4(), by=cashier)

    order = make_order(customer, placed_at=timezone.now(), external_id="R-1", paid=60_000, channel="store")
    earn_orders([order.pk])
    earn_orders([order.pk])
    earned = account_of(customer).available
    order.refunded = 60_000
    order.save()
    earn_orders([order.pk])

    assert (earned, account_of(customer).available) == (600, 0)


@pytest.mark.parametrize(("whose", "refunded", "points"), [("own", 0, 600), ("another", 0, 600), ("own", 30_000, 300)])
def test_a_cancelled_earning_lets_its_order_earn_for_its_own_customer_that_came_in_before(
    whose: str, refunded: int, points: int
) -> None:
    _begin()
    store, member = make_store(), make_member(0)
    cashier, buyer, key = (
        make_cashier("cashier", store),
        member if whose == "own" else make_member(0, phone=""),
        uuid4(),
    )
    act = acting.earn(member, bill=Bill(store, "R-1", 50_000), key=uuid4(), by=cashier)
    order = make_order(buyer, placed_at=timezone.now(), external_id="R-1", paid=60_000, channel="store")
    earn_orders([order.pk])
    Order.objects.filter(pk=order.pk).update(refunded=refunded)
    earn_orders([order.pk])

    for _tap in range(2):
        acting.cancel(act.pk, store=store, key=key, by=cashier)
    earn_orders([order.pk])

    assert (account_of(buyer).available, OrderAward.objects.get().points) == (points, points)
    assert account_of(member).available == (points if whose == "own" else 0)
    assert sum(TierCredit.objects.filter(customer=buyer).values_list("points", flat=True)) == points
    assert differences() == []


def test_one_person_gives_only_so_many_points_a_day_less_what_they_cancelled() -> None:
    _begin()
    store, customer = make_store(), make_member(0, program={"desk_most_a_day": 1_000})
    cashier, colleague = make_cashier("cashier", store), make_cashier("colleague", store)
    act = acting.earn(customer, bill=Bill(store, "R-1", 60_000), key=uuid4(), by=cashier)

    with pytest.raises(DeskRefused) as refusal:
        acting.earn(customer, bill=Bill(store, "R-2", 50_000), key=uuid4(), by=cashier)
    acting.earn(customer, bill=Bill(store, "R-3", 50_000), key=uuid4(), by=colleague)
    before = account_of(customer).available
    acting.cancel(act.pk, store=store, key=uuid4(), by=cashier)
    acting.earn(customer, bill=Bill(store, "R-2", 100_000), key=uuid4(), by=cashier)

    assert (refusal.value.code, before, account_of(customer).available) == ("OVER_DAILY_LIMIT", 1_100, 1_500)


def test_earned_points_that_were_cancelled_can_be_earned_again() -> None:
    _begin()
    store, customer = make_store(), make_member(0)
    cashier, bill = make_cashier("cashier", store), Bill(store, "R-1", 50_000)
    first = acting.earn(customer, bill=bill, key=uuid4(), by=cashier)
    acting.cancel(first.pk, store=store, key=uuid4(), by=cashier)

    acting.earn(customer, bill=bill, key=uuid4(), by=cashier)

    assert account_of(customer).available == 500


@pytest.mark.parametrize(
    ("receipt", "won", "code"),
    [
        ("", "100", "BAD_RECEIPT"),
        ("x" * 61, "100", "BAD_RECEIPT"),
        ("<b>", "100", "BAD_RECEIPT"),
        ("R-1", "", "BAD_BILL"),
        ("R-1", "-5", "BAD_BILL"),
        ("R-1", "1.5", "BAD_BILL"),
        ("R-1", "9" * 12, "BAD_BILL"),
        ("R-1", "٥٠٠", "BAD_BILL"),
        ("가-12 3", "45,000", ""),
    ],
)
def test_a_bill_is_read_as_it_is_typed(receipt: str, won: str, code: str) -> None:
    store = make_store()

    if code:
        with pytest.raises(DeskRefused) as refusal:
            read_bill(store, receipt=receipt, won=won)
        assert refusal.value.code == code
    else:
        assert read_bill(store, receipt=receipt, won=won) == Bill(store, receipt, 45_000)


def test_whoever_left_the_store_manages_nothing_there() -> None:
    store, customer = make_store(), make_member(10_000)
    act = redeem(customer, 3_000, make_cashier("cashier", store), store)
    manager = make_cashier("manager", store, is_manager=True)
    StoreStaff.objects.filter(user=manager).delete()

    assert acting.may_cancel(act, by=manager, now=timezone.now()) is False
    assert ledger.standing_of(account_of(customer).pk, now=timezone.now()).available == 7_000


def _begin() -> None:
    """Every hundred won earn a point."""
    begin_earning()
    make_earning_rule()
