"""Many awards in a few statements: the same book as one by one, each receipt once, in the order they happened."""

from datetime import datetime

import pytest
from django.db import connection

from loyalty import ledger
from loyalty.errors import LedgerRefused
from loyalty.ledger.checking import differences
from loyalty.models import Account, Entry, Lot, Transaction
from tests.factories import make_customer
from tests.loyalty.ledger.bookings import DAY, NOW, account, claw_back, earn, left_in_lots, numbers, receipt, redeem

pytestmark = pytest.mark.django_db


def award(
    member: Account, points: int, reference: str, *, pending: int = 0, days: int = 100, at: datetime = NOW
) -> tuple[object, ...]:
    usable_from, dies_at = at + pending * DAY, at + days * DAY
    return (member.pk, points, "shop", reference, "", at, usable_from, dies_at, "base", None, None, None)


def book(*awards: tuple[object, ...]) -> int:
    """Book them as a job does: from a table of its own."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS told")
        cursor.execute(
            "CREATE TEMP TABLE told (account_id bigint, points bigint, source_system text, reference text, line text,"
            " occurred_at timestamptz, activates_at timestamptz, expires_at timestamptz, kind text,"
            " rule_version_id bigint, details jsonb, store_id bigint)"
        )
        cursor.executemany(f"INSERT INTO told VALUES ({', '.join(['%s'] * 12)})", awards)
    return ledger.earn_many("SELECT * FROM told WHERE points <> %s", [-1], now=NOW)


def test_many_awards_are_booked_like_each_by_itself() -> None:
    together, alone = account(), account()
    for member in (together, alone):
        gone = earn(member, 100)
        redeem(member, 100)
        claw_back(gone, 100)

    booked = book(
        award(together, 30, "1"), award(together, 50, "2", pending=5), award(together, 90, "3"), award(together, 5, "4")
    )
    for points, pending in ((30, 0), (50, 5), (90, 0), (5, 0)):
        earn(alone, points, pending=pending)

    assert booked == 4
    assert numbers(together) == numbers(alone) == (25, 50, 0, 0)
    assert left_in_lots(together) == left_in_lots(alone) == [0, 0, 50, 20, 5]
    assert (together.lifetime_earned, together.due_at) == (alone.lifetime_earned, alone.due_at)
    legs = [
        list(Entry.objects.filter(account=member).order_by("seq").values_list("bucket", "amount", "balance_after"))
        for member in (together, alone)
    ]
    assert sorted(legs[0]) == sorted(legs[1])
    assert differences() == []


def test_a_second_run_books_nothing() -> None:
    member = account()
    awards = [award(member, 10, str(number)) for number in range(5)]

    assert [book(*awards), book(*awards), book(*awards, award(member, 10, "new"))] == [5, 0, 1]
    assert numbers(member) == (60, 0, 0, 0)
    assert Lot.objects.count() == 6


def test_a_receipt_twice_in_one_batch_is_booked_once() -> None:
    member = account()

    assert book(award(member, 10, "1"), award(member, 10, "1")) == 1
    assert numbers(member) == (10, 0, 0, 0)


def test_what_was_earned_one_by_one_is_not_earned_again() -> None:
    member, paper = account(), receipt("T-1")
    earn(member, 10, of=paper)

    told = list(award(member, 10, "T-1"))
    told[2] = "till"

    assert book(tuple(told)) == 0
    assert numbers(member) == (10, 0, 0, 0)


@pytest.mark.parametrize(("points", "reference"), [(0, "1"), (-5, "1"), (10, "")])
def test_one_impossible_award_refuses_all(points: int, reference: str) -> None:
    member = account()

    with pytest.raises(LedgerRefused):
        book(award(member, 10, "good"), award(member, points, reference))

    assert Transaction.objects.count() == 0


def test_awards_of_a_merged_account_go_where_it_went_and_those_of_a_closed_one_nowhere() -> None:
    first, second, third, closed = account(), account(), account(), account()
    ledger.transfer(first.pk, second.pk, now=NOW)
    ledger.transfer(second.pk, third.pk, now=NOW)
    Account.objects.filter(pk=closed.pk).update(status="closed")

    booked = book(award(first, 10, "1"), award(second, 20, "2"), award(closed, 40, "3"))

    assert booked == 2
    assert numbers(third) == (30, 0, 0, 0)


def test_accounts_are_opened_for_those_who_have_none() -> None:
    had, new, merged = make_customer(), make_customer(), make_customer()
    program = ledger.account_of(had.pk).program
    type(merged).objects.filter(pk=merged.pk).update(merged_into=new)

    opened = ledger.open_accounts("SELECT id AS customer_id FROM customers_customer", program_id=program.pk)

    assert opened == 1
    assert set(Account.objects.values_list("customer", flat=True)) == {had.pk, new.pk}
