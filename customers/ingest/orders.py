"""Orders with their lines come in: one record a line, the order's columns repeated on each.

Stages: copy (the order's columns are read once for lines that follow each other) → one staged order for the records
of the same number → checks → orders upserted → lines of new and differing orders written → customers touched.
Records of one order need not follow each other.
"""

from collections.abc import Iterable, Mapping
from operator import itemgetter

from django.db import connection, transaction
from django.utils.translation import gettext as _

from customers.ingest import order_lines, order_rows, values
from customers.ingest.result import IngestResult, Progress
from customers.ingest.schema import Column, FieldRefused, Schema
from customers.ingest.stage import Numbered, make_table, report_refused
from customers.ingest.touched import make_touched, touch
from customers.models import Order

ORDER_COLUMNS = (
    Column("order_id", values.text(100), "text", required=True),
    Column("customer_id", values.text(100), "text"),
    Column("placed_at", values.moment, "timestamptz", required=True),
    Column("status", values.text(10, choices=Order.Status.values), "text"),
    Column("channel", values.text(10, choices=Order.SalesChannel.values), "text"),
    Column("store_id", values.text(100), "text"),
    Column("items_amount", values.money(), "bigint"),
    Column("discount", values.money(), "bigint"),
    Column("points_used", values.money(), "bigint"),
    Column("shipping", values.money(), "bigint"),
    Column("paid", values.money(), "bigint", required=True),
    Column("refunded", values.money(), "bigint"),
)
LINE_COLUMNS = (
    Column("sku", values.text(100), "text"),
    Column("quantity", values.count(), "int"),
    Column("line_amount", values.money(negative=True), "bigint"),
    Column("position", values.count(), "int"),
)
ORDERS = Schema("orders", ORDER_COLUMNS + LINE_COLUMNS)
HEAD = Schema("orders", ORDER_COLUMNS)
LINES = Schema("orders", LINE_COLUMNS)
NO_HEAD = [None] * len(ORDER_COLUMNS)
NO_LINE = [None] * len(LINE_COLUMNS)


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
        # `head` is the line of the record that this one shares its order's columns with.
        make_table(cursor, "ingest_stage", f"line bigint, head bigint, given int, order_ref text, {columns}")
        make_table(cursor, "ingest_refused", "line bigint, field text, value text, code text, detail text")
        numbered = Numbered(records, schema=ORDERS, result=result, progress=progress)
        with cursor.copy("COPY ingest_stage FROM STDIN") as copy:
            for row in _rows(numbered, result):
                copy.write_row(row)
        cursor.execute("ANALYZE ingest_stage")
        make_touched(cursor)
        order_rows.check_and_gather(cursor, source=source)
        order_lines.check_and_gather(cursor, source=source)
        order_rows.store(cursor, source=source, result=result)
        order_lines.store(cursor, result=result)
        report_refused(cursor, result)
        touch(cursor, defer_stats=defer_stats)
    return result


def _rows(numbered: Numbered, result: IngestResult) -> Iterable[list[object]]:
    """Yield the rows of the stage; the order's columns stand only in the first of records that share them."""
    keys, head_of, seen, head, problem = None, None, None, 0, None
    given, order_ref = 0, ""
    for line, record in numbered:
        if record.keys() != keys:
            keys, head_of, seen = frozenset(record), _reader_of_head(record), None
        values_of_head = head_of(record)
        same_order = values_of_head == seen
        if not same_order:
            seen, head, problem, row = values_of_head, line, None, NO_HEAD
            try:
                row = HEAD.row(record)
                _check_head(row)
                order_ref, given = row[0], HEAD.shape(record).given
            except FieldRefused as refusal:
                problem = refusal
        try:
            if problem:
                raise problem
            of_line = _line(record)
        except FieldRefused as refusal:
            result.refuse(line=line, field=refusal.field, value=refusal.value, message=refusal.message)
            # The next record of this order has to bring the order's columns with it.
            seen = seen if problem or same_order else None
            continue
        yield [line, head, given, order_ref, *(NO_HEAD if same_order else row), *of_line]


def _reader_of_head(record: Mapping[str, object]) -> itemgetter:
    names = [each.name for each in ORDER_COLUMNS if each.name in record]
    return itemgetter(*names) if names else lambda _record: ()


def _check_head(row: list[object]) -> None:
    paid, refunded = row[-2:]
    if refunded is not None and refunded > paid:
        raise FieldRefused("refunded", refunded, _("More is refunded than was paid."))


def _line(record: Mapping[str, object]) -> list[object]:
    row = LINES.row(record)
    sku, quantity, amount, _position = row
    if sku is None:
        if quantity is None and amount is None:
            return NO_LINE
        raise FieldRefused("sku", "", _("This is empty."))
    if amount is None:
        raise FieldRefused("line_amount", "", _("This is empty."))
    if quantity is None:
        row[1] = 1
    return row
