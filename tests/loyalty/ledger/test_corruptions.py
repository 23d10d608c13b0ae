"""Whoever is beyond triggers and grants can still change a row: the nightly check names it, fifty times of fifty."""

import io
import json
import random
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from loyalty import ledger
from loyalty.ledger.checking import LedgerDiffers, check, differences
from loyalty.models import LedgerCheck
from loyalty.tasks import check_ledger
from tests.factories import make_user
from tests.loyalty.ledger.bookings import DAY, NOW, account, adjust, claw_back, earn, give_back, hold, redeem

pytestmark = pytest.mark.django_db

ROUNDS = 2
# What is done to the row, which row it is (of a query), and by which row it has to be named.
CORRUPTIONS = {
    "an amount": "UPDATE loyalty_entry SET amount = amount + 7 WHERE id = %s",
    "a bucket": "UPDATE loyalty_entry SET bucket = 'pending' WHERE id = %s",
    "a balance": "UPDATE loyalty_entry SET balance_after = balance_after + 1 WHERE id = %s",
    "a number": "UPDATE loyalty_entry SET seq = seq + 1000 WHERE id = %s",
    "an owner of an entry": "UPDATE loyalty_entry SET account_id = {other}, seq = 5000 WHERE id = %s",
    "an entry": "DELETE FROM loyalty_entry WHERE id = %s",
    "points of a transaction": "UPDATE loyalty_transaction SET points = points + 1 WHERE id = %s",
    "a kind": "UPDATE loyalty_transaction SET kind = 'expire' WHERE id = %s",
    "an owner of a transaction": "UPDATE loyalty_transaction SET account_id = {other} WHERE id = %s",
    "a moment": "UPDATE loyalty_transaction SET posted_at = posted_at + interval '9 years' WHERE id = %s",
    "what is taken back": "UPDATE loyalty_transaction SET points = points + 1000 WHERE id = %s",
    "available points": "UPDATE loyalty_account SET available = available + 5, debt = 0 WHERE id = %s",
    "pending points": "UPDATE loyalty_account SET pending = pending + 5 WHERE id = %s",
    "held points": "UPDATE loyalty_account SET held = held + 5 WHERE id = %s",
    "a debt": "UPDATE loyalty_account SET debt = debt + 5, available = 0 WHERE id = %s",
    "the last number": "UPDATE loyalty_account SET last_seq = last_seq + 1 WHERE id = %s",
    "what was ever earned": "UPDATE loyalty_account SET lifetime_earned = lifetime_earned + 1 WHERE id = %s",
    "the next day due": "UPDATE loyalty_account SET due_at = NULL WHERE id = %s",
    "what is left of a lot": "UPDATE loyalty_lot SET remaining = remaining - 1 WHERE id = %s",
    "the size of a lot": "UPDATE loyalty_lot SET original = original + 1 WHERE id = %s",
    "an owner of a lot": "UPDATE loyalty_lot SET account_id = {other} WHERE id = %s",
    "a state of a lot": "UPDATE loyalty_lot SET state = 'pending' WHERE id = %s",
    "a move": "UPDATE loyalty_lotmove SET amount = amount + 3 WHERE id = %s",
    "a deleted move": "DELETE FROM loyalty_lotmove WHERE id = %s",
    "points of a hold": "UPDATE loyalty_hold SET points = points + 1 WHERE id = %s",
}
ROWS = {
    "a bucket": "loyalty_entry WHERE bucket = 'available'",
    "a balance": "loyalty_entry WHERE seq IS NOT NULL",
    "a number": "loyalty_entry WHERE seq IS NOT NULL",
    "an owner of an entry": "loyalty_entry WHERE account_id IS NOT NULL AND account_id <> {other}",
    "a kind": "loyalty_transaction WHERE kind = 'redeem'",
    "an owner of a transaction": "loyalty_transaction WHERE account_id <> {other}",
    "a moment": "loyalty_transaction WHERE kind = 'redeem'",
    "what is taken back": "loyalty_transaction WHERE kind = 'claw_back'",
    "the next day due": "loyalty_account WHERE due_at IS NOT NULL",
    "what is left of a lot": "loyalty_lot WHERE remaining > 1",
    "an owner of a lot": "loyalty_lot WHERE account_id <> {other}",
    "a state of a lot": "loyalty_lot WHERE state = 'active'",
}


