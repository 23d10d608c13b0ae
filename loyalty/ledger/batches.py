"""Many awards at once, in a handful of statements: the orders of a night, or of two years.

The same book as `earn` keeps, said in SQL: accounts are locked first and in order, a receipt is booked once, debts are
paid off first, entries are numbered on. What has fallen due on the accounts is left to whoever touches them next.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone
from django.utils.translation import gettext as _

from loyalty.errors import LedgerRefused
from loyalty.ledger.touching import touch_owners

# What the query of `earn_many` yields, by these names.
AWARD_COLUMNS = (
    "account_id, points, source_system, reference, line, occurred_at, activates_at, expires_at, kind,"
    " rule_version_id, details, store_id"
)

GATHER = """
    CREATE TEMP TABLE points_awards ON COMMIT DROP AS
    WITH RECURSIVE merged AS (
        SELECT one.id, one.merged_into_id AS into_id, next.merged_into_id IS NULL AS is_last
        FROM loyalty_account one JOIN loyalty_account next ON next.id = one.merged_into_id
        UNION ALL
        SELECT merged.id, next.id, next.merged_into_id IS NULL
        FROM merged JOIN loyalty_account into_one ON into_one.id = merged.into_id
        JOIN loyalty_account next ON next.id = into_one.merged_into_id
    )
    SELECT nextval(pg_get_serial_sequence('loyalty_transaction', 'id')) AS id,
           nextval(pg_get_serial_sequence('loyalty_lot', 'id')) AS lot_id, ordered.*
    FROM (
        SELECT account.program_id, account.id AS account_id, told.points::bigint, told.source_system::text,
               told.reference::text, told.line::text, told.occurred_at::timestamptz, told.activates_at::timestamptz,
               told.expires_at::timestamptz, told.kind::text, told.rule_version_id::bigint, told.details::jsonb,
               told.store_id::bigint
        FROM (SELECT {columns} FROM ({query}) asked) told
        LEFT JOIN merged ON merged.id = told.account_id AND merged.is_last
        JOIN loyalty_account account
            ON account.id = coalesce(merged.into_id, told.account_id) AND account.status <> 'closed'
        ORDER BY account.id, told.occurred_at, told.source_system, told.reference, told.line
    ) ordered
"""
LOCK = """
    SELECT count(*) FROM (
        SELECT id FROM loyalty_account WHERE id IN (SELECT account_id FROM points_awards)
        ORDER BY id FOR NO KEY UPDATE) locked
"""
HEADS = """
    CREATE TEMP TABLE points_heads (id bigint PRIMARY KEY) ON COMMIT DROP;
    WITH heads AS (
        INSERT INTO loyalty_transaction (id, program_id, account_id, kind, points, source_system, reference, line,
                occurred_at, posted_at, rule_version_id, details, store_id, reason, note)
        SELECT id, program_id, account_id, 'earn', points, source_system, reference, line, occurred_at, %(now)s,
               rule_version_id, details, store_id, '', ''
        FROM points_awards ORDER BY account_id, occurred_at, id
        ON CONFLICT (program_id, source_system, reference, line, kind) WHERE NOT (reference = '') DO NOTHING
        RETURNING id
    )
    INSERT INTO points_heads SELECT id FROM heads;
