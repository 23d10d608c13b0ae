"""Who should be told of points that die, and asked again whether they agree: by pandas and plain loops alone."""

from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pandas as pd

from tests.campaigns.replay.by_pandas import SEOUL, Entries, Ticks

# The terms of the demo: a point for each hundred won of anything but these.
WON_PER_POINT = 100
WITHOUT_POINTS = ("CIGARETTES", "CIGARS", "TOBACCO OTHER", "FUEL")
NOTICES = {60: 30, 30: 3, 3: -1}
MONTHS_OF_CONSENT, OPENED_AHEAD = 24, timedelta(days=30)


def points_dying(sold: pd.DataFrame, begins: datetime, nights: Ticks, *, months: int) -> Entries:
    """Return whose points die at the end of a month, and the nights on which they are told: 60, 30 and 3 days ahead.

    `nights` are the ticks at which the notices were opened.
    """
    counting = sold[(sold["at"] > begins) & ~sold["category"].isin(WITHOUT_POINTS)]
    won = counting.groupby(["household", "basket"]).agg(won=("won", "sum"), at=("at", "first")).reset_index()
    told: dict[tuple[str, date, int], datetime] = {}
    for row in won[won["won"] >= WON_PER_POINT].sort_values("at").itertuples():
        last_day = _end_of_month(row.at.date(), months)
        for days, nearer in NOTICES.items():
            due = (each for each in nights if each >= row.at and nearer < (last_day - each.date()).days <= days)
            night = next(due, None)
            if night is not None:
                told.setdefault((str(row.household), last_day, days), night)
    return {(household, night) for (household, _last_day, _days), night in told.items()}


def asked_again(said: Iterable[Mapping[str, object]], nights: Ticks) -> set[tuple[str, str, date]]:
    """Return whose consent to a channel's advertising turns two years old soon, with its last day."""
    held: dict[tuple[str, str], datetime | None] = {}
    for record in said:
        for column, value in record.items():
            if column.startswith("consent.") and not column.endswith(".at"):
                held[str(record["customer_id"]), column.removeprefix("consent.")] = (
                    record[f"{column}.at"] if value else None
                )
    found = set()
    for (household, channel), at in held.items():
        if at is not None and channel != "marketing_use":
            last = (pd.Timestamp(at.date()) + pd.DateOffset(months=MONTHS_OF_CONSENT)).date() - timedelta(days=1)
            if last - OPENED_AHEAD <= nights[-1].date():
                found.add((household, channel, last))
    return found


def _end_of_month(earned_on: date, months: int) -> date:
    number = earned_on.year * 12 + earned_on.month - 1 + months
    year, month = number // 12, number % 12 + 1
    return date(year, month, monthrange(year, month)[1])


def nights_of(ticks: Ticks, at: time) -> list[datetime]:
    """Return the ticks at which a job of the night ran: the first after its hour of each day."""
    found: list[datetime] = []
    for before, tick in pairwise(ticks):
        moment = datetime.combine(tick.date(), at, SEOUL)
        if before < moment <= tick:
            found.append(tick)
    return found
