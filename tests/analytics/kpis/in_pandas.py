"""KPIs once more, in pandas, from the purchases of The Complete Journey alone: what ours must equal, to the won."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

import numpy as np
import pandas as pd

from analytics.periods import Period
from customers.models import CategoryCycle, CustomerStats, Rhythm

Counted = tuple[int | None, int, int]


def between(orders: pd.DataFrame, period: Period) -> pd.DataFrame:
    days = orders["placed_at"].dt.date
    return orders[(days >= period.first) & (days <= period.last)]


def aov(orders: pd.DataFrame, period: Period) -> Counted:
    bought = between(orders, period)
    return None, int(bought["paid"].sum()), len(bought)


def rpr(orders: pd.DataFrame, period: Period) -> Counted:
    purchases = between(orders, period).groupby("household_id").size()
    return None, int((purchases >= 2).sum()), len(purchases)


def crr(orders: pd.DataFrame, period: Period) -> Counted:
    a_year = Period(period.first - timedelta(days=365), period.first - timedelta(days=1))
    at_start = set(between(orders, a_year)["household_id"])
    return None, len(at_start & set(between(orders, period)["household_id"])), len(at_start)


def clv_historic(orders: pd.DataFrame, period: Period) -> Counted:
    bought = orders[orders["placed_at"].dt.date <= period.last]
    return None, int(bought["paid"].sum()), bought["household_id"].nunique()


def interval(orders: pd.DataFrame, period: Period) -> Counted:
    days = orders.assign(day=orders["placed_at"].dt.normalize()).drop_duplicates(["household_id", "day"])
    days = days.sort_values(["household_id", "day"])
    pauses = days.assign(pause=days.groupby("household_id")["day"].diff().dt.days).dropna(subset="pause")
    ended = between(pauses, period)
    median = int(np.quantile(ended["pause"], 0.5, method="inverted_cdf")) if len(ended) else None
    return median, len(ended), ended["household_id"].nunique()


def returning(orders: pd.DataFrame, period: Period, first_days: Mapping[object, date] | None = None) -> Counted:
    bought = between(orders, period)
    first = bought["household_id"].map(first_days or first_purchases(orders))
    came_back = bought[bought["placed_at"].dt.date > first]
    return None, int(came_back["paid"].sum()), int(bought["paid"].sum())


def first_purchases(orders: pd.DataFrame) -> dict[object, date]:
    return orders.groupby("household_id")["placed_at"].min().dt.date.to_dict()


def risk_on(orders: pd.DataFrame, day: date) -> dict[int, int]:
    """The repurchase risk of each household on a day; cycles and rhythms are those the shop knows."""
    last = orders[orders["placed_at"].dt.date <= day].groupby("household_id")["placed_at"].max().dt.date
    rhythms = list(Rhythm.objects.all())
    borrowed = dict(CategoryCycle.objects.values_list("category", "percentiles"))
    known = CustomerStats.objects.values_list("customer__external_id", "cycle_days", "cycle_gaps", "cycle_category")
    found = {}
    for number, days, gaps, category in known:
        if int(number) not in last.index:
            continue
        waited = (day - last[int(number)]).days
        if gaps >= 3:
            rhythm = next(each for each in rhythms if each.shortest_days <= days <= each.longest_days)
            found[int(number)] = int(np.searchsorted(rhythm.ratios, waited / days, side="right"))
        elif category:
            found[int(number)] = int(np.searchsorted(borrowed[category], waited, side="right"))
    return found


def churn(orders: pd.DataFrame, period: Period) -> Counted:
    before, now = risk_on(orders, period.first - timedelta(days=1)), risk_on(orders, period.last)
    active = [number for number, risk in before.items() if risk < 90]
    return None, sum(now[number] >= 90 for number in active), len(active)


def dormant(orders: pd.DataFrame, period: Period) -> Counted:
    now = risk_on(orders, period.last)
    return None, sum(90 <= risk < 98 for risk in now.values()), len(now)


def lost(orders: pd.DataFrame, period: Period) -> Counted:
    now = risk_on(orders, period.last)
    return None, sum(risk >= 98 for risk in now.values()), len(now)


EVERYWHERE: dict[str, Callable[[pd.DataFrame, Period], Counted]] = {
    each.__name__: each for each in (aov, rpr, crr, clv_historic, interval, returning, churn, dormant, lost)
}
# What is asked of a part of the shop: for these it is enough to leave out the other purchases.
OF_A_PART = ("aov", "rpr", "crr", "clv_historic", "interval")
