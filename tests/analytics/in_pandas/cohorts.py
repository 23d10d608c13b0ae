"""Cohorts: cells by month of the first purchase and months since, steps, and repurchase curves of groups."""

from collections.abc import Callable, Mapping

import pandas as pd

from tests.analytics.in_pandas.shop import Shop

MONTHS_KEPT, CURVE_DAYS, STEPS = 36, 365, 10
Cells = dict[tuple[str, str, int], tuple[int, int, int]]


def kept(shop: Shop) -> Shop:
    """The shop with those only whose first purchase lies in the months that are counted, the last day's among them."""
    today = pd.Timestamp(shop.last_day) + pd.Timedelta(days=1)
    begins = today.to_period("M").start_time - pd.DateOffset(months=MONTHS_KEPT - 1)
    meant = shop.orders["customer"].map(shop.first_moment) >= begins
    return Shop(shop.orders[meant], shop.source_of, shop.last_day, lines=shop.lines, tier_of=shop.tier_of)


def first_orders(shop: Shop) -> pd.DataFrame:
    """The first order of each customer; of several at a moment, that which was written first."""
    named = shop.orders.rename_axis("order").reset_index()
    return named.sort_values("placed_at", kind="stable").drop_duplicates("customer").set_index("customer")


def by_category(shop: Shop) -> pd.Series:
    """What most of each customer's first order was spent on; of equals, the first by name."""
    firsts = first_orders(shop)
    inside = shop.lines[shop.lines["order"].isin(firsts["order"])].groupby(["order", "category"])["won"].sum()
    most = inside.reset_index().sort_values(["order", "won", "category"], ascending=[True, False, True])
    most = most.drop_duplicates("order").set_index("order")["category"]
    return firsts["order"].map(most).fillna("")


GROUPINGS: dict[str, Callable[[Shop], pd.Series]] = {
    "all": lambda shop: pd.Series("", index=shop.first_moment.index),
    "source": lambda shop: _mapped(shop, shop.source_of),
    "store": lambda shop: first_orders(shop)["store"],
    "category": by_category,
    "tier": lambda shop: _mapped(shop, shop.tier_of),
    "month": lambda shop: shop.first_moment.dt.strftime("%Y-%m"),
}


def _mapped(shop: Shop, names: Mapping[str, str]) -> pd.Series:
    return pd.Series([names.get(customer, "") for customer in shop.first_moment.index], index=shop.first_moment.index)


def cells(shop: Shop, group_of: pd.Series) -> Cells:
    """(group, month of the first order, months since) → customers who bought, orders, won."""
    orders = shop.orders
    months = orders["placed_at"].dt.year * 12 + orders["placed_at"].dt.month
    cohort = months.groupby(orders["customer"]).transform("min")
    frame = orders.assign(group=orders["customer"].map(group_of), cohort=cohort, age=months - cohort)
    summed = frame.groupby(["group", "cohort", "age"]).agg(
        customers=("customer", "nunique"), orders=("won", "size"), won=("won", "sum")
    )
    return {
        (group, f"{(cohort - 1) // 12}-{(cohort - 1) % 12 + 1:02}", age): tuple(map(int, row))
        for (group, cohort, age), *row in summed.itertuples()
    }


def groups(shop: Shop, group_of: pd.Series) -> dict[str, tuple[int, ...]]:
    """Group → customers, orders, won, and how many reached 1, 2, 3 … orders."""
    people = shop.orders.groupby("customer")["won"].agg(["size", "sum"])
    people["group"] = group_of
    return {
        group: (len(each), *each[["size", "sum"]].sum(), *_reached(each)) for group, each in people.groupby("group")
    }


def _reached(people: pd.DataFrame) -> list[int]:
    return [int((people["size"] >= step).sum()) for step in range(1, STEPS + 1)]


def waiting_times(shop: Shop) -> pd.DataFrame:
    """Each customer's whole days to the second order, or those they were watched up to the last day."""
    ordered = shop.orders.sort_values("placed_at")
    number = ordered.groupby("customer").cumcount()
    first, second = (ordered[number == place].set_index("customer")["placed_at"].dt.normalize() for place in (0, 1))
    frame = first.to_frame("first").join(second.rename("second"))
    frame["days"] = (frame["second"].fillna(pd.Timestamp(shop.last_day)) - frame["first"]).dt.days
    frame["is_back"] = frame["second"].notna()
    return frame


def kaplan_meier(times: pd.DataFrame) -> list[float]:
    """The share that is back by each day: one minus the product of the shares that stayed away."""
    backs = times[times["is_back"]]["days"].value_counts()
    leaving = times["days"].value_counts()
    waiting, watched, curve = 1.0, len(times), []
    for day in range(CURVE_DAYS + 1):
        waiting *= 1 - int(backs.get(day, 0)) / watched if watched else 1.0
        watched -= int(leaving.get(day, 0))
        curve.append(1 - waiting)
    return curve