@pytest.fixture
def other() -> Iterator[int]:
    """A shop with every kind of booking; the number of a member to whom nothing was booked. Triggers are off."""
    clerk = make_user("clerk")
    for number in range(4):
        member = account()
        first = earn(member, 100 + number, days=5)
        second = earn(member, 50, days=400)
        earn(member, 40, pending=3)
        used = redeem(member, 30)
        give_back(used, 10)
        claw_back(first, 20)
        ledger.capture(hold(member, 25).pk, 15, now=NOW)
        ledger.void(hold(member, 10).pk, now=NOW)
        adjust(member, 12, by=clerk)
        ledger.expire_due(NOW + 6 * DAY)
        redeem(member, 20, at=NOW + 7 * DAY)
        hold(member, 5, at=NOW + 8 * DAY, minutes=60)
        if number == 3:
            redeem(member, 60, at=NOW + 8 * DAY + timedelta(minutes=1))
            claw_back(second, 50, at=NOW + 8 * DAY + timedelta(minutes=1))
    assert differences() == []
    connection.check_constraints()
    with connection.cursor() as cursor:
        for table in ("entry", "transaction", "account", "lot", "lotmove", "hold"):
            cursor.execute(f"GRANT UPDATE, DELETE ON loyalty_{table} TO CURRENT_USER")
            cursor.execute(f"ALTER TABLE loyalty_{table} DISABLE TRIGGER USER")
    return account().pk


def test_each_of_fifty_corrupted_rows_is_named(other: int) -> None:
    missed = [
        (what, seed) for what in CORRUPTIONS for seed in range(ROUNDS) if not _is_named(what, other=other, seed=seed)
    ]

    assert len(CORRUPTIONS) * ROUNDS == 50
    assert missed == []


def _is_named(what: str, *, other: int, seed: int) -> bool:
    """Corrupt a row of that kind, check, and put it back; tell whether a finding names it or what it belongs to."""
    statement = CORRUPTIONS[what].format(other=other)
    words = statement.split()
    table = words[1] if words[0] == "UPDATE" else words[2]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT to_jsonb({table}) FROM {ROWS.get(what, table).format(other=other)} ORDER BY id")
        rows = [json.loads(columns) for (columns,) in cursor.fetchall()]
        row = random.Random(f"{what} {seed}").choice(rows)  # noqa: S311
        cursor.execute(statement, [row["id"]])
        changed = cursor.rowcount
        named = {(finding.table, finding.row) for finding in differences()}
        transaction.set_rollback(True)
    belongs_to = {("loyalty_transaction", row.get("transaction_id")), ("loyalty_lot", row.get("lot_id"))}
    return changed == 1 and bool(named & {(table, row["id"]), *belongs_to})


def test_an_untouched_ledger_differs_nowhere(other: int) -> None:
    told = io.StringIO()

    call_command("ledger_check", stdout=told)

    assert "0 differences" in told.getvalue()


def test_the_command_names_the_row_and_fails(other: int) -> None:
    told = io.StringIO()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE loyalty_lot SET remaining = remaining - 1 WHERE remaining > 1 RETURNING id")
        (broken,) = cursor.fetchall()[0]

    with pytest.raises(SystemExit) as ended:
        call_command("ledger_check", stdout=told)

    assert ended.value.code == 1
    assert f"loyalty_lot {broken}: moves of a lot" in told.getvalue()


def test_the_nightly_job_fails_and_keeps_what_it_found(other: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE loyalty_account SET pending = pending + 1 WHERE id = %s", [other])

    with pytest.raises(LedgerDiffers, match=f"loyalty_account {other}"):
        check_ledger()

    kept = LedgerCheck.objects.get()
    assert (kept.differences, kept.accounts) == (2, 5)
    assert {finding["row"] for finding in kept.findings} == {other}


def test_a_check_of_nothing_finds_nothing() -> None:
    assert check().differences == 0
