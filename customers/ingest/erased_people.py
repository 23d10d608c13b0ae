"""Facts about people whose data was erased do not bring them back (P-06).

All that is left of them are keyed hashes of their number, phone and e-mail; PostgreSQL compares a whole batch with
those in one statement. Nobody erased yet, as in most shops: nothing is asked.
"""

from django.db.backends.utils import CursorWrapper
from django.utils.translation import gettext as _

from customers.ingest.result import IngestResult
from customers.ingest.stage import drop_refused
from customers.models import ConsentEntry, ErasedContact
from customers.privacy.contact_hashes import SQL_DIGEST, key_pads
from customers.sql import literal

Kind = ErasedContact.Kind
CODE = "ERASED_BEFORE"
LINES_NAMED = 20
NUMBER_DIGEST = SQL_DIGEST.format(text="%s || E'\\n' || s.r_customer_id")
WITHDRAWN = literal(ConsentEntry.Action.WITHDRAWN)


def is_anybody_erased(cursor: CursorWrapper) -> bool:
    """Tell whether there is anything to compare with."""
    cursor.execute("SELECT EXISTS (SELECT FROM customers_erasedcontact)")
    return cursor.fetchone()[0]


def refuse_numbers(cursor: CursorWrapper, *, source: str) -> None:
    """Refuse staged customers who have the number of an erased one."""
    if not is_anybody_erased(cursor):
        return
    cursor.execute(
        f"""
        INSERT INTO ingest_refused
        SELECT line, 'customer_id', r_customer_id, 'erased' FROM ingest_stage s
        JOIN customers_erasedcontact erased
            ON erased.kind = {literal(Kind.NUMBER)} AND erased.digest = {NUMBER_DIGEST}
        """,
        [*key_pads(), source],
    )
    drop_refused(cursor)


def withhold_consents(cursor: CursorWrapper, *, source: str, result: IngestResult) -> None:
    """Take from staged customers what an erased person with their phone or e-mail had agreed to, and say so.

    What was said after the erasure holds: somebody said it anew. So does every withdrawal. Who was a customer before
    the erasure, like another member of the household, keeps what is theirs.
    """
    if not is_anybody_erased(cursor):
        return
    cursor.execute(
        f"""
        WITH returned AS (
            SELECT s.line, max(erased.erased_at) AS erased_at
            FROM ingest_stage s
            CROSS JOIN LATERAL (VALUES ({literal(Kind.PHONE)}, s.r_phone), ({literal(Kind.EMAIL)}, lower(s.r_email)))
                AS contact(kind, text)
            JOIN customers_erasedcontact erased
                ON erased.kind = contact.kind AND erased.digest = {SQL_DIGEST.format(text="contact.text")}
            LEFT JOIN customers_customer known ON known.source = %s AND known.external_id = s.r_customer_id
            WHERE contact.text <> '' AND (known.id IS NULL OR known.created_at > erased.erased_at)
            GROUP BY s.line
        )
        UPDATE ingest_stage s
        SET consents = (
            SELECT coalesce(jsonb_agg(said), '[]') FROM jsonb_array_elements(s.consents) AS said
            WHERE said ->> 'action' = {WITHDRAWN} OR (said ->> 'occurred_at')::timestamptz > returned.erased_at
        )
        FROM returned WHERE returned.line = s.line
        RETURNING s.line
        """,
        [*key_pads(), source],
    )
    lines = sorted(line for (line,) in cursor.fetchall())
    if lines:
        named = ", ".join(map(str, lines[:LINES_NAMED])) + (" …" if len(lines) > LINES_NAMED else "")
        result.notice(
            _(
                "%(code)s: lines with the phone or e-mail of somebody whose data was erased were stored without the "
                "consents from before that day: %(lines)s"
            )
            % {"code": CODE, "lines": named}
        )


def refuse_old_consents(cursor: CursorWrapper) -> None:
    """Refuse staged consents from before the erasure of somebody with the same phone or e-mail."""
    if not is_anybody_erased(cursor):
        return
    cursor.execute(
        f"""
        INSERT INTO ingest_refused
        SELECT DISTINCT s.line, 'customer_id', s.r_customer_id, 'erased_before'
        FROM ingest_stage s
        JOIN customers_customer c ON c.id = s.customer_key
        CROSS JOIN LATERAL (VALUES ({literal(Kind.PHONE)}, c.phone), ({literal(Kind.EMAIL)}, lower(c.email)))
            AS contact(kind, text)
        JOIN customers_erasedcontact erased
            ON erased.kind = contact.kind AND erased.digest = {SQL_DIGEST.format(text="contact.text")}
        WHERE contact.text <> '' AND c.created_at > erased.erased_at AND s.r_action <> {WITHDRAWN}
          AND (s.r_occurred_at IS NULL OR s.r_occurred_at <= erased.erased_at) -- without a date it counts as old
        """,
        key_pads(),
    )
    drop_refused(cursor)


def keep_orders_with_their_customer(cursor: CursorWrapper, *, source: str) -> None:
    """Leave orders of an erased person, which are refunded or cancelled later on, with the husk they belong to."""
    if not is_anybody_erased(cursor):
        return
    cursor.execute(
        f"""
        UPDATE ingest_order s SET customer_id = stored.customer_id
        FROM customers_order stored, customers_erasedcontact erased
        WHERE s.r_customer_id IS NOT NULL AND s.customer_id IS NULL
          AND stored.source = %s AND stored.external_id = s.order_ref
          AND erased.kind = {literal(Kind.NUMBER)} AND erased.digest = {NUMBER_DIGEST}
        """,
        [source, *key_pads(), source],
    )
