"""F1 and F3: sixteen tills at one account. Real threads with connections of their own, real commits.

Two repeats here; 50 (F1) and 200 pairs (F3) with LEDGER=full (`make ledger-tests`).
"""

from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from loyalty import ledger
from loyalty.errors import LedgerRefused
from loyalty.ledger.checking import differences
from loyalty.models import Account, Entry, Transaction
from tests.factories import make_user
from tests.loyalty.ledger.bookings import DAY, IS_FULL, NOW, account, adjust, earn, hold, numbers, receipt, redeem

pytestmark = pytest.mark.django_db(transaction=True)

TILLS = 16


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Do all of it at the same moment, each on a connection of its own; a refusal's code stands for its result."""
    gate = Barrier(len(acts))

    def alone(act: Callable[[], object]) -> object:
        try:
            gate.wait(30)
            return act()
        except LedgerRefused as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(alone, acts))


def _uses(member: Account, count: int) -> list[object]:
    def one() -> object:
        try:
            return redeem(member, 10, at=NOW)
        except LedgerRefused as refusal:
            return refusal.code

    return [one() for _ in range(count)]


def _flat(results: Iterable[object]) -> Counter:
    each = [one for result in results for one in result]
    return Counter(one if isinstance(one, str) else "booked" for one in each)


@pytest.mark.slow
def test_sixteen_tills_sell_exactly_the_points_there_are() -> None:
    """F1: 16 tills × 20 uses of 10 points of an account with 1,000."""
    for _ in range(50 if IS_FULL else 2):
        member = account()
        earn(member, 1_000)

        results = at_once(*[partial(_uses, member, 20)] * TILLS)

        assert _flat(results) == {"booked": 100, "INSUFFICIENT_POINTS": 220}
        used = Entry.objects.filter(account=member, transaction__kind="redeem", bucket="available")
        assert used.aggregate(sum=Sum("amount"))["sum"] == -1_000
        assert numbers(member) == (0, 0, 0, 0)
    assert differences() == []


def test_two_ends_of_the_same_checkout_book_it_once() -> None:
    """F3: the second one is a replay; with other points, a refusal."""
    for _ in range(200 if IS_FULL else 5):
        member, paper = account(), receipt()
        earn(member, 100)

        same = at_once(*[partial(redeem, member, 60, of=paper)] * 2)
        other = at_once(*[partial(redeem, member, 30, of=paper)] * 2)

        assert sorted(posting.is_replay for posting in same) == [False, True]
        assert other == ["ALREADY_EXISTS"] * 2
        assert numbers(member) == (40, 0, 0, 0)


def test_a_receipt_is_booked_for_one_of_two_members() -> None:
    members, paper = [account(), account()], receipt()

    results = at_once(*[partial(earn, member, 100, of=paper) for member in members])

    assert Counter(result if isinstance(result, str) else "booked" for result in results) == {
        "booked": 1, "ALREADY_EXISTS": 1,
    }  # fmt: skip
    assert Transaction.objects.count() == 1


def test_a_hold_is_used_or_released_but_not_both() -> None:
    for _ in range(5):
        member = account()
        earn(member, 100)
        placed = hold(member, 60)

        results = at_once(partial(ledger.capture, placed.pk, now=NOW), partial(ledger.void, placed.pk, now=NOW))

        assert [isinstance(result, str) for result in results].count(True) == 1
        assert numbers(member) in [(40, 0, 0, 0), (100, 0, 0, 0)]


def test_one_person_cannot_pass_the_days_limit_by_doing_two_things_at_once() -> None:
    members, clerk = [account(adjust_most_a_day=1_000), account()], make_user("clerk")

    results = at_once(*[partial(adjust, member, 600, by=clerk) for member in members])

    assert Counter(result if isinstance(result, str) else "booked" for result in results) == {
        "booked": 1, "OVER_DAILY_LIMIT": 1,
    }  # fmt: skip


def test_two_jobs_and_the_tills_let_each_lot_die_once_after_three_days_without_a_job() -> None:
    """F9: a job skips what the other one and the tills have in hand, and nobody uses what is dead."""
    members = [account() for _ in range(10)]
    for member in members:
        earn(member, 10, days=1)
        earn(member, 5, days=30)
    opening = NOW + 4 * DAY

    *_jobs, dead, alive = at_once(
        *[partial(ledger.expire_due, opening)] * 2,
        partial(redeem, members[0], 6, at=opening),
        partial(redeem, members[9], 5, at=opening),
    )

    assert (dead, alive.available) == ("INSUFFICIENT_POINTS", 0)
    assert Transaction.objects.filter(kind="expire").count() == 10
    assert ledger.expire_due(opening) == 0
    assert [numbers(member)[0] for member in members] == [5] * 9 + [0]
    assert differences() == []


def test_two_merges_crosswise_do_not_wait_for_each_other_for_ever() -> None:
    one, other = account(), account()
    earn(one, 10)
    earn(other, 20)
    now = timezone.now()

    results = at_once(
        lambda: ledger.transfer(one.pk, other.pk, now=now), lambda: ledger.transfer(other.pk, one.pk, now=now)
    )

    assert len(results) == 2
    assert Account.objects.aggregate(sum=Sum("available"))["sum"] == 30
    assert differences() == []
