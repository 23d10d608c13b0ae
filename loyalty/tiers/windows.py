"""The stretch of days in which something counts, by each kind of window, as SQL over a day and a customer.

Every kind gives the same five dates: where the running period began and the next one begins (the days on which tiers
can go down, before any grace), where the period before it began, where the window that ends today begins, and where
the one begins that will be judged next. Days are those of Asia/Seoul; PostgreSQL clamps 29 February to the 28th.
"""

from dataclasses import dataclass

from loyalty.models import TierRuleVersion

Kind = TierRuleVersion.Window

DAY = "%(as_of)s::date"
MONTHS = "make_interval(months => %(months)s)"
JOINED = "(customer.joined_at AT TIME ZONE 'Asia/Seoul')::date"
YEARS = f"(extract(year FROM {DAY}) - extract(year FROM {JOINED}))::int"


@dataclass(frozen=True, slots=True)
class Window:
    """SQL expressions of the five dates; `lookback` is how many months before today the earliest one can lie."""

    period_from: str
    next_from: str
    former_from: str
    window_from: str
    next_window_from: str
    lookback: str = "24"


def _period(unit: str) -> str:
    return f"date_trunc('{unit}', {DAY})"


def _anniversary(years: int) -> str:
    """Return the day the customer's running year began, so many years on."""
    this_year = f"{JOINED} + make_interval(years => {YEARS})"
    begun = f"{YEARS} - CASE WHEN ({this_year})::date <= {DAY} THEN 0 ELSE 1 END + {years}"
    return f"{JOINED} + make_interval(years => {begun})"


WINDOWS = {
    Kind.ROLLING: Window(
        period_from=_period("month"),
        next_from=f"{_period('month')} + interval '1 month'",
        former_from=f"{_period('month')} - {MONTHS}",
        window_from=f"{DAY} + 1 - {MONTHS}",
        next_window_from=f"{_period('month')} + interval '1 month' - {MONTHS}",
        lookback="%(months)s + 2",
    ),
    Kind.CALENDAR: Window(
        period_from=_period("year"),
        next_from=f"{_period('year')} + interval '1 year'",
        former_from=f"{_period('year')} - interval '1 year'",
        window_from=_period("year"),
        next_window_from=_period("year"),
    ),
    Kind.ANNIVERSARY: Window(
        period_from=_anniversary(0),
        next_from=_anniversary(1),
        former_from=_anniversary(-1),
        window_from=_anniversary(0),
        next_window_from=_anniversary(0),
    ),
}


def dates_sql(kind: str) -> str:
    """Return the select list of the five dates of a kind of window."""
    window = WINDOWS[Kind(kind)]
    names = ("period_from", "next_from", "former_from", "window_from", "next_window_from")
    return ",\n           ".join(f"({getattr(window, name)})::date AS {name}" for name in names)
