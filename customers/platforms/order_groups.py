"""What the rows of one order say together, where a system writes a row for each product."""

import re
from collections.abc import Iterable, Mapping, Sequence

from customers.errors import BadValue
from customers.ingest import values
from customers.ingest.order_records import LINE_COLUMNS, ORDER_COLUMNS
from customers.ingest.schema import FieldRefused
from customers.models import Order
from customers.platforms.exports import Record, text

HEAD = tuple(column.name for column in ORDER_COLUMNS)
OF_LINE = frozenset(column.name for column in LINE_COLUMNS)
STATUS = Order.Status
# Words that states of an order are called by; the first that is found in the text counts.
_STATUS_WORDS = (
    (STATUS.PAID, ("partially",)),
    (STATUS.REFUNDED, ("반품완료", "반품/환불", "환불완료", "refunded", "returned")),
    (STATUS.CANCELLED, ("취소완료", "취소처리", "미결제취소", "voided", "cancelled", "canceled")),
    (STATUS.PENDING, ("입금전", "입금대기", "결제대기", "미입금", "pending", "unpaid", "expired")),
    # A claim that is not decided yet leaves the order as it was.
    (STATUS.PAID, ("취소요청", "취소신청", "반품요청", "반품신청", "반품수거", "교환")),
    (STATUS.DELIVERED, ("배송완료", "구매확정", "거래완료", "delivered", "fulfilled", "completed")),
    (STATUS.SHIPPED, ("배송중", "발송처리", "발송완료", "shipped")),
    (STATUS.REFUNDED, ("반품", "환불")),
    (STATUS.CANCELLED, ("취소",)),
    (STATUS.PAID, ("결제완료", "입금완료", "결제", "상품준비", "배송준비", "배송대기", "배송보류", "발주", "신규주문")),
    (STATUS.PAID, ("paid", "authorized")),
)
# Cafe24's codes: N00 waits for money, N10–N22 is prepared, C40 is cancelled, R40 returned, E is an exchange.
_STATUS_CODES = (
    (re.compile(r"N0\d"), STATUS.PENDING),
    (re.compile(r"N30"), STATUS.SHIPPED),
    (re.compile(r"N[45]\d"), STATUS.DELIVERED),
    (re.compile(r"C[4-9]\d"), STATUS.CANCELLED),
    (re.compile(r"R[4-9]\d"), STATUS.REFUNDED),
    (re.compile(r"[NCRE]\d\d"), STATUS.PAID),
)
UNDONE = frozenset({STATUS.CANCELLED, STATUS.REFUNDED})
_FURTHEST = (STATUS.PENDING, STATUS.PAID, STATUS.SHIPPED, STATUS.DELIVERED)


def status_of(word: str) -> str:
    """Return our status for a system's word; a word that is not known is returned as it is, and refused by ingest."""
    folded = re.sub(r"\s", "", word).casefold()
    for pattern, status in _STATUS_CODES:
        if pattern.fullmatch(folded.upper()):
            return status
    for status, words in _STATUS_WORDS:
        if any(each in folded for each in words):
            return status
    return word


def status_of_all(words: Iterable[str]) -> str:
    """Return the status of an order whose products have these: undone where all are, else how far the others got."""
    known = [status_of(word) for word in words if word]
    if not known:
        return ""
    standing = [each for each in known if each not in UNDONE]
    if not standing:
        return STATUS.CANCELLED if STATUS.CANCELLED in known else STATUS.REFUNDED
    unknown = next((each for each in standing if each not in _FURTHEST), None)
    return unknown or max(standing, key=_FURTHEST.index)


def delivered_at(rows: Sequence[Record], name: str, *, status: str) -> str:
    """Return the last of the dates on which products of a delivered order arrived; empty for any other."""
    return max((text(row, name) for row in rows), default="") if status == STATUS.DELIVERED else ""


def amount(row: Mapping[str, object], name: str) -> int:
    """Return a column's won, 0 where it is empty.

    Raises:
        FieldRefused: it is no amount.
    """
    try:
        return values.money(negative=True)(row.get(name)) or 0
    except BadValue as refusal:
        raise FieldRefused(name, row.get(name), refusal) from refusal


def filled_head(rows: Sequence[Record], *, but: frozenset[str] = frozenset()) -> list[Record]:
    """Return the order's columns of each row, with what one row leaves empty taken from the first that says it.

    Rows that say different things stay different: ingest refuses them and names both.
    """
    names = [name for name in HEAD if name in rows[0] and name not in but]
    first = {name: next((row[name] for row in rows if text(row, name)), "") for name in names}
    return [{name: row[name] if text(row, name) else first[name] for name in names} for row in rows]


def line_columns(row: Record) -> Record:
    """Return the columns of the line."""
    return {name: value for name, value in row.items() if name in OF_LINE}
