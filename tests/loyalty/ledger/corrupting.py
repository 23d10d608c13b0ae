"""Ways in which somebody who is beyond triggers and grants could spoil a ledger."""

import json
import random

from django.db import connection

ROUNDS = 2  # of each kind, of which there are 25
# What is done to the row, which row it is (of a query), and by which row it has to be named.
CORRUPTIONS = {
    "an amount": "UPDATE loyalty_entry SET amount = amount + 7 WHERE id = %s",
    "a bucket": "UPDATE loyalty_entry SET bucket = 'pending' WHERE id = %s",
    "a balance": "UPDATE loyalty_entry SET balance_after = balance_after + 1 WHERE id = %s",
    "a number": "UPDATE loyalty_entry SET seq = seq + 1000 WHERE id = %s",
    "an owner of an entry": "UPDATE loyalty_entry SET account_id = {other}, seq = 5000 + id WHERE id = %s",
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


def unguard() -> None:
    """Take the guards away, within the test's transaction."""
    connection.check_constraints()
    with connection.cursor() as cursor:
        for table in ("entry", "transaction", "account", "lot", "lotmove", "hold"):
            cursor.execute(f"GRANT UPDATE, DELETE ON loyalty_{table} TO CURRENT_USER")
            cursor.execute(f"ALTER TABLE loyalty_{table} DISABLE TRIGGER USER")


def corrupt(what: str, *, other: int, seed: int, among: str = "true") -> set[tuple[str, int]]:
    """Spoil a row of that kind, chosen by the seed; return by which rows the check may name it.

    Args:
        other: an account to which nothing was booked.
        among: a condition in SQL on the rows to choose from.
    """
    statement = CORRUPTIONS[what].format(other=other)
    words = statement.split()
    table = words[1] if words[0] == "UPDATE" else words[2]
    rows = ROWS.get(what, f"{table} WHERE true").format(other=other)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM {rows} AND {among} ORDER BY id")
        (chosen,) = random.Random(f"{what} {seed}").choice(cursor.fetchall())  # noqa: S311 (chance, repeatable)
        cursor.execute(f"SELECT to_jsonb({table}) FROM {table} WHERE id = %s", [chosen])
        row = json.loads(cursor.fetchone()[0])
        cursor.execute(statement, [chosen])
        assert cursor.rowcount == 1
    belongs_to = {("loyalty_transaction", row.get("transaction_id")), ("loyalty_lot", row.get("lot_id"))}
    return {(table, chosen), *belongs_to}
