"""A whole column is read as its values would be, one by one."""

from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.contacts import PLAIN_EMAIL
from customers.errors import BadValue
from customers.ingest import values
from customers.ingest.parser import DAY, MOBILE, MOMENT, Parser, digits, visible

# (parser, the pattern of what it stores as it stands)
READY = {
    "text": (values.text(20), visible(20)),
    "choice": (values.text(10, choices=["paid", "shipped"]), "paid|shipped"),
    "name": (values.name(20), visible(20, letters=values.HANGUL)),
    "money": (values.money(), digits(values.MOST_MONEY)),
    "count": (values.count(), digits(values.MOST_COUNT)),
    "moment": (values.moment, MOMENT),
    "day": (values.day, DAY),
    "gender": (values.gender, "[fm]"),
    "email": (values.email, PLAIN_EMAIL),
    "phone": (values.phone, MOBILE),
}
FEW_LETTERS = st.text(alphabet="01 -+:TZ@.,fm김é\0\udc80", max_size=25)


@pytest.mark.parametrize("kind", READY)
def test_what_is_stored_as_it_stands_is_what_the_parser_makes_of_it(kind: str) -> None:
    parser, pattern = READY[kind]

    @settings(deadline=None)
    @given(st.from_regex(f"\\A(?:{pattern})\\Z").filter(lambda text: not text.endswith("\n")))
    def compare(text: str) -> None:
        (read,) = parser.column([text])
        assert as_typed(read, like=parser(text)) == parser(text)

    compare()


@pytest.mark.parametrize("kind", READY)
def test_any_column_is_read_like_its_values(kind: str) -> None:
    parser, _pattern = READY[kind]

    @settings(deadline=None)
    @given(st.lists(FEW_LETTERS, max_size=4))
    def compare(texts: list[str]) -> None:
        try:
            one_by_one = [parser(text) for text in texts]
        except BadValue:
            with pytest.raises(BadValue):
                parser.column(texts)
        else:
            read = parser.column(texts)
            assert [as_typed(*both) for both in zip(read, one_by_one, strict=True)] == one_by_one

    compare()


def as_typed(read: object, like: object) -> object:
    """Return what PostgreSQL makes of a text where the parser would have made a typed value of it."""
    if not isinstance(read, str) or isinstance(like, str):
        return read
    if isinstance(like, datetime):
        return datetime.fromisoformat(read)
    return date.fromisoformat(read) if isinstance(like, date) else int(read)


def test_a_text_that_many_records_share_is_read_once() -> None:
    read: list[object] = []
    parser = Parser(lambda value: read.append(value) or value)

    assert parser.column(["같은 글"] * 5 + ["다른 글"]) == ["같은 글"] * 5 + ["다른 글"]
    assert len(read) == 2


def test_one_and_true_are_told_apart_in_a_typed_column() -> None:
    with pytest.raises(BadValue):
        values.money().column([1, True, 1, 1])

    assert values.money().column([1, "1", 1, None]) == [1, 1, 1, None]
