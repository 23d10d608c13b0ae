"""Refusals by the free 080 number (L-21): calls become withdrawals of text messages.

The provider's list of calls comes in by the import page (`customers/imports/opt_outs.py`). A call says "no text
messages to this number", so everybody with the number refuses, a whole household too. The number itself is kept:
whoever joins later with it is not messaged either, unless they agree after the call (L-05).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from customers.consent.expressions import Action, Method
from customers.consent.ledger import record_rows
from customers.models import Customer, PhoneOptOut
from customers.models.consent import Channel, Purpose
from customers.segments.refresh import touch

WITHDRAWALS = f"""
    SELECT customer.id AS customer_id, '{Purpose.AD_RECEIVE}' AS purpose, '{Channel.SMS}' AS channel,
           '{Action.WITHDRAWN}' AS action, refusal.opted_out_at AS occurred_at, '' AS wording_version,
           jsonb_build_object('opt_out', refusal.id, 'file', refusal.file_name) AS evidence
    FROM customers_phoneoptout refusal JOIN customers_customer customer ON customer.phone = refusal.phone
    WHERE customer.erased_at IS NULL AND customer.merged_into_id IS NULL
"""


@dataclass(frozen=True)
class Call:
    """A call to the 080 number."""

    phone: str
    called_at: datetime


@dataclass(frozen=True)
class Heard:
    """What came of a list of calls. `new` counts withdrawals."""

    numbers: int
    new: int
    unknown_numbers: int


@transaction.atomic
def hear(calls: Iterable[Call], *, file_name: str, by: User | None) -> Heard:
    """Keep the numbers, and withdraw text messages for every customer who has one of them, as of the call."""
    latest: dict[str, datetime] = {}
    for call in calls:
        latest[call.phone] = max(call.called_at, latest.get(call.phone, call.called_at))
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO customers_phoneoptout AS t (phone, opted_out_at, file_name, recorded_by_id)
            SELECT phone, called_at, %s, %s FROM unnest(%s::text[], %s::timestamptz[]) AS given (phone, called_at)
            ON CONFLICT (phone) DO UPDATE SET opted_out_at = EXCLUDED.opted_out_at, file_name = EXCLUDED.file_name,
                recorded_by_id = EXCLUDED.recorded_by_id
            WHERE EXCLUDED.opted_out_at > t.opted_out_at
            """,
            [file_name, by.pk if by else None, list(latest), list(latest.values())],
        )
        new = _withdraw(cursor, "AND refusal.phone = ANY(%s)", [list(latest)], by=by)
        cursor.execute(
            "SELECT count(*) FROM unnest(%s::text[]) AS given (phone) WHERE NOT EXISTS"
            " (SELECT 1 FROM customers_customer customer WHERE customer.phone = given.phone)",
            [list(latest)],
        )
        unknown = cursor.fetchone()[0]
    return Heard(numbers=len(latest), new=new, unknown_numbers=unknown)


@transaction.atomic
def follow_numbers() -> int:
    """Withdraw for customers who came to a refused number since the call; return how many withdrawals are new."""
    with connection.cursor() as cursor:
        return _withdraw(cursor, "", [], by=None)


def forget(customers: Iterable[Customer]) -> int:
    """Delete the numbers of people who are erased; the keyed hash of the number goes on refusing for them."""
    phones = {customer.phone for customer in customers if customer.phone}
    return PhoneOptOut.objects.filter(phone__in=phones).delete()[0]


def places_naming(texts: Collection[str]) -> list[str]:
    """Return the rows that hold one of these phone numbers."""
    return [f"080 opt-out {pk}" for pk in PhoneOptOut.objects.filter(phone__in=texts).values_list("pk", flat=True)]


def _withdraw(cursor: CursorWrapper, narrowed: str, parameters: list[list[str]], *, by: User | None) -> int:
    cursor.execute("DROP TABLE IF EXISTS pg_temp.opt_outs_heard")
    cursor.execute(f"CREATE TEMP TABLE opt_outs_heard ON COMMIT DROP AS {WITHDRAWALS} {narrowed}", parameters)
    recorded = record_rows(cursor, "SELECT * FROM opt_outs_heard", method=Method.OPT_OUT_LINE, actor=by)
    if recorded.new:
        cursor.execute("SELECT DISTINCT customer_id FROM consent_written")
        touch([row[0] for row in cursor.fetchall()])
    return recorded.new
