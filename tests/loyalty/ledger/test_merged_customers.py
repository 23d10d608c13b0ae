"""Points go along when two customers turn out to be one, and back when that was wrong."""

import pytest

from customers.identity import merging
from customers.models import Customer
from loyalty import ledger
from loyalty.errors import LedgerRefused
from loyalty.ledger.checking import differences
from loyalty.models import Account, Transaction
from tests.factories import make_customer
from tests.loyalty.ledger.bookings import account, claw_back, earn, give_back, hold, numbers, receipt, redeem

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> tuple[Customer, Customer]:
    return make_customer(), make_customer()


def _real(days: int | None = 1_000) -> dict:
    return {"days": days}


def test_points_go_over_lot_by_lot_with_their_days(people: tuple[Customer, Customer]) -> None:
    kept, merged = map(account, people)
    earn(kept, 100, **_real())
    earn(merged, 50, **_real(900))
    earn(merged, 70, pending=800, **_real(900))

    merging.merge(people[0].pk, people[1].pk, by=None)

    assert numbers(kept) == (150, 70, 0, 0)
    assert numbers(merged) == (0, 0, 0, 0)
    days = kept.lots.order_by("pk").values_list("expires_at", flat=True)
    assert [day == merged.lots.first().expires_at for day in days] == [False, True, True]
    assert differences() == []


def test_a_debt_goes_over_and_is_paid_by_what_is_there(people: tuple[Customer, Customer]) -> None:
    kept, merged = map(account, people)
    earn(kept, 100, **_real())
    gone = earn(merged, 60, **_real())
    redeem(merged, 60)
    claw_back(gone, 60)

    merging.merge(people[0].pk, people[1].pk, by=None)

    assert numbers(kept) == (40, 0, 0, 0)
    assert differences() == []


def test_whoever_had_no_account_gets_that_of_the_other(people: tuple[Customer, Customer]) -> None:
    merged = account(people[1])
    earn(merged, 60, **_real())

    done = merging.merge(people[0].pk, people[1].pk, by=None)

    assert ledger.account_of(people[0].pk) == merged
    assert Transaction.objects.count() == 1
    merging.undo(done.pk, by=None)
    assert ledger.account_of(people[1].pk) == merged


def test_the_merged_account_stands_for_the_other_one(people: tuple[Customer, Customer]) -> None:
    kept, merged = map(account, people)
    paper = receipt()
    earn(merged, 50, of=paper, **_real())
    merging.merge(people[0].pk, people[1].pk, by=None)

    again = earn(merged, 50, of=paper, **_real())
    earn(merged, 30, **_real())

    assert ledger.account_of(people[1].pk) == kept
    assert again.is_replay
    assert numbers(kept) == (80, 0, 0, 0)


def test_returns_of_what_was_booked_before_the_merge_find_their_points(people: tuple[Customer, Customer]) -> None:
    kept, merged = map(account, people)
    earn(kept, 100, **_real(500))
    earned = earn(merged, 50, **_real(900))
    used = redeem(merged, 20)
    merging.merge(people[0].pk, people[1].pk, by=None)

    give_back(used, 20)
    claw_back(earned, 50)

    assert numbers(kept) == (100, 0, 0, 0)
    assert kept.lots.get(origin=None).remaining == 100
    assert differences() == []


def test_points_on_hold_are_released_by_the_merge(people: tuple[Customer, Customer]) -> None:
    kept, merged = map(account, people)
    earn(kept, 1, **_real())
    earn(merged, 50, **_real())
    hold(merged, 30, minutes=10**6)

    merging.merge(people[0].pk, people[1].pk, by=None)

    assert numbers(kept) == (51, 0, 0, 0)


def test_an_undone_merge_gives_back_what_is_left(people: tuple[Customer, Customer]) -> None:
    kept, merged = map(account, people)
    earn(kept, 100, **_real(900))
    earn(merged, 50, **_real(500))
    earn(merged, 70, pending=400, **_real(500))
    done = merging.merge(people[0].pk, people[1].pk, by=None)
    redeem(kept, 20)
    earn(kept, 5, **_real(900))

    merging.undo(done.pk, by=None)

    assert numbers(kept) == (105, 0, 0, 0)
    assert numbers(merged) == (30, 70, 0, 0)
    assert merged.status == Account.Status.OPEN
    assert earn(merged, 10, **_real()).available == 40
    assert differences() == []


def _states(*accounts: Account) -> list[str]:
    return [Account.objects.get(pk=each.pk).status for each in accounts]


@pytest.mark.parametrize("frozen", [0, 1])
def test_what_was_frozen_stays_frozen_through_a_merge_and_its_undoing(
    people: tuple[Customer, Customer], frozen: int
) -> None:
    accounts = kept, merged = [account(each) for each in people]
    earn(kept, 10, **_real())
    earn(merged, 50, **_real())
    ledger.freeze(accounts[frozen].pk)

    done = merging.merge(people[0].pk, people[1].pk, by=None)

    assert _states(kept, merged) == ["frozen", "closed"]
    with pytest.raises(LedgerRefused) as refusal:
        redeem(kept, 20)
    assert refusal.value.code == "ACCOUNT_FROZEN"
    merging.undo(done.pk, by=None)
    assert _states(kept, merged) == ["frozen", "frozen"]
    assert differences() == []


def test_an_undone_merge_leaves_open_what_was_thawed_meanwhile(people: tuple[Customer, Customer]) -> None:
    kept, merged = map(account, people)
    ledger.freeze(merged.pk)
    done = merging.merge(people[0].pk, people[1].pk, by=None)
    ledger.thaw(kept.pk)

    merging.undo(done.pk, by=None)

    assert _states(kept, merged) == ["open", "open"]
