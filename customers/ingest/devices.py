"""Apps and browsers come in: who is logged in there, and whether they take notifications (N-07, L-03).

One record is what an app knows of itself when it starts, and when somebody logs in or out. An older word about a
device never overrides a newer one, in whatever order they come.
"""

import json
from collections.abc import Iterable, Mapping

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from customers import push_subscriptions
from customers.errors import BadValue
from customers.identity import following
from customers.ingest import values
from customers.ingest.parser import Parser
from customers.ingest.result import IngestResult, Progress
from customers.ingest.schema import Column, FieldRefused, Schema, Shape
from customers.ingest.stage import Numbered, drop_refused, fill_stage, make_stage, make_table, report_refused, rows_of
from customers.ingest.upsert import rounds
from customers.models import Device

LONGEST_ADDRESS = 2_000
_address_text = values.text(LONGEST_ADDRESS)


def _read_address(value: object) -> str | None:
    """Read a token, or a push subscription as text or as the JSON object that it is."""
    return _address_text(json.dumps(value) if isinstance(value, dict) else value)


DEVICES = Schema(
    "devices",
    (
        Column("address", Parser(_read_address), "text", required=True),
        Column("platform", values.text(10, choices=Device.Platform.values), "text", required=True),
        Column("os_permission", values.yes_or_no, "boolean", required=True),
        Column("customer_id", values.text(100), "text"),
        Column("refuses_advertising", values.yes_or_no, "boolean"),
        Column("app_version", values.text(40), "text"),
        Column("seen_at", values.moment, "timestamptz"),
    ),
)
# `s` is the staged row, `e` the stored one it meets. A column that was not given keeps what is stored, one that was
# given empty is emptied: that is how a log-out is told from silence.
WANTED = f"""
    SELECT s.address, s.r_platform AS platform, s.r_os_permission AS os_permission,
           CASE WHEN s.given & {DEVICES.bit("customer_id")} <> 0 THEN s.customer_key
                ELSE e.customer_id END AS customer_id,
           coalesce(s.r_refuses_advertising, e.refuses_advertising, false) AS refuses_advertising,
           CASE WHEN s.given & {DEVICES.bit("app_version")} <> 0 THEN coalesce(s.r_app_version, '')
                ELSE coalesce(e.app_version, '') END AS app_version,
           least(coalesce(s.r_seen_at, %(now)s), %(now)s) AS last_seen_at
    FROM ingest_stage s LEFT JOIN customers_device e ON e.address = s.address
"""
COLUMNS = "platform, os_permission, customer_id, refuses_advertising, app_version, last_seen_at"
WRITE = f"""
    WITH written AS (
        INSERT INTO customers_device AS d (address, {COLUMNS})
        SELECT address, {COLUMNS} FROM ({WANTED}) wanted ORDER BY address
        ON CONFLICT (address) DO UPDATE SET ({COLUMNS}, invalid_since) = ROW (
            EXCLUDED.platform, EXCLUDED.os_permission, EXCLUDED.customer_id, EXCLUDED.refuses_advertising,
            EXCLUDED.app_version, EXCLUDED.last_seen_at,
            CASE WHEN EXCLUDED.last_seen_at <= d.invalid_since THEN d.invalid_since END)
        WHERE d.last_seen_at <= EXCLUDED.last_seen_at
          AND (d.platform, d.os_permission, d.customer_id, d.refuses_advertising, d.app_version, d.last_seen_at)
              IS DISTINCT FROM (EXCLUDED.platform, EXCLUDED.os_permission, EXCLUDED.customer_id,
                                EXCLUDED.refuses_advertising, EXCLUDED.app_version, EXCLUDED.last_seen_at)
        RETURNING address, customer_id, xmax = 0 AS is_new -- only an updated row carries the lock of the conflict
    )
    INSERT INTO ingest_written SELECT * FROM written
"""


@transaction.atomic
def ingest_devices(
    records: Iterable[Mapping[str, object]],
    *,
    source: str = "shop",
    progress: Progress | None = None,
    result: IngestResult | None = None,
) -> IngestResult:
    """Store what apps and browsers say of themselves. `customer_id` names who is logged in, empty: nobody."""
    result = result or IngestResult()
    with connection.cursor() as cursor:
        make_stage(cursor, DEVICES, more=", address text, customer_key bigint")
        numbered = Numbered(records, schema=DEVICES, result=result, progress=progress)
        fill_stage(cursor, numbered, read=rows_of(DEVICES, _checked_address, _no_customer_yet), result=result)
        _find_customers(cursor, source=source)
        for _round in rounds(cursor, "address"):
            _write(cursor, result)
        report_refused(cursor, result)
    return result


def _checked_address(record: Mapping[str, object], _shape: Shape) -> str:
    """Return the address as it is stored, after the check that spans two columns."""
    address = _read_address(record["address"]) or ""
    if record.get("platform") != Device.Platform.WEB:
        return address
    try:
        return push_subscriptions.read(address).as_text()
    except BadValue as refusal:
        raise FieldRefused("address", record["address"], refusal) from refusal


def _no_customer_yet(_record: Mapping[str, object], _shape: Shape) -> None:
    """Leave the column of the customer's key to `_find_customers`."""


def _find_customers(cursor: CursorWrapper, *, source: str) -> None:
    cursor.execute(
        "UPDATE ingest_stage s SET customer_key = coalesce(c.merged_into_id, c.id) FROM customers_customer c"
        " WHERE c.source = %s AND c.external_id = s.r_customer_id AND c.erased_at IS NULL",
        [source],
    )
    cursor.execute(
        "INSERT INTO ingest_refused SELECT line, 'customer_id', r_customer_id, 'unknown_customer'"
        " FROM ingest_stage WHERE r_customer_id IS NOT NULL AND customer_key IS NULL"
    )
    drop_refused(cursor)


def _write(cursor: CursorWrapper, result: IngestResult) -> None:
    make_table(cursor, "ingest_written", "address text, customer_id bigint, is_new boolean")
    cursor.execute(WRITE, {"now": timezone.now()})
    cursor.execute(
        "SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new),"
        " (SELECT count(*) FROM ingest_stage) FROM ingest_written"
    )
    new, changed, staged = cursor.fetchone()
    result.new += new
    result.changed += changed
    result.unchanged += staged - new - changed
    result.note_outcomes(
        cursor,
        "SELECT s.line, CASE WHEN w.address IS NULL THEN 'unchanged' WHEN w.is_new THEN 'new' ELSE 'changed' END"
        " FROM ingest_stage s LEFT JOIN ingest_written w USING (address)",
    )
    _follow_merges(cursor)


def _follow_merges(cursor: CursorWrapper) -> None:
    """Bring along the devices of customers who were merged while this batch was under way."""
    cursor.execute(
        "SELECT id FROM customers_customer WHERE merged_into_id IS NOT NULL"
        " AND id IN (SELECT customer_id FROM ingest_written)"
    )
    if cursor.rowcount:
        following.bring_along([row[0] for row in cursor.fetchall()])
