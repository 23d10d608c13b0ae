"""RFM: cut points, scores and names of all buyers on a day, and what the grid and the groups come to."""

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from tests.analytics.in_pandas.shop import Shop, quantile

FIFTHS = [0.2, 0.4, 0.6, 0.8]
# By recency, 5 to 1: the names of who has 1, 2, 3, 4, 5 as the mean of the other two.
NAMES = {
    5: "new promising promising champions champions",
    4: "new promising loyal loyal champions",
    3: "needs_attention needs_attention loyal loyal loyal",
    2: "dormant dormant at_risk at_risk at_risk",
    1: "lost lost at_risk at_risk at_risk",
}
Totals = dict[tuple, tuple[int, ...]]


def cut_points(shop: Shop, today: date) -> dict[str, list[int]]:
    people = _people(shop, today)
    return {name: [int(cut) for cut in quantile(people[name], FIFTHS)] for name in ("days", "count", "won")}


def scored(shop: Shop, today: date) -> pd.DataFrame:
    """Every buyer with scores r, f, m, the name of the group, and the won they brought."""
    people, cuts = _people(shop, today), cut_points(shop, today)
    people["r"] = 5 - np.searchsorted(cuts["days"], people["days"])
    people["f"] = 1 + np.searchsorted(cuts["count"], people["count"])
    people["m"] = 1 + np.searchsorted(cuts["won"], people["won"])
    mean = (people["f"] + people["m"] + 1) // 2
    people["group"] = [NAMES[r].split()[place - 1] for r, place in zip(people["r"], mean, strict=True)]
    return people


def by_customer(people: pd.DataFrame) -> dict[str, tuple]:
    """Number of the customer → three scores and the name of the group."""
    return {number: tuple(row) for number, *row in people[["r", "f", "m", "group"]].itertuples()}


def _people(shop: Shop, today: date) -> pd.DataFrame:
    people = shop.orders.groupby("customer").agg(last=("placed_at", "max"), count=("won", "size"), won=("won", "sum"))
    people["days"] = (pd.Timestamp(today) - people["last"].dt.normalize()).dt.days
    return people


def totals(now: pd.DataFrame, then: pd.DataFrame, by: list[str]) -> Totals:
    """By scores or groups: customers, won, and how many there were as the month began."""
    counted, before = now.groupby(by)["won"].agg(["size", "sum"]), then.groupby(by).size()
    whole = counted.join(before.rename("before"), how="outer").fillna(0).astype("int64")
    return {
        key if isinstance(key, tuple) else (key,): tuple(map(int, row))
        for key, row in zip(whole.index, whole.to_numpy(), strict=True)
    }


def flows(now: pd.DataFrame, then: Mapping[str, str]) -> Totals:
    """From which group to which customers went since the month began: how many, and the won they brought."""
    moved = now.assign(then=now.index.map(then)).dropna(subset="then")
    moved = moved[moved["then"] != moved["group"]].groupby(["then", "group"])["won"].agg(["size", "sum"])
    return {key: tuple(map(int, row)) for key, row in zip(moved.index, moved.to_numpy(), strict=True)}
