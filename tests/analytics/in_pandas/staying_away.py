"""Repurchase risks: own cycles, the rhythms of comparable customers, and cycles borrowed from categories."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from math import sqrt

import numpy as np
import pandas as pd

from tests.analytics.in_pandas.shop import Part, Shop, quantile, until

OWN_PAUSES, PAUSES_OF_ALL, PAUSES_OF_A_RHYTHM = 3, 30, 200
RHYTHMS = [(1, 2), (3, 4), (5, 7), (8, 14), (15, 30), (31, 60), (61, 1_000_000)]
HUNDRED = [number / 100 for number in range(1, 101)]


@dataclass(frozen=True)
class Cycles:
    """What is known of pauses: medians of customers, the spread around them by their length, and what stands in."""

    own: Mapping[str, int]
    rhythms: list[np.ndarray]
    borrowed: Mapping[str, np.ndarray]


def risks(shop: Shop, part: Part, day: date) -> dict[str, int]:
    """The risk on a day of everybody who had bought by then and has a cycle; of a part, since buying there."""
    cycles = cycles_of(shop)
    last = until(part.bought(shop), day).groupby("customer")["placed_at"].max().dt.normalize()
    waited = (pd.Timestamp(day) - last).dt.days
    found = {customer: _risk(cycles, customer, days) for customer, days in waited.items()}
    return {customer: risk for customer, risk in found.items() if risk is not None}


def _risk(cycles: Cycles, customer: str, waited: int) -> int | None:
    if customer in cycles.own:
        days = cycles.own[customer]
        return int(np.searchsorted(cycles.rhythms[_rhythm(days)], waited / days, side="right"))
    if customer in cycles.borrowed:
        return int(np.searchsorted(cycles.borrowed[customer], waited, side="right"))
    return None


def _rhythm(days: int) -> int:
    return next(number for number, (low, high) in enumerate(RHYTHMS) if low <= days <= high)


@lru_cache(maxsize=1)
def cycles_of(shop: Shop) -> Cycles:
    """All cycles as the shop knows them on its last day."""
    pauses = shop.purchase_days.dropna(subset="pause").groupby("customer")["pause"]
    own = {customer: int(quantile(each, [0.5])[0]) for customer, each in pauses if len(each) >= OWN_PAUSES}
    return Cycles(own, _rhythms(shop, own), _borrowed(shop, own))


def _rhythms(shop: Shop, own: Mapping[str, int]) -> list[np.ndarray]:
    """Percentiles of pause ÷ own median by the length of the median; of all, where those of a length are few."""
    pauses = shop.purchase_days.dropna(subset="pause")
    pauses = pauses[pauses["customer"].isin(own)]
    if pauses.empty:
        return []
    days = pauses["customer"].map(own)
    ratios, place = pauses["pause"] / days, days.map(_rhythm)
    of_all = quantile(ratios, HUNDRED)
    of_each = [ratios[place == number] for number in range(len(RHYTHMS))]
    return [quantile(each, HUNDRED) if len(each) >= PAUSES_OF_A_RHYTHM else of_all for each in of_each]


def _borrowed(shop: Shop, own: Mapping[str, int]) -> dict[str, np.ndarray]:
    """For whom has no cycle of their own: the surest of the categories that they bought last."""
    bought = shop.lines[(shop.lines["quantity"] > 0) & (shop.lines["category"] != "")]
    bought = bought.merge(shop.orders[["customer", "placed_at"]], left_on="order", right_index=True)
    known = _categories(bought)
    firsts = ~bought["customer"].isin(own)
    last = shop.orders.groupby("customer")["placed_at"].max()
    at_last = bought[firsts & (bought["placed_at"] == bought["customer"].map(last)) & bought["category"].isin(known)]
    chosen = {
        customer: min(set(each), key=lambda name: known[name][0])
        for customer, each in at_last.groupby("customer")["category"]
    }
    return {customer: known[category][1] for customer, category in chosen.items()}


def _categories(bought: pd.DataFrame) -> dict[str, tuple[tuple[float, int, str], np.ndarray]]:
    """Categories with enough pauses: what puts the surest first, and the hundred percentiles."""
    days = bought.assign(day=bought["placed_at"].dt.normalize())[["category", "customer", "day"]].drop_duplicates()
    days = days.sort_values(["category", "customer", "day"])
    days["pause"] = days.groupby(["category", "customer"])["day"].diff().dt.days
    found = {}
    for category, pauses in days.dropna(subset="pause").groupby("category")["pause"]:
        if len(pauses) >= PAUSES_OF_ALL:
            percentiles = quantile(pauses, HUNDRED)
            lower, median, upper = (int(percentiles[place]) for place in (24, 49, 74))
            sure = max(0.0, 1 - 1.57 * (upper - lower + 1) / (sqrt(len(pauses)) * median))
            found[category] = (-sure, -len(pauses), category), percentiles
    return found
