"""What comes back: uses that are cancelled, awards whose purchase was returned, in every order and against a debt."""

from itertools import permutations

import pytest

from loyalty import ledger
from loyalty.errors import LedgerRefused
from loyalty.models import Account, Entry
from tests.loyalty.ledger.bookings import (
    DAY,
    NOW,
    account,
    claw_back,
    earn,
    give_back,
    kinds,
    left_in_lots,
    numbers,
    receipt,
    redeem,
)

pytestmark = pytest.mark.django_db


def test_a_cancelled_use_goes_back_to_the_lots_it_came_from() -> None:
    member = account()
    earn(member, 50, days=10)
    earn(member, 50, days=20)
    used = redeem(member, 80)

    give_back(used, 80)

    assert left_in_lots(member) == [50, 50]


def test_of_a_use_cancelled_in_part_what_was_taken_last_comes_back_first() -> None:
    member = account()
    earn(member, 50, days=10)
    earn(member, 50, days=20)
    used = redeem(member, 80)

    give_back(used, 40)
    after_first = left_in_lots(member)
    give_back(used, 40)

    assert after_first == [10, 50]
    assert left_in_lots(member) == [50, 50]


def test_points_that_come_back_keep_the_day_they_die_on() -> None:
    member = account()
    earn(member, 50, days=10)
    used = redeem(member, 50)

    given = give_back(used, 50, at=NOW + 10 * DAY)

    assert given.available == 0
    assert kinds(member) == ["earn", "redeem", "give_back", "expire"]


def test_days_of_grace_let_points_that_come_back_live_a_little_longer() -> None:
    member = account(grace_days=7)
    earn(member, 50, days=10)
    used = redeem(member, 50)
    back = NOW + 20 * DAY

    given = give_back(used, 50, at=back)

    assert given.available == 50
    assert redeem(member, 20, at=back + 7 * DAY).available == 30
    with pytest.raises(LedgerRefused):
        redeem(member, 20, at=back + 8 * DAY)


def test_no_more_comes_back_than_was_used() -> None:
    member = account()
    earn(member, 100)
    used = redeem(member, 60)
    give_back(used, 50)

    with pytest.raises(LedgerRefused) as refusal:
        give_back(used, 11)

    assert refusal.value.code == "ALREADY_REVERSED"
    assert numbers(member) == (90, 0, 0, 0)


def test_a_returned_purchase_takes_its_own_points_first() -> None:
    member = account()
    earn(member, 100, days=10)
    returned = earn(member, 100, days=50)

    claw_back(returned, 100)

    assert left_in_lots(member) == [100, 0]


def test_points_that_are_pending_are_taken_back_while_they_are_pending() -> None:
    member = account()
    returned = earn(member, 100, pending=14)

    taken = claw_back(returned, 100)

    assert (taken.pending, taken.debt) == (0, 0)


def test_what_is_used_of_a_returned_purchase_is_taken_elsewhere_and_the_rest_is_owed() -> None:
    member = account()
    returned = earn(member, 100)
    redeem(member, 90)
    earn(member, 30)

    taken = claw_back(returned, 100)

    assert (taken.available, taken.debt) == (0, 60)


def test_whoever_owes_cannot_use_points_and_pays_with_the_next_ones() -> None:
    member = account()
    returned = earn(member, 100)
    redeem(member, 100)
    claw_back(returned, 100)

    with pytest.raises(LedgerRefused) as refusal:
        redeem(member, 1)
    earned = earn(member, 130)

    assert refusal.value.code == "INSUFFICIENT_POINTS"
    assert "100" in str(refusal.value)
    assert (earned.available, earned.debt) == (30, 0)


def test_pending_points_pay_a_debt_when_they_become_usable() -> None:
    member = account()
    returned = earn(member, 100)
    redeem(member, 100)
    claw_back(returned, 100)

    waiting = earn(member, 130, pending=3)
    ledger.expire_due(NOW + 3 * DAY)

    assert (waiting.pending, waiting.debt) == (130, 100)
    assert numbers(member) == (30, 0, 0, 0)


def test_the_same_points_are_left_in_whatever_order_a_use_is_cancelled_a_purchase_returned_and_its_points_die() -> None:
    """The purchase's 100 points are gone in the end, and the 500 of another purchase are whole."""
    orders = list(permutations(["cancel", "return", "die"]))

    left = [_after(order) for order in orders]

    assert left == [(500, 0, 0, 0)] * 6


def _after(order: tuple[str, ...]) -> tuple[int, int, int, int]:
    member, now = account(), NOW
    returned = earn(member, 100, days=10)
    used = redeem(member, 40)
    earn(member, 500, days=None)
    for step in order:
        if step == "cancel":
            give_back(used, 40, at=now)
        elif step == "return":
            claw_back(returned, 100, at=now)
        else:
            now = NOW + 10 * DAY
            ledger.expire_due(now)
    return numbers(member)


def test_points_that_died_unused_count_as_taken_back() -> None:
    member = account()
    returned = earn(member, 100, days=10)
    earn(member, 70)
    ledger.expire_due(NOW + 10 * DAY)

    taken = claw_back(returned, 100, at=NOW + 10 * DAY)

    assert taken.available == 70
    legs = Entry.objects.filter(transaction=taken.transaction_id).order_by("bucket")
    assert list(legs.values_list("bucket", "amount")) == [("expired", -100), ("reversed", 100)]


def test_a_return_booked_twice_is_booked_once() -> None:
    member, paper = account(), receipt()
    returned = earn(member, 100)

    claw_back(returned, 40, of=paper)
    again = claw_back(returned, 40, of=paper)

    assert again.is_replay
    assert numbers(member) == (60, 0, 0, 0)


def test_ten_partial_returns_equal_one() -> None:
    in_parts, at_once = account(), account()
    for member, parts in ((in_parts, [7] * 9 + [37]), (at_once, [100])):
        returned = earn(member, 100)
        redeem(member, 55)
        for points in parts:
            claw_back(returned, points)

    assert numbers(in_parts) == numbers(at_once) == (0, 0, 0, 55)


def test_a_return_is_taken_from_a_frozen_account_too() -> None:
    member = account()
    returned = earn(member, 100)
    Account.objects.filter(pk=member.pk).update(status=Account.Status.FROZEN)

    assert claw_back(returned, 100).available == 0
