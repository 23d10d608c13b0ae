"""Many awards taken back at once, in a handful of statements: the refunds of a night, or of an import.

Most returns come while the points still lie in the lot they were awarded in, on an account on which nothing is due:
those are booked in sets, all of an account's under one lock. Every other goes the way of `claw_back`, one by one.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from customers.models import Store
from loyalty.ledger.awards import claw_back
from loyalty.ledger.terms import Receipt
from loyalty.ledger.touching import touch_owners

# What the query of `claw_back_many` yields, by these names.
RETURN_COLUMNS = "award_id, points, source_system, reference, line, occurred_at, store_id"

GATHER = """
    CREATE TEMP TABLE points_returns ON COMMIT DROP AS
    SELECT nextval(pg_get_serial_sequence('loyalty_transaction', 'id')) AS id, ordered.*
    FROM (
        SELECT award.program_id, award.account_id, award.points AS awarded, told.award_id::bigint, told.points::bigint,
               told.source_system::text, told.reference::text, told.line::text, told.occurred_at::timestamptz,
               told.store_id::bigint
        FROM (SELECT {columns} FROM ({query}) asked) told JOIN loyalty_transaction award ON award.id = told.award_id
        ORDER BY award.account_id, award.id, told.line
    ) ordered
"""
LOCK = """
    SELECT count(*) FROM (
        SELECT id FROM loyalty_account WHERE id IN (SELECT account_id FROM points_returns)
        ORDER BY id FOR NO KEY UPDATE) locked
"""
# Read after the lock, as whatever decides.
PLAIN = """
    CREATE TEMP TABLE points_plain ON COMMIT DROP AS
    SELECT back.*, lot.id AS lot_id, CASE lot.state WHEN 'pending' THEN 'pending' ELSE 'available' END AS bucket
    FROM (SELECT *, count(*) OVER (PARTITION BY award_id) AS of_award FROM points_returns) back
    JOIN loyalty_account account ON account.id = back.account_id AND account.status <> 'closed'
         AND (account.due_at IS NULL OR account.due_at > %(now)s)
    JOIN loyalty_lot lot ON lot.award_id = back.award_id AND lot.account_id = back.account_id
         AND lot.state IN ('active', 'pending') AND lot.remaining >= back.points
    WHERE back.of_award = 1 AND back.points > 0 AND back.reference <> ''
      AND back.points + (SELECT coalesce(sum(points), 0) FROM loyalty_transaction WHERE reverses_id = back.award_id)
          <= back.awarded
      AND NOT EXISTS (SELECT 1 FROM loyalty_lot other WHERE other.award_id = back.award_id AND other.id <> lot.id
                      AND other.state IN ('active', 'pending'))
"""
HEADS = """
    CREATE TEMP TABLE points_taken (id bigint PRIMARY KEY) ON COMMIT DROP;
    WITH heads AS (
        INSERT INTO loyalty_transaction (id, program_id, account_id, kind, points, source_system, reference, line,
                occurred_at, posted_at, reverses_id, store_id, reason, note)
        SELECT id, program_id, account_id, 'claw_back', points, source_system, reference, line, occurred_at, %(now)s,
               award_id, store_id, '', ''
        FROM points_plain ORDER BY id
        ON CONFLICT (program_id, source_system, reference, line, kind) WHERE NOT (reference = '') DO NOTHING
        RETURNING id
    )
    INSERT INTO points_taken SELECT id FROM heads;
"""
ENTRIES = """
    INSERT INTO loyalty_entry (transaction_id, account_id, bucket, amount, seq, balance_after)
    SELECT back.id, account.id, back.bucket, -back.points,
           account.last_seq + row_number() OVER (PARTITION BY account.id ORDER BY back.id),
           CASE back.bucket WHEN 'pending' THEN account.pending ELSE account.available END
               - sum(back.points) OVER (PARTITION BY account.id, back.bucket ORDER BY back.id)
    FROM points_plain back JOIN points_taken USING (id) JOIN loyalty_account account ON account.id = back.account_id
    UNION ALL
    SELECT id, NULL, 'reversed', points, NULL, NULL FROM points_plain JOIN points_taken USING (id)
    ORDER BY 2, 5
"""
MOVES = """
    INSERT INTO loyalty_lotmove (transaction_id, lot_id, amount)
    SELECT id, lot_id, -points FROM points_plain JOIN points_taken USING (id) ORDER BY id
"""
LOTS = """
    UPDATE loyalty_lot lot
    SET remaining = lot.remaining - back.points,
        state = CASE WHEN lot.remaining = back.points THEN 'spent' ELSE lot.state END
    FROM points_plain back JOIN points_taken USING (id) WHERE lot.id = back.lot_id
"""
ACCOUNTS = """
    UPDATE loyalty_account account
    SET available = available - usable, pending = pending - waiting, last_seq = last_seq + legs
    FROM (
        SELECT account_id, count(*) AS legs, coalesce(sum(points) FILTER (WHERE bucket = 'available'), 0) AS usable,
               coalesce(sum(points) FILTER (WHERE bucket = 'pending'), 0) AS waiting
        FROM points_plain JOIN points_taken USING (id) GROUP BY account_id
    ) taken
    WHERE account.id = taken.account_id
"""
OTHERS = """
    SELECT award_id, points, source_system, reference, line, occurred_at, store_id FROM points_returns
    WHERE id NOT IN (SELECT id FROM points_taken) ORDER BY id
"""


@transaction.atomic
def claw_back_many(returned: str, parameters: Sequence[object] = (), *, now: datetime | None = None) -> int:
    """Take back what a query of ours yields (`RETURN_COLUMNS`), as `claw_back` does; return of how many awards.

    `parameters` are those of the query.

    Raises:
        LedgerRefused: more would be taken back of an award than is left of it; nothing is booked then.
    """
    now = now or timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.points_returns, pg_temp.points_plain, pg_temp.points_taken")
        cursor.execute(GATHER.format(columns=RETURN_COLUMNS, query=returned), parameters or None)
        taken = cursor.rowcount
        cursor.execute(LOCK)
        cursor.execute(PLAIN, {"now": now})
        cursor.execute(HEADS, {"now": now})
        for statement in (ENTRIES, MOVES, LOTS, ACCOUNTS):
            cursor.execute(statement)
        touch_owners("SELECT account_id FROM points_plain JOIN points_taken USING (id)")
        _one_by_one(cursor, now)
    return taken


def _one_by_one(cursor: CursorWrapper, now: datetime) -> None:
    """Take back what could not be booked in sets."""
    cursor.execute(OTHERS)
    others = cursor.fetchall()
    stores = Store.objects.in_bulk({store_id for *_told, store_id in others if store_id is not None})
    for award_id, points, source_system, reference, line, occurred_at, store_id in others:
        receipt = Receipt(source_system, reference, line)
        claw_back(award_id, points, receipt=receipt, occurred_at=occurred_at, store=stores.get(store_id), now=now)
