"""Values as shops write them (F-01, F-06)."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from customers.errors import BadValue
from customers.ingest import values


@pytest.mark.parametrize(
    ("written", "won"),
    [
        (24_680, 24_680),
        ("24680", 24_680),
        ("24680.00", 24_680),
        ("24,680", 24_680),
        ("1,234,567", 1_234_567),
        ("￦24,680", 24_680),
        ("₩24,680", 24_680),
        ("24,680원", 24_680),
        (" 24680 ", 24_680),
        (24_680.0, 24_680),
        (Decimal("24680.00"), 24_680),
        ("0", 0),
        ("", None),
        ("  ", None),
        (None, None),
    ],
)
def test_money_is_read_as_whole_won(written: object, won: int | None) -> None:
    assert values.money()(written) == won


@pytest.mark.parametrize(
    "written",
    [
        "24680.50",
        24_680.5,
        "24,68",
        "1e5",
        "-1",
        -1,
        "abc",
        True,
        [],
        "１２３",
        "10000000000000000",
        float("nan"),
        float("inf"),
    ],
)
def test_what_is_no_whole_won_is_refused(written: object) -> None:
    with pytest.raises(BadValue):
        values.money()(written)


def test_amounts_of_lines_may_be_negative() -> None:
    assert values.money(negative=True)("-1,000") == -1_000


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-11-21", datetime(2026, 11, 20, 15, 0, tzinfo=UTC)),
        ("2026-11-21T09:30", datetime(2026, 11, 21, 0, 30, tzinfo=UTC)),
        ("2026-11-21 09:30:00", datetime(2026, 11, 21, 0, 30, tzinfo=UTC)),
        ("2026-11-21T00:30:00Z", datetime(2026, 11, 21, 0, 30, tzinfo=UTC)),
        ("2026-11-21T09:30:00+09:00", datetime(2026, 11, 21, 0, 30, tzinfo=UTC)),
        (datetime(2026, 11, 21, 9, 30), datetime(2026, 11, 21, 0, 30, tzinfo=UTC)),  # noqa: DTZ001
        (date(2026, 11, 21), datetime(2026, 11, 20, 15, 0, tzinfo=UTC)),
        ("", None),
        (None, None),
    ],
)
def test_times_without_a_zone_are_those_of_the_shop(written: object, moment: datetime | None) -> None:
    assert values.moment(written) == moment


@pytest.mark.parametrize(
    "written",
    ["21.11.2026", "2026-02-30", "2026-11-21T25:00", "0001-01-01", "9999-12-31T23:59:59-23:00", "0000-00-00", 5, True],
)
def test_what_is_no_time_is_refused(written: object) -> None:
    with pytest.raises(BadValue):
        values.moment(written)


@pytest.mark.parametrize(
    ("written", "meaning"),
    [("T", True), ("f", False), ("Y", True), (1, True), (0, False), ("예", True), (False, False), ("", None)],
)
def test_yes_and_no_are_read_as_shops_write_them(written: object, meaning: bool | None) -> None:
    assert values.yes_or_no(written) is meaning


@pytest.mark.parametrize(
    "address", ["ftp://shop.example", "shop.example", "javascript:alert(1)", "https://" + "x" * 1_000]
)
def test_what_is_no_web_address_is_refused(address: str) -> None:
    with pytest.raises(BadValue):
        values.url(address)
