"""Orders with their lines come in: one record a line, the order's columns repeated on each.

Stages: copy (the order's columns are read once for lines that follow each other) → one staged order for the records
of the same number → checks → orders upserted → lines of new and differing orders written → refunds dated →
customers touched.
Records of one order need not follow each other.
"""

from collections.abc import Iterable, Mapping

from django.db import connection, transaction

from customers.ingest import order_lines, order_rows, referrals, refunds
from customers.ingest.order_records import ORDERS, OrderReader
from customers.ingest.result import IngestResult, Progress
from customers.ingest.stage import Numbered, begin, fill_stage, make_table, report_refused
from customers.ingest.touched import make_touched, touch


@transaction.atomic
def ingest_orders(
    records: Iterable[Mapping[str, object]],
    *,
    source: str = "shop",
    progress: Progress | None = None,
    result: IngestResult | None = None,
    defer_stats: bool = False,
) -> IngestResult:
    """Store orders and their lines; a later copy of the same order replaces it.

    `read` and `refused` of the result count records; `new`, `changed` and `unchanged` count orders.

    Args:
        defer_stats: for a first load; the caller runs `stats.rebuild()` and refreshes the segments afterwards.
    """
    result = result or IngestResult()
    with connection.cursor() as cursor:
        columns = ", ".join(f"{each.stage_name} {each.sql_type}" for each in ORDERS.columns)
        begin(cursor)
        # `head` is the line of the record that this one shares its order's columns with.
        make_table(cursor, "ingest_stage", f"line bigint, head bigint, given int, order_ref text, {columns}")
        make_table(cursor, "ingest_refused", "line bigint, field text, value text, code text, detail text")
        numbered = Numbered(records, schema=ORDERS, result=result, progress=progress)
        fill_stage(cursor, numbered, read=OrderReader(), result=result)
        make_touched(cursor)
        order_rows.check_and_gather(cursor, source=source)
        order_lines.check_and_gather(cursor, source=source)
        order_rows.store(cursor, source=source, result=result)
        order_lines.store(cursor, result=result)
        refunds.book_batch(cursor)
        referrals.note_of_orders(cursor)
        report_refused(cursor, result)
        touch(cursor, defer_stats=defer_stats)
    return result
