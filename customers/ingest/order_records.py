"""How records of orders are read: the order's columns once for records that follow each other and share them."""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter

from django.utils.translation import gettext as _

from customers.ingest import values
from customers.ingest.referrals import REFERRAL_COLUMNS
from customers.ingest.schema import Column, FieldRefused, Schema, Shape
from customers.ingest.stage import Chunk, Row
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
    Column("refunded_at", values.moment, "timestamptz"),
    Column("delivered_at", values.moment, "timestamptz"),
    *REFERRAL_COLUMNS,
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
PAID = next(place for place, each in enumerate(ORDER_COLUMNS) if each.name == "paid")
NO_ORDER: Row = [None] * len(ORDER_COLUMNS)
NO_LINE: Row = [None] * len(LINE_COLUMNS)


class OrderReader:
    """Reads records as rows of the stage: line, head, given, order number, the order's columns, the line's columns.

    It remembers the order that was read last. Its columns go into the stage with the first good record that has them
    (`head`) and are empty in the others.
    """

    def __init__(self) -> None:
        self._shape: Shape | None = None
        self._said: object = None
        self._problem: FieldRefused | None = None
        self._waiting: Row | None = None  # the columns of an order whose records had faults of their own so far
        self._head = 0
        self._number: object = ""

    def __call__(self, chunk: Chunk) -> list[Row]:
        """Return the rows of a chunk; nothing is remembered where one of several records is at fault.

        Raises:
            FieldRefused: an order or a line cannot be understood.
        """
        if chunk.shape is not self._shape:
            self._turn_to(chunk)
        said = list(map(self._said_of, chunk.records))
        begins = [index for index, order in enumerate(said) if order != (said[index - 1] if index else self._said)]
        if self._problem and begins[:1] != [0]:
            raise FieldRefused(self._problem.field, self._problem.value, self._problem.message, self._problem.code)
        orders = dict(zip(begins, self._orders(chunk, begins, said[0]), strict=True))
        if len(said) == 1 and orders:
            self._said, self._problem, self._waiting = said[0], None, orders.pop(0)
        lines = [_check_line(*each) for each in zip(*LINES.read(chunk.records, self._line_shape), strict=True)]
        self._said, self._problem = said[-1], None
        return self._rows(chunk.lines, orders, lines)

    def _turn_to(self, chunk: Chunk) -> None:
        record = chunk.records[0]
        self._shape, self._said, self._problem = chunk.shape, None, None
        self._said_of = _reader_of([each.name for each in ORDER_COLUMNS if each.name in record])
        self._order_shape, self._line_shape = HEAD.shape(record), LINES.shape(record)

    def _orders(self, chunk: Chunk, begins: list[int], said: object) -> list[Row]:
        """Return the columns of the orders that begin at these places."""
        try:
            columns = HEAD.read([chunk.records[index] for index in begins], self._order_shape)
            return [_check_order(row) for row in zip(*columns, strict=True)]
        except FieldRefused as refusal:
            if len(chunk.records) == 1:
                self._said, self._problem = said, refusal
            raise

    def _rows(self, numbers: Sequence[int], orders: dict[int, Row], lines: list[Row]) -> list[Row]:
        if self._waiting:
            orders.setdefault(0, self._waiting)
            self._waiting = None
        given = self._order_shape.given
        rows: list[Row] = []
        for index, (number, line) in enumerate(zip(numbers, lines, strict=True)):
            order = orders.get(index, NO_ORDER)
            if order is not NO_ORDER:
                self._head, self._number = number, order[0]
            rows.append((number, self._head, given, self._number, *order, *line))
        return rows


def _reader_of(names: list[str]) -> Callable[[Mapping[str, object]], object]:
    return itemgetter(*names) if names else lambda _record: ()


def _check_order(row: Row) -> Row:
    paid, refunded = row[PAID : PAID + 2]
    if refunded is not None and int(str(refunded)) > int(str(paid)):
        raise FieldRefused("refunded", refunded, _("More is refunded than was paid."), "refund_over_paid")
    return row


def _check_line(sku: object, quantity: object, amount: object, position: object) -> Row:
    if sku is None:
        if quantity is None and amount is None:
            return NO_LINE
        raise FieldRefused("sku", "", _("This is empty."), "missing")
    if amount is None:
        raise FieldRefused("line_amount", "", _("This is empty."), "missing")
    return sku, 1 if quantity is None else quantity, amount, position
