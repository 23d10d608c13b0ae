"""Who rises to a tier and whose is at risk, on a ladder of two months: a plain loop over what each household spent."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pandas as pd

from tests.campaigns.replay.by_pandas import SEOUL, Entries, Ticks

# Won that two months take; the lowest tier takes nothing.
THRESHOLDS = (100_000, 250_000, 500_000)
MONTHS = pd.DateOffset(months=2)


@dataclass
class Standings:
    """What the ticks came to: who rose at which, and who was at risk when each began, with the day of judgement."""

    risen: Entries = field(default_factory=set)
    at_risk: dict[datetime, set[tuple[str, date]]] = field(default_factory=dict)


def lived_through(bought: pd.DataFrame, ticks: Ticks, nights: Ticks) -> Standings:
    """Return how everybody stood; `nights` are the ticks at which the evaluation of the day ran.

    Between them only those are looked at who bought. A tick tells of a standing as the ticks before it left it.
    """
    standings = Standings(at_risk={tick: set() for tick in ticks})
    for household, group in bought.groupby("household"):
        spent = [(at.to_pydatetime(), won) for at, won in zip(group["at"], group["won"], strict=True)]
        rank = _reached(spent, ticks[0])
        risk = _risk(spent, rank, ticks[0])
        for former, tick in pairwise(ticks):
            if risk:
                standings.at_risk[tick].add((str(household), risk))
            if tick not in nights and not any(former < at <= tick for at, _won in spent):
                continue
            reached = _reached(spent, tick)
            if reached > rank:
                standings.risen.add((str(household), tick))
            rank = reached if tick in nights and tick.day == 1 else max(rank, reached)
            risk = _risk(spent, rank, tick)
    return standings


def _risk(spent: list[tuple[datetime, int]], rank: int, now: datetime) -> date | None:
    """Return the day on which the rank is lost, as what was spent stands now; None where it is kept."""
    return _judged_on(now) if rank and _kept(spent, now) < THRESHOLDS[rank - 1] else None


def _reached(spent: list[tuple[datetime, int]], now: datetime) -> int:
    """Return the rank of what was spent within two months up to now, or in the two whole months before this one."""
    window = _sum(spent, _midnight(pd.Timestamp(now.date()) + pd.Timedelta(days=1) - MONTHS), now)
    month = pd.Timestamp(now.date().replace(day=1))
    return bisect_right(
        THRESHOLDS, max(window, _sum(spent, _midnight(month - MONTHS), _midnight(month), open_end=True))
    )


def _kept(spent: list[tuple[datetime, int]], now: datetime) -> int:
    """Return what of the sum will still count when this month is over."""
    return _sum(spent, _midnight(pd.Timestamp(_judged_on(now)) - MONTHS), now)


def _judged_on(now: datetime) -> date:
    return (pd.Timestamp(now.date().replace(day=1)) + pd.DateOffset(months=1)).date()


def _sum(spent: list[tuple[datetime, int]], since: datetime, until: datetime, *, open_end: bool = False) -> int:
    return sum(won for at, won in spent if since <= at and (at < until or (at == until and not open_end)))


def _midnight(day: pd.Timestamp) -> datetime:
    return datetime.combine(day.date(), time.min, SEOUL)


def warned(standings: Standings, begins: datetime, *, days: int, in_time: timedelta) -> Entries:
    """Return who was told so many days before the judgement, or soon after: the midnight of that day."""
    step = sorted(standings.at_risk)[1] - sorted(standings.at_risk)[0]
    return {
        (household, anchor)
        for tick, household, anchor in _warnings(standings, days)
        if begins < anchor <= tick and tick - step < anchor + in_time
    }


def _warnings(standings: Standings, days: int) -> Iterator[tuple[datetime, str, datetime]]:
    for tick, threatened in standings.at_risk.items():
        for household, judged_on in threatened:
            yield tick, household, datetime.combine(judged_on - timedelta(days=days), time.min, SEOUL)
