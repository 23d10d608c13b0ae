"""A parser reads one value of a record, or a whole column of them at once.

Most values of a file are stored as they stand, and most columns say the same few things again and again. So a column
is read by a pattern (one match in C for a value that needs nothing) and each repeated text only once; what is left
goes through the parser's function, value by value.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, TypeVar

Parsed = TypeVar("Parsed")


class Parser(Generic[Parsed]):
    """Reads a value and returns it typed, or None for an empty one.

    Args:
        parse: reads one value; raises BadValue with a sentence that says what would do.
        ready: a pattern of texts, never empty ones, that PostgreSQL reads as what `parse` would return for them.
    """

    def __init__(self, parse: Callable[[object], Parsed | None], *, ready: str = "") -> None:
        self._parse = parse
        self._is_ready = re.compile(ready, re.ASCII).fullmatch if ready else None

    def __call__(self, value: object) -> Parsed | None:
        """Read one value."""
        return self._parse(value)

    def column(self, values: Sequence[object]) -> Sequence[object]:
        """Read many values: texts that need nothing come back as they are.

        Raises:
            BadValue: one of them cannot be understood.
        """
        if set(map(type, values)) != {str}:
            return [self._parse(value) for value in values]
        distinct = set(values)
        if len(distinct) * 2 > len(values):
            return self._texts(values)
        read = dict(zip(distinct, self._texts(distinct), strict=True))
        return [read[value] for value in values]

    def _texts(self, texts: Iterable[Any]) -> list[object]:
        parse, is_ready = self._parse, self._is_ready
        if is_ready is None:
            return [parse(text) for text in texts]
        return [(text if is_ready(text) else parse(text)) if text else None for text in texts]


def reads(*, ready: str = "") -> Callable[[Callable[[object], Parsed | None]], Parser[Parsed]]:
    """Make a function the parser of its kind of value."""
    return lambda parse: Parser(parse, ready=ready)


# Texts that are stored as they stand. They say less than the parsers allow: what they leave out is read one by one.
_YEAR = "(?:19[1-9][0-9]|20[0-9]{2})"
_DAY_OF_YEAR = "(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
DAY = f"{_YEAR}-{_DAY_OF_YEAR}"
MOMENT = f"{DAY}[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9])"
MOBILE = r"\+8210[0-9]{8}"


def visible(longest: int, *, letters: str = "") -> str:
    """Return the pattern of a text without space around it: printable ASCII, and further `letters`."""
    return f"[!-~{letters}](?:[ -~{letters}]{{0,{longest - 2}}}[!-~{letters}])?" if longest > 1 else f"[!-~{letters}]"


def digits(most: int) -> str:
    """Return the pattern of whole numbers below `most`, a power of ten."""
    return f"[0-9]{{1,{len(str(most)) - 1}}}"
