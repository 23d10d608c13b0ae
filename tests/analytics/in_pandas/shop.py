"""The facts of a shop as frames: purchases of known customers, their lines, where customers came from, visits, spend.

Moments are Korean time without a zone. Customers, stores, categories are texts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd

from analytics.periods import Period

NO_LINES = pd.DataFrame({"order": "", "category": "", "won": 0, "quantity": 0}, index=[])
NO_VISITS = pd.DataFrame({"customer": "", "visitor": "", "day": pd.Timestamp(0)}, index=[])


@dataclass(frozen=True, eq=False)
class Shop:
    """What happened in the shop up to `last_day`.

    orders: index number; customer, store ("" online), placed_at, won. Sorted as they were written.
    lines: order, category ("" none), won, quantity. visits: customer or visitor, day.
    """

    orders: pd.DataFrame
    source_of: Mapping[str, str]
    last_day: date
    lines: pd.DataFrame = field(default_factory=lambda: NO_LINES)
    visits: pd.DataFrame = field(default_factory=lambda: NO_VISITS)
    spend: Mapping[tuple[date, str], int] = field(default_factory=dict)
    tier_of: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def first_moment(self) -> pd.Series:
        """When each customer bought for the first time ever."""
        return self.orders.groupby("customer")["placed_at"].min()

    @cached_property
    def purchase_days(self) -> pd.DataFrame:
        """Each day on which a customer bought, once, in order, with the days since the one before."""
        days = self.orders.assign(day=self.orders["placed_at"].dt.normalize())
        days = days.drop_duplicates(["customer", "day"]).sort_values(["customer", "day"])
        return days.assign(pause=days.groupby("customer")["day"].diff().dt.days)

    def before(self, day: date) -> "Shop":
        """The shop as it was when a day began."""
        return replace(self, orders=self.orders[self.orders["placed_at"] < pd.Timestamp(day)])


@dataclass(frozen=True)
class Part:
    """Which part of the shop is meant, and what the product is asked for it. `members` are those of a segment."""

    name: str = "everybody"
    asked: Mapping[str, str] = field(default_factory=dict)
    members: frozenset[str] | None = None
    store: str | None = None
    source: str | None = None
    cohort: str | None = None

    @property
    def narrows_people(self) -> bool:
        return any(each is not None for each in (self.members, self.source, self.cohort))

    def people(self, shop: Shop) -> set[str]:
        """The customers who are meant, whether or not they ever bought."""
        chosen = set(shop.source_of) | set(shop.first_moment.index)
        if self.members is not None:
            chosen &= self.members
        if self.source is not None:
            chosen = {customer for customer in chosen if shop.source_of.get(customer) == self.source}
        if self.cohort is not None:
            months = shop.first_moment.dt.strftime("%Y-%m")
            chosen &= set(months.index[months == self.cohort])
        return chosen

    def made(self, shop: Shop) -> pd.DataFrame:
        """The purchases of anybody that are meant."""
        return shop.orders if self.store is None else shop.orders[shop.orders["store"] == self.store]

    def bought(self, shop: Shop) -> pd.DataFrame:
        """The purchases that are meant, of the customers who are meant."""
        made = self.made(shop)
        return made[made["customer"].isin(self.people(shop))] if self.narrows_people else made


EVERYBODY = Part()


def between(frame: pd.DataFrame, period: Period, column: str = "placed_at") -> pd.DataFrame:
    """The rows whose moment lies in the period, the days at both ends included."""
    starts, ends = pd.Timestamp(period.first), pd.Timestamp(period.last) + pd.Timedelta(days=1)
    return frame[(frame[column] >= starts) & (frame[column] < ends)]


def until(frame: pd.DataFrame, last: date) -> pd.DataFrame:
    """The rows up to the end of a day."""
    return frame[frame["placed_at"] < pd.Timestamp(last) + pd.Timedelta(days=1)]


def quantile(values: pd.Series, fractions: list[float]) -> np.ndarray:
    """The smallest value that so large a share of all does not exceed, as PostgreSQL's `percentile_disc`."""
    return np.quantile(values, fractions, method="inverted_cdf")
