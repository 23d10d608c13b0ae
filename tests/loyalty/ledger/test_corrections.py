"""Points given or taken by hand, and whole transactions taken back."""

import pytest

from loyalty import ledger
from loyalty.errors import LedgerRefused
from loyalty.ledger import Receipt
from loyalty.models import Lot, Transaction
from tests.factories import make_customer, make_user
from tests.loyalty.ledger.bookings import (
    DAY,
    NOW,
    account,
    adjust,
    claw_back,
    earn,
    hold,
    kinds,
    left_in_lots,
    numbers,
    redeem,
)

pytestmark = pytest.mark.django_db


def test_an_adjustment_says_who_why_and_how_long_the_points_live() -> None:
    member, clerk = account(validity_months=12), make_user("clerk")

    given = adjust(member, 500, by=clerk)

    booked = Transaction.objects.get(pk=given.transaction_id)
    assert (booked.kind, booked.reason, booked.note, booked.by) == ("adjust", "goodwill", "late delivery", clerk)
    lot = Lot.objects.get(award=booked)
    assert (lot.kind, lot.original, f"{lot.expires_at.astimezone(NOW.tzinfo):%F %T}") == (
        "compensation", 500, "2027-11-03 00:00:00",
    )  # fmt: skip


@pytest.mark.parametrize("points", [60, -60])
def test_an_adjustment_that_comes_twice_with_its_receipt_is_booked_once(points: int) -> None:
    member, clerk = account(), make_user("clerk")
    earn(member, 100)

    first, again = (adjust(member, points, by=clerk, receipt=Receipt("adjustment", "A-1")) for _time in range(2))

    assert (first.is_replay, again.is_replay) == (False, True)
    assert again.transaction_id == first.transaction_id
    assert numbers(member) == (100 + points, 0, 0, 0)


@pytest.mark.parametrize(
    ("points", "given", "code"),
    [
        (0, {}, "BAD_AMOUNT"),
        (10, {"reason": "because"}, "REASON_MISSING"),
        (10, {"reason": ""}, "REASON_MISSING"),
        (10, {"note": "  "}, "REASON_MISSING"),
        (-11, {}, "INSUFFICIENT_POINTS"),
        (10_001, {}, "NEEDS_APPROVAL"),
        (-10_001, {}, "NEEDS_APPROVAL"),
    ],
)
def test_an_adjustment_out_of_bounds_changes_nothing(points: int, given: dict, code: str) -> None:
    member, clerk = account(), make_user("clerk")
    earn(member, 10)

    with pytest.raises(LedgerRefused) as refusal:
        ledger.adjust(member.pk, points, **{"reason": "goodwill", "note": "late"} | given, by=clerk, now=NOW)

    assert refusal.value.code == code
    assert kinds(member) == ["earn"]


def test_a_large_adjustment_takes_a_second_person_who_may_approve() -> None:
    member, clerk = account(), make_user("clerk", "loyalty.approve_adjustment")
    colleague, head = make_user("colleague"), make_user("head", "loyalty.approve_adjustment")

    for nobody in (None, clerk, colleague):
        with pytest.raises(LedgerRefused) as refusal:
            adjust(member, 10_001, by=clerk, approved_by=nobody)
        assert refusal.value.code == "NEEDS_APPROVAL"

    assert adjust(member, 10_001, by=clerk, approved_by=head).available == 10_001


def test_what_one_person_adjusts_in_a_day_is_limited_whatever_its_sign() -> None:
    member, clerk = account(adjust_most_a_day=1_000), make_user("clerk")
    adjust(member, 700, by=clerk)
    adjust(member, -200, by=clerk)

    with pytest.raises(LedgerRefused) as refusal:
        adjust(account(adjust_most_a_day=1_000), 101, by=clerk)

    assert refusal.value.code == "OVER_DAILY_LIMIT"
    assert adjust(member, 100, by=clerk).available == 600
    assert adjust(member, 101, by=make_user("colleague")).available == 701
    assert adjust(member, 101, by=clerk, at=NOW + DAY).available == 802


def test_a_large_adjustment_that_is_split_still_takes_a_second_person() -> None:
    member, clerk, head = account(), make_user("clerk"), make_user("head", "loyalty.approve_adjustment")
    adjust(member, 9_000, by=clerk)
    adjust(member, -1_000, by=clerk)

    with pytest.raises(LedgerRefused) as refusal:
        adjust(member, 1, by=clerk)

    assert refusal.value.code == "NEEDS_APPROVAL"
    assert adjust(member, 1, by=clerk, approved_by=head).available == 8_001
    assert adjust(account(), 10_000, by=clerk).available == 10_000
    assert adjust(member, 10_000, by=clerk, at=NOW + DAY).available == 18_001


def test_nobody_adjusts_their_own_points() -> None:
    clerk = make_user("clerk")
    clerk.email = "Clerk@Example.com"
    clerk.save()

    with pytest.raises(LedgerRefused) as refusal:
        adjust(account(make_customer(email="clerk@example.com")), 10, by=clerk)

    assert refusal.value.code == "OWN_ACCOUNT"


def test_points_are_taken_by_hand_only_where_there_are_some() -> None:
    member, clerk = account(), make_user("clerk")
    earn(member, 100)

    assert adjust(member, -100, by=clerk).available == 0


def test_an_award_is_reversed_with_what_was_awarded() -> None:
    member = account()
    earned = earn(member, 100)
    claw_back(earned, 30)

    undone = ledger.reverse(earned.transaction_id, reason="wrong_booking", by=make_user("clerk"), now=NOW)

    assert (undone.points, undone.available) == (70, 0)


def test_a_use_is_reversed() -> None:
    member = account()
    earn(member, 100)
    used = redeem(member, 80)

    ledger.reverse(used.transaction_id, reason="wrong_booking", by=None, now=NOW)

    assert numbers(member) == (100, 0, 0, 0)
    assert left_in_lots(member) == [100]


@pytest.mark.parametrize("points", [50, -50])
def test_an_adjustment_is_reversed(points: int) -> None:
    member, clerk = account(), make_user("clerk")
    earn(member, 100)
    wrong = adjust(member, points, by=clerk)

    ledger.reverse(wrong.transaction_id, reason="wrong_booking", by=clerk, now=NOW)

    assert numbers(member) == (100, 0, 0, 0)


def test_what_was_reversed_cannot_be_reversed_again() -> None:
    member = account()
    earned = earn(member, 100)
    ledger.reverse(earned.transaction_id, reason="wrong_booking", by=None, now=NOW)

    with pytest.raises(LedgerRefused) as refusal:
        ledger.reverse(earned.transaction_id, reason="wrong_booking", by=None, now=NOW)

    assert refusal.value.code == "ALREADY_REVERSED"
    assert numbers(member) == (0, 0, 0, 0)


def test_what_the_clock_booked_is_not_reversed() -> None:
    member = account()
    earn(member, 100)
    placed = hold(member, 50)

    with pytest.raises(LedgerRefused) as refusal:
        ledger.reverse(placed.placement_id, reason="wrong_booking", by=None, now=NOW)

    assert refusal.value.code == "NOT_REVERSIBLE"
