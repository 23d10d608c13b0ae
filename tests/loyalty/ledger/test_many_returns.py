"""Many awards taken back in a few statements: the same book as one by one, whatever lies on the accounts."""

from datetime import datetime

import pytest
from django.db import connection

from loyalty import ledger
from loyalty.errors import LedgerRefused
from loyalty.ledger import Posting, Receipt
from loyalty.ledger.checking import differences
from loyalty.models import Account, Entry, Transaction
from tests.loyalty.ledger.bookings import (
    DAY,
    NOW,
    account,
    claw_back,
    earn,
    hold,
    kinds,
    left_in_lots,
    numbers,
    receipt,
    redeem,
)

pytestmark = pytest.mark.django_db


def take_back(*returns: tuple[Posting, int, str], at: datetime = NOW) -> int:
    """Take back so many points of these awards at once, each with its receipt."""
    told = [(award.transaction_id, points, "shop", reference, "", at, None) for award, points, reference in returns]
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS told")
        cursor.execute(
            f"CREATE TEMP TABLE told ({ledger.RETURN_COLUMNS.replace(', ', ' text, ')} text)"  # typed by the ledger
        )
        cursor.executemany(f"INSERT INTO told VALUES ({', '.join(['%s'] * 7)})", told)
    query = "SELECT award_id::bigint, points, source_system, reference, line, occurred_at, store_id FROM told"
    return ledger.claw_back_many(f"{query} WHERE points <> %s", ["-1"], now=at)


def lived(*, returns_at_once: bool) -> Account:
    """A member with awards of every kind of fate, of which parts are taken back; one at a time or all at once."""
    member = account()
    untouched, pending = earn(member, 100), earn(member, 80, pending=5)
    used, held, dead, first = earn(member, 60), earn(member, 40), earn(member, 30, days=1), earn(member, 20)
    redeem(member, 70)
    hold(member, 50, minutes=60 * 24 * 9)
    at = NOW + 2 * DAY
    ledger.expire_due(at)
    returns = [(untouched, 30), (pending, 80), (used, 60), (held, 25), (dead, 30), (first, 20)]
    if returns_at_once:
        assert take_back(*[(award, points, f"A{award.transaction_id}") for award, points in returns], at=at) == 6
    else:
        for award, points in _as_booked(returns):
            claw_back(award, points, at=at)
    return member


def _as_booked(returns: list[tuple[Posting, int]]) -> list[tuple[Posting, int]]:
    """Those that can be booked in sets come first: whose points still lie in their lot."""
    return sorted(returns, key=lambda each: each[0].transaction_id)


def test_many_returns_leave_what_each_by_itself_leaves() -> None:
    together, alone = lived(returns_at_once=True), lived(returns_at_once=False)

    assert numbers(together) == numbers(alone)
    assert left_in_lots(together) == left_in_lots(alone)
    assert sorted(kinds(together)) == sorted(kinds(alone))
    assert differences() == []


def test_points_that_lie_in_their_lots_are_taken_in_sets_and_numbered_on() -> None:
    member, other = account(), account()
    first, second, others = earn(member, 100), earn(member, 50, pending=3), earn(other, 70)

    with connection.execute_wrapper(_refuse_one_by_one):
        booked = take_back((first, 40, "1"), (second, 50, "2"), (others, 70, "3"))

    legs = Entry.objects.filter(account=member, transaction__kind="claw_back").order_by("seq")
    assert booked == 3
    assert list(legs.values_list("bucket", "amount", "seq", "balance_after")) == [
        ("available", -40, 3, 60),
        ("pending", -50, 4, 0),
    ]
    assert (numbers(member), numbers(other)) == ((60, 0, 0, 0), (0, 0, 0, 0))
    assert left_in_lots(member) == [60, 0]
    assert differences() == []


def _refuse_one_by_one(execute: object, sql: str, params: object, many: bool, context: object) -> object:
    assert "loyalty_post" not in sql
    return execute(sql, params, many, context)


def test_points_that_were_used_become_a_debt_and_what_is_due_is_settled_first() -> None:
    member, late = account(), account()
    used, dying = earn(member, 100), earn(late, 100, days=1)
    redeem(member, 100)

    take_back((used, 100, "1"), (dying, 60, "2"), at=NOW + DAY)

    assert (numbers(member), numbers(late)) == ((0, 0, 0, 100), (0, 0, 0, 0))
    assert kinds(late) == ["earn", "expire", "claw_back"]
    assert differences() == []


def test_a_return_that_was_booked_before_is_not_booked_again() -> None:
    member = account()
    earned = earn(member, 100)

    take_back((earned, 30, "1"))
    take_back((earned, 30, "1"))

    assert numbers(member) == (70, 0, 0, 0)
    assert Transaction.objects.filter(kind="claw_back").count() == 1


def test_one_award_twice_in_a_batch_gives_back_no_more_than_it_was() -> None:
    member = account()
    earned, other = earn(member, 100), earn(member, 10)

    take_back((earned, 60, "1"), (earned, 40, "2"))
    with pytest.raises(LedgerRefused) as refusal:
        take_back((other, 10, "3"), (earned, 1, "4"))

    assert refusal.value.code == "ALREADY_REVERSED"
    assert numbers(member) == (10, 0, 0, 0)


def test_a_merged_account_s_award_is_taken_back_where_its_points_went() -> None:
    gone, kept = account(), account()
    earned = ledger.earn(
        gone.pk, 100, receipt=Receipt("shop", "1"), occurred_at=NOW, terms=ledger.terms_of(gone.program, NOW), now=NOW
    )
    ledger.transfer(gone.pk, kept.pk, now=NOW)

    take_back((earned, 100, receipt().reference))

    assert numbers(kept) == (0, 0, 0, 0)
    assert differences() == []
