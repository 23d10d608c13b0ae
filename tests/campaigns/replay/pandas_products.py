"""Who should enter by what they looked at and what they are due to buy again, by pandas alone."""

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

import numpy as np
import pandas as pd

from tests.campaigns.replay.by_pandas import SEOUL, Entries

View = tuple[str, str, datetime]
# A cycle is known from so many pauses on.
ENOUGH = 30


def viewed(
    views: Iterable[View],
    sold: pd.DataFrame,
    begins: datetime,
    ends: datetime,
    *,
    times: int,
    days: int,
    again: timedelta,
) -> Entries:
    """Return who looked at one product so many times in the days without buying it, once a month for each product."""
    stretch = timedelta(days=days)
    bought = _moments(sold[sold["quantity"] > 0])
    seen: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for household, product, at in views:
        seen[household, product].append(at)
    became = [
        (at, household, product)
        for (household, product), moments in seen.items()
        for at in _became_many(sorted(moments), times, stretch)
        if begins < at <= ends
        and not any(at - stretch < moment <= at for moment in bought.get((household, product), ()))
    ]
    entered: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for at, household, product in sorted(became):
        before = entered[household]
        is_known = any((then.month, of) == (at.month, product) for then, of in before)
        if not is_known and not any(at - then < again for then, _of in before):
            before.append((at, product))
    return {(household, at) for household, moments in entered.items() for at, _of in moments}


def _became_many(moments: list[datetime], times: int, stretch: timedelta) -> Iterable[datetime]:
    """Yield the views that made so many in the stretch where the view before it had not."""
    for number in range(times - 1, len(moments)):
        at, former = moments[number], moments[number - 1]
        is_many = moments[number - times + 1] > at - stretch
        was_many = number >= times and moments[number - times] > former - stretch and former > at - stretch
        if is_many and not was_many:
            yield at


def due_again(
    sold: pd.DataFrame,
    begins: datetime,
    ends: datetime,
    *,
    rebuilt: dict[date, datetime],
    before: int,
    confidence: float,
    again: timedelta,
    at: time,
) -> Entries:
    """Return who is due to buy from a category again in so many days by everybody's cycle, and did not since.

    `rebuilt` says up to when the purchases count in the cycles that hold on a day. A look counts for a day, so that
    it is asked by the cycles of the next morning too: who is found then is listed as too late, and may enter again.
    By a purchase that was told before nobody is told again, also where its cycle has become another since.
    """
    days = _days_of_categories(sold[(sold["quantity"] > 0) & (sold["category"] != "")])
    cycles = {moment: _cycles(days[days["at"] < moment], confidence) for moment in set(rebuilt.values())}
    found: Entries = set()
    entered: dict[str, list[datetime]] = defaultdict(list)
    told: set[tuple[str, str]] = set()
    for day in sorted(rebuilt):
        anchor = datetime.combine(day, at, SEOUL)
        for asked_on in (day, day + timedelta(days=1)):
            if not begins < anchor <= ends or asked_on not in rebuilt:
                continue
            for household, purchases in _due(days, cycles[rebuilt[asked_on]], anchor, before).items():
                new = [each for each in purchases if (household, each) not in told]
                if new and all(abs(anchor - then) >= again for then in entered[household]):
                    found.add((household, anchor))
                    told.add((household, min(new)))
                    entered[household] += [anchor] * (asked_on == day)
    return found


def _days_of_categories(sold: pd.DataFrame) -> pd.DataFrame:
    """Return (household, category, day, at, next_at, gap) of the days on which each bought from a category."""
    told = sold.assign(day=sold["at"].dt.tz_localize(None).dt.normalize())
    days = told.groupby(["household", "category", "day"], as_index=False)["at"].min()
    each = days.groupby(["household", "category"])
    return days.assign(gap=each["day"].diff().dt.days, next_at=each["at"].shift(-1))


def _cycles(days: pd.DataFrame, confidence: float) -> dict[str, int]:
    """Return the median pause of the categories where it is known so well: by McGill's notch of its interval."""
    found = {}
    for category, gaps in days[days["gap"].notna()].groupby("category")["gap"]:
        rising, number = np.sort(gaps.to_numpy()), len(gaps)
        lower, median, upper = (int(rising[math.ceil(share * number) - 1]) for share in (0.25, 0.5, 0.75))
        known = 1 - 1.57 * (upper - lower + 1) / (math.sqrt(number) * median)
        if number >= ENOUGH and known >= confidence:
            found[str(category)] = median
    return found


def _due(days: pd.DataFrame, cycles: dict[str, int], anchor: datetime, before: int) -> dict[str, list[str]]:
    """Return who bought a cycle, less the days before its end, ago, and nothing of the category since; with what."""
    today = pd.Timestamp(anchor.date())
    median = days["category"].map(cycles)
    begun = (today - days["day"]).dt.days == median - before
    is_alone = days["next_at"].isna() | (days["next_at"] > anchor)
    due = days[begun & (median > before) & is_alone]
    purchases: dict[str, list[str]] = defaultdict(list)
    for household, category, day in zip(due["household"], due["category"], due["day"], strict=True):
        purchases[household].append(f"{_named(category)}/{day.date()}")
    return purchases


def _named(category: str) -> str:
    """Return the category as entries are put in order by it where several fall due at once."""
    return hashlib.md5(category.encode(), usedforsecurity=False).hexdigest()[:12]


def _moments(sold: pd.DataFrame) -> dict[tuple[str, str], list[datetime]]:
    return {key: list(group) for key, group in sold.groupby(["household", "product"])["at"]}
