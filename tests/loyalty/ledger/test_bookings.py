"""Points earned and used: which lots they come from, what is refused, and receipts that are booked once."""

from dataclasses import replace

import pytest
from django.db import OperationalError, transaction

from loyalty import ledger
from loyalty.errors import LedgerRefused
from loyalty.ledger import Receipt
from loyalty.ledger.book import Draft
from loyalty.ledger.opening import open_book
from loyalty.models import Account, Entry, Transaction
from tests.factories import make_customer
from tests.loyalty.ledger.bookings import DAY, NOW, account, earn, kinds, left_in_lots, numbers, receipt, redeem

pytestmark = pytest.mark.django_db


def test_what_is_earned_can_be_used() -> None:
    member = account()

    earned = earn(member, 100)
    used = redeem(member, 30)

    assert (earned.available, used.available) == (100, 70)
    assert numbers(member) == (70, 0, 0, 0)
    assert member.lifetime_earned == 100


def test_both_legs_of_a_booking_are_kept_with_the_balance_after_it() -> None:
    member = account()

    used = [earn(member, 100), redeem(member, 30)][1]

    legs = Entry.objects.filter(transaction=used.transaction_id).order_by("bucket")
    assert list(legs.values_list("bucket", "amount", "seq", "balance_after")) == [
        ("available", -30, 2, 70),
        ("redeemed", 30, None, None),
    ]


def test_an_account_is_opened_once() -> None:
    customer = make_customer()

    assert ledger.account_of(customer.pk) == ledger.account_of(customer.pk)


@pytest.mark.parametrize(
    ("lots", "left"),
    [
        pytest.param([(50, 90, "base"), (50, 10, "base")], [50, 20], id="the one that dies first"),
        pytest.param([(50, None, "base"), (50, 90, "base")], [50, 20], id="one that never dies comes last"),
        pytest.param([(50, 10, "paid"), (50, 90, "base")], [50, 20], id="one that was paid for comes last of all"),
        pytest.param([(50, 90, "base"), (50, 90, "promotion")], [20, 50], id="of two that die together the older"),
        pytest.param([(20, 10, "base"), (50, 90, "base")], [0, 40], id="two of them where one is too small"),
    ],
)
def test_points_are_used_from_the_lot_that_dies_first(lots: list[tuple[int, int | None, str]], left: list[int]) -> None:
    member = account()
    for points, days, kind in lots:
        earn(member, points, days=days, kind=kind)

    redeem(member, 30)

    assert left_in_lots(member) == left


def test_pending_points_are_not_usable_before_their_day() -> None:
    member = account()
    earn(member, 100, pending=7)

    with pytest.raises(LedgerRefused) as refusal:
        redeem(member, 10)
    used = redeem(member, 10, at=NOW + 7 * DAY)

    assert refusal.value.code == "INSUFFICIENT_POINTS"
    assert (used.available, used.pending) == (90, 0)
    assert kinds(member) == ["earn", "activate", "redeem"]


@pytest.mark.parametrize(
    ("terms", "points", "bill", "code"),
    [
        ({}, 101, None, "INSUFFICIENT_POINTS"),
        ({"least_points": 50}, 49, None, "BELOW_MINIMUM"),
        ({"step": 10}, 15, None, "NOT_STEP"),
        ({"most_percent": 30}, 31, 100, "OVER_SHARE"),
        ({}, 0, None, "BAD_AMOUNT"),
        ({}, -5, None, "BAD_AMOUNT"),
    ],
)
def test_a_use_that_the_terms_forbid_changes_nothing(terms: dict, points: int, bill: int | None, code: str) -> None:
    member = account(**terms)
    earn(member, 100)

    with pytest.raises(LedgerRefused) as refusal:
        redeem(member, points, bill=bill)

    assert refusal.value.code == code
    assert numbers(member) == (100, 0, 0, 0)
    assert kinds(member) == ["earn"]


@pytest.mark.parametrize(
    ("terms", "points", "bill"),
    [({"least_points": 50}, 50, None), ({"step": 10}, 20, None), ({"most_percent": 30}, 30, 100)],
)
def test_a_use_at_the_limit_is_allowed(terms: dict, points: int, bill: int | None) -> None:
    member = account(**terms)
    earn(member, 100)

    assert redeem(member, points, bill=bill).available == 100 - points


def test_a_frozen_account_earns_but_does_not_spend() -> None:
    member = account()
    Account.objects.filter(pk=member.pk).update(status=Account.Status.FROZEN)

    earn(member, 100)
    with pytest.raises(LedgerRefused) as refusal:
        redeem(member, 10)

    assert refusal.value.code == "ACCOUNT_FROZEN"
    assert numbers(member) == (100, 0, 0, 0)


def test_a_closed_account_books_nothing() -> None:
    member = account()
    Account.objects.filter(pk=member.pk).update(status=Account.Status.CLOSED)

    with pytest.raises(LedgerRefused) as refusal:
        earn(member, 100)

    assert refusal.value.code == "ACCOUNT_CLOSED"
    assert Transaction.objects.count() == 0


def test_a_receipt_booked_again_answers_with_what_was_booked() -> None:
    member, paper = account(), receipt()
    earn(member, 100)

    first = redeem(member, 60, of=paper)
    again = redeem(member, 60, of=paper)

    assert again == replace(first, is_replay=True)
    assert numbers(member) == (40, 0, 0, 0)


def test_a_receipt_booked_again_with_other_points_is_refused() -> None:
    member, paper = account(), receipt()
    earn(member, 100, of=paper)

    with pytest.raises(LedgerRefused) as refusal:
        earn(member, 101, of=paper)

    assert refusal.value.code == "ALREADY_EXISTS"
    assert numbers(member) == (100, 0, 0, 0)


def test_a_receipt_booked_for_another_member_is_refused() -> None:
    member, other, paper = account(), account(), receipt()
    earn(member, 100, of=paper)

    with pytest.raises(LedgerRefused) as refusal:
        earn(other, 100, of=paper)

    assert refusal.value.code == "ALREADY_EXISTS"
    assert numbers(other) == (0, 0, 0, 0)


def test_a_receipt_earns_and_redeems_each_line_by_itself() -> None:
    member, paper = account(), Receipt("till", "R-lines")

    earn(member, 100, of=replace(paper, line="1"))
    earn(member, 100, of=replace(paper, line="2"))
    redeem(member, 10, of=replace(paper, line="1"))

    assert numbers(member) == (190, 0, 0, 0)


def test_a_booking_on_an_account_that_moved_since_it_was_read_is_refused_by_the_database() -> None:
    member = account()
    stale = open_book(member.pk, now=NOW)
    earn(member, 100)
    draft = Draft("earn", 50, {"source_system": "till", "reference": "stale"})
    stale.leg(draft, "issued", -50)
    stale.leg(draft, "available", 50)

    with pytest.raises(OperationalError, match="was booked on since it was read"), transaction.atomic():
        stale.post(draft)

    assert numbers(member) == (100, 0, 0, 0)
