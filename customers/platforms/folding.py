"""Names of columns as they are compared: without case, spaces, marks and forms of writing."""

import re
import unicodedata

_MARKS = re.compile(r"[\s_\-‐-―/()\[\]{}<>:;,'\"*#\u200b\ufeff]+")


def fold(name: str) -> str:
    """Return "주문 번호*" and "주문번호" as the same text, "Order ID" and "order_id" as well."""
    return _MARKS.sub("", unicodedata.normalize("NFKC", name)).casefold()
