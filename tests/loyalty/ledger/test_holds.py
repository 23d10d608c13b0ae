"""Points set aside for a payment under way."""

import pytest

from loyalty import ledger
from loyalty.errors import LedgerRefused
from loyalty.ledger import Posting
from tests.loyalty.ledger.bookings import (
    DAY,
    NOW,
    account,
    claw_back,
    earn,
    give_back,
    hold,
    kinds,
    left_in_lots,
    numbers,
    receipt,
    redeem,
)

pytestmark = pytest.mark.django_db

AN_HOUR = DAY / 24


def test_points_on_hold_cannot_be_used_otherwise() -> None:
    member = account()
    earn(member, 100)
    hold(member, 80)

    with pytest.raises(LedgerRefused) as refusal:
        redeem(member, 30)

    assert refusal.value.code == "INSUFFICIENT_POINTS"
    assert numbers(member) == (20, 0, 80, 0)


def test_a_hold_is_used_in_full() -> None:
    member = account()
    earn(member, 100)

    used = ledger.capture(hold(member, 80).pk, now=NOW)

    assert (used.points, used.available, used.held) == (80, 20, 0)


def test_what_a_payment_leaves_of_a_hold_goes_back_to_its_lots() -> None:
    member = account()
    earn(member, 50, days=10)
    earn(member, 50, days=20)

    used = ledger.capture(hold(member, 80).pk, 30, now=NOW)

    assert (used.available, used.held) == (70, 0)
    assert left_in_lots(member) == [20, 50]


def test_a_released_hold_leaves_everything_as_it_was() -> None:
    member = account()
    earn(member, 50, days=10)
    earn(member, 50, days=20)

    ledger.void(hold(member, 80).pk, now=NOW)

    assert numbers(member) == (100, 0, 0, 0)
    assert left_in_lots(member) == [50, 50]


def test_a_hold_that_timed_out_is_released_by_whoever_comes_next() -> None:
    member = account()
    earn(member, 100)
    forgotten = hold(member, 80, minutes=15)

    used = redeem(member, 90, at=NOW + AN_HOUR)
    with pytest.raises(LedgerRefused) as refusal:
        ledger.capture(forgotten.pk, now=NOW + AN_HOUR)

    assert used.available == 10
    assert refusal.value.code == "HOLD_RESOLVED"


def test_points_whose_lot_died_on_hold_can_still_pay_and_never_come_back() -> None:
    paying, leaving = account(), account()
    for member in (paying, leaving):
        earn(member, 100, days=1)
    begun = NOW + DAY - AN_HOUR / 60
    paid, left = hold(paying, 80, at=begun), hold(leaving, 80, at=begun)

    after = NOW + DAY + AN_HOUR / 60
    assert ledger.capture(paid.pk, now=after).available == 0
    assert ledger.void(left.pk, now=after).available == 0
    assert kinds(paying) == ["earn", "hold", "expire", "capture"]
    assert kinds(leaving) == ["earn", "hold", "expire", "void", "expire"]


def test_a_hold_used_again_is_a_replay_and_with_other_points_a_refusal() -> None:
    member = account()
    earn(member, 100)
    placed = hold(member, 80)
    first = ledger.capture(placed.pk, 50, now=NOW)

    again = ledger.capture(placed.pk, 50, now=NOW)
    with pytest.raises(LedgerRefused) as refusal:
        ledger.capture(placed.pk, 60, now=NOW)

    assert (again.transaction_id, again.is_replay) == (first.transaction_id, True)
    assert refusal.value.code == "HOLD_RESOLVED"
    assert numbers(member) == (50, 0, 0, 0)


def test_a_used_hold_cannot_be_released_and_a_released_one_not_used() -> None:
    member = account()
    earn(member, 100)
    used, released = hold(member, 30), hold(member, 30)
    ledger.capture(used.pk, now=NOW)
    ledger.void(released.pk, now=NOW)

    with pytest.raises(LedgerRefused) as of_used:
        ledger.void(used.pk, now=NOW)
    with pytest.raises(LedgerRefused) as of_released:
        ledger.capture(released.pk, now=NOW)

    assert of_used.value.code == of_released.value.code == "HOLD_RESOLVED"
    assert ledger.void(released.pk, now=NOW).is_replay
    assert numbers(member) == (70, 0, 0, 0)


def test_no_more_is_used_than_is_on_hold() -> None:
    member = account()
    earn(member, 100)
    placed = hold(member, 30)

    with pytest.raises(LedgerRefused) as refusal:
        ledger.capture(placed.pk, 31, now=NOW)

    assert refusal.value.code == "BAD_AMOUNT"
    assert numbers(member) == (70, 0, 30, 0)


def test_the_same_receipt_gets_the_same_hold() -> None:
    member, paper = account(), receipt()
    earn(member, 100)

    assert hold(member, 30, of=paper) == hold(member, 30, of=paper)
    assert numbers(member) == (70, 0, 30, 0)


def test_a_use_from_a_hold_can_be_cancelled() -> None:
    member = account()
    earn(member, 50, days=10)
    earn(member, 50, days=20)
    used = ledger.capture(hold(member, 80).pk, 60, now=NOW)

    given: Posting = give_back(used, 60)

    assert given.available == 100
    assert left_in_lots(member) == [50, 50]


def test_points_on_hold_cannot_be_taken_back_and_are_owed() -> None:
    member = account()
    returned = earn(member, 100)
    placed = hold(member, 80)

    taken = claw_back(returned, 100)
    released = ledger.void(placed.pk, now=NOW)

    assert (taken.available, taken.held, taken.debt) == (0, 80, 80)
    assert (released.available, released.held, released.debt) == (0, 0, 0)