"""
# In the order in which things happened, new points pay off what is left of the account's debt.
BOOK = """
    CREATE TEMP TABLE points_booked ON COMMIT DROP AS
    SELECT *, CASE WHEN is_pending THEN 0 ELSE least(points, greatest(0, debt - usable_before)) END AS pays
    FROM (
        SELECT award.*, account.debt, award.activates_at > %(now)s AS is_pending,
               row_number() OVER happened AS place,
               coalesce(sum(award.points) FILTER (WHERE award.activates_at <= %(now)s) OVER earlier, 0)::bigint
                   AS usable_before
        FROM points_awards award JOIN points_heads USING (id) JOIN loyalty_account account ON account.id = account_id
        WINDOW happened AS (PARTITION BY award.account_id ORDER BY award.occurred_at, award.id),
               earlier AS (happened ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    ) awards
"""
ENTRIES = """
    INSERT INTO loyalty_entry (transaction_id, account_id, bucket, amount, seq, balance_after)
    SELECT leg.id, leg.account_id, leg.bucket, leg.amount,
           account.last_seq + row_number() OVER (PARTITION BY leg.account_id ORDER BY leg.place, leg.bucket),
           CASE leg.bucket WHEN 'available' THEN account.available WHEN 'pending' THEN account.pending
                ELSE -account.debt END
               + sum(leg.amount) OVER (PARTITION BY leg.account_id, leg.bucket ORDER BY leg.place)
    FROM (
        SELECT id, account_id, place, CASE WHEN is_pending THEN 'pending' ELSE 'available' END AS bucket,
               points - pays AS amount
        FROM points_booked WHERE points > pays
        UNION ALL
        SELECT id, account_id, place, 'debt', pays FROM points_booked WHERE pays > 0
    ) leg JOIN loyalty_account account ON account.id = leg.account_id
    UNION ALL
    SELECT id, NULL, 'issued', -points, NULL, NULL FROM points_booked
    ORDER BY 2, 5
"""
LOTS = """
    INSERT INTO loyalty_lot (id, account_id, made_by_id, award_id, kind, original, remaining, state, activates_at,
            expires_at)
    SELECT lot_id, account_id, id, id, kind, points, points - pays,
           CASE WHEN is_pending THEN 'pending' WHEN points > pays THEN 'active' ELSE 'spent' END, activates_at,
           expires_at
    FROM points_booked ORDER BY account_id, place
"""
MOVES = """
    INSERT INTO loyalty_lotmove (transaction_id, lot_id, amount)
    SELECT id, lot_id, -pays FROM points_booked WHERE pays > 0
"""
ACCOUNTS = """
    UPDATE loyalty_account account
    SET available = available + usable, pending = pending + waiting, debt = debt - paid,
        lifetime_earned = lifetime_earned + earned, last_seq = last_seq + legs, due_at = least(account.due_at, next)
    FROM (
        SELECT account_id, sum(points) AS earned, sum(pays) AS paid,
               coalesce(sum(points - pays) FILTER (WHERE NOT is_pending), 0) AS usable,
               coalesce(sum(points) FILTER (WHERE is_pending), 0) AS waiting,
               count(*) FILTER (WHERE points > pays) + count(*) FILTER (WHERE pays > 0) AS legs,
               min(CASE WHEN is_pending THEN activates_at WHEN points > pays THEN expires_at END) AS next
        FROM points_booked GROUP BY account_id
    ) booked
    WHERE account.id = booked.account_id
"""


@transaction.atomic
def earn_many(awards: str, parameters: Sequence[object] = (), *, now: datetime | None = None) -> int:
    """Book the awards that a query of ours yields (`AWARD_COLUMNS`); return how many were new.

    Receipts that were booked before, and accounts that are closed, are left out. `parameters` are those of the query.

    Raises:
        LedgerRefused: an award is not above zero, or has no receipt; none is booked then.
    """
    moment = {"now": now or timezone.now()}
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.points_awards, pg_temp.points_heads, pg_temp.points_booked")
        cursor.execute(GATHER.format(columns=AWARD_COLUMNS, query=awards), parameters or None)
        _refuse_impossible(cursor)
        cursor.execute("ANALYZE points_awards")
        cursor.execute(LOCK)
        cursor.execute(HEADS, moment)
        cursor.execute(BOOK, moment)
        cursor.execute("ANALYZE points_booked")
        for statement in (ENTRIES, LOTS, MOVES, ACCOUNTS):
            cursor.execute(statement)
        touch_owners("SELECT account_id FROM points_booked")
        cursor.execute("SELECT count(*) FROM points_booked")
        return cursor.fetchone()[0]


def open_accounts(customers: str, parameters: Sequence[object] = (), *, program_id: int) -> int:
    """Open an account for every customer that a query of ours yields (`customer_id`) and who has none; return how many.

    Customers who were merged into others get none.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO loyalty_account (program_id, customer_id)
            SELECT DISTINCT {int(program_id)}, customer.id
            FROM ({customers}) asked JOIN customers_customer customer ON customer.id = asked.customer_id
            WHERE customer.merged_into_id IS NULL
            ORDER BY 2 ON CONFLICT (program_id, customer_id) DO NOTHING
            """,
            parameters or None,
        )
        return cursor.rowcount


def _refuse_impossible(cursor: CursorWrapper) -> None:
    cursor.execute("SELECT reference, points FROM points_awards WHERE points <= 0 OR reference = '' LIMIT 1")
    found = cursor.fetchone()
    if found:
        raise LedgerRefused(
            _("Receipt “%(receipt)s” would award %(points)s points; each award has a receipt and is above zero.")
            % {"receipt": found[0], "points": found[1]},
            code="BAD_AMOUNT",
        )
