"""How records of orders are read: the order's columns once for records that follow each other and share them."""

from collections.abc import Callable, Iterable, Mapping
from operator import itemgetter

from django.utils.translation import gettext as _

from customers.ingest import values
from customers.ingest.result import IngestResult
from customers.ingest.schema import Column, FieldRefused, Schema, Shape
from customers.ingest.stage import Numbered
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
NO_HEAD: list[object] = [None] * len(ORDER_COLUMNS)
NO_LINE: list[object] = [None] * len(LINE_COLUMNS)


def staged_rows(numbered: Numbered, result: IngestResult) -> Iterable[list[object]]:
    """Yield the rows of the stage: line, head, given, order number, the order's columns, the line's columns."""
    reader = _Reader()
    for line, record, shape in numbered:
        try:
            row = reader.row(line, record, shape)
        except FieldRefused as refusal:
            result.refuse(
                line=line, field=refusal.field, value=refusal.value, message=refusal.message, code=refusal.code
            )
        else:
            yield row


class _Reader:
    """Remembers the order that was read last.

    Its columns go into the stage with the first good record that has them (`head`) and are empty in the others.
    """

    def __init__(self) -> None:
        self._shape: Shape | None = None
        self._said: object = None
        self._problem: FieldRefused | None = None
        self._columns = NO_HEAD
        self._head = 0
        self._given = 0
        self._number: object = ""

    def row(self, line: int, record: Mapping[str, object], shape: Shape) -> list[object]:
        """Return the row of one record.

        Raises:
            FieldRefused: the order or the line cannot be understood.
        """
        if shape is not self._shape:
            self._turn_to(record, shape)
        said = self._said_of(record)
        if said != self._said:
            self._said = said
            self._read_order(record)
        if self._problem:
            raise FieldRefused(self._problem.field, self._problem.value, self._problem.message, self._problem.code)
        of_line = _check_line(LINES.row(record, self._line_shape))
        columns, self._columns = self._columns, NO_HEAD
        if columns is not NO_HEAD:
            self._head = line
        return [line, self._head, self._given, self._number, *columns, *of_line]

    def _turn_to(self, record: Mapping[str, object], shape: Shape) -> None:
        self._shape, self._said = shape, None
        self._said_of = _reader_of([each.name for each in ORDER_COLUMNS if each.name in record])
        self._line_shape = LINES.shape(record)
        self._given = HEAD.shape(record).given

    def _read_order(self, record: Mapping[str, object]) -> None:
        try:
            self._columns = _check_order(HEAD.row(record))
        except FieldRefused as refusal:
            self._problem = refusal
        else:
            self._problem = None
            self._number = self._columns[0]


def _reader_of(names: list[str]) -> Callable[[Mapping[str, object]], object]:
    return itemgetter(*names) if names else lambda _record: ()


def _check_order(row: list[object]) -> list[object]:
    paid, refunded = row[-2:]
    if isinstance(paid, int) and isinstance(refunded, int) and refunded > paid:
        raise FieldRefused("refunded", refunded, _("More is refunded than was paid."), "refund_over_paid")
    return row


def _check_line(row: list[object]) -> list[object]:
    sku, quantity, amount, _position = row
    if sku is None:
        if quantity is None and amount is None:
            return NO_LINE
        raise FieldRefused("sku", "", _("This is empty."), "missing")
    if amount is None:
        raise FieldRefused("line_amount", "", _("This is empty."), "missing")
    if quantity is None:
        row[1] = 1
    return row
