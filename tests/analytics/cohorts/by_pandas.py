"""Cohorts, steps and repurchase curves computed by pandas from tills' rows, without a line of the product's own."""

from typing import Any

import pandas as pd

Cells = dict[tuple[str, str, int], tuple[int, int, int]]


def orders_of(lines: pd.DataFrame) -> pd.DataFrame:
    """One row a basket: whose, where, when, for how much."""
    baskets = lines.groupby("basket_id")
    return baskets.agg(
        household=("household_id", "first"),
        store=("store_id", "first"),
        placed_at=("placed_at", "first"),
        won=("won", "sum"),
    )


def first_baskets(orders: pd.DataFrame) -> pd.DataFrame:
    """The first basket of each household."""
    firsts = orders.reset_index().sort_values(["placed_at", "basket_id"]).drop_duplicates("household")
    return firsts.set_index("household")


def first_stores(orders: pd.DataFrame) -> pd.Series:
    """The store of each household's first basket."""
    return first_baskets(orders)["store"].astype(str)


def first_categories(orders: pd.DataFrame, lines: pd.DataFrame, category_of: pd.Series) -> pd.Series:
    """What most of each household's first basket was spent on; of equals, the first by name."""
    baskets = first_baskets(orders).reset_index()[["household", "basket_id"]]
    inside = lines.merge(baskets, on="basket_id")
    inside["category"] = inside["product_id"].map(category_of).fillna("")
    spent = inside.groupby(["household", "category"])["won"].sum().reset_index()
    most = spent.sort_values(["household", "won", "category"], ascending=[True, False, True])
    return most.drop_duplicates("household").set_index("household")["category"]


def cells(orders: pd.DataFrame, group_of: pd.Series | None = None) -> Cells:
    """(group, month of the first order, months since) → customers who bought, orders, won."""
    months = orders["placed_at"].dt.year * 12 + orders["placed_at"].dt.month
    cohort = months.groupby(orders["household"]).transform("min")
    group = orders["household"].map(group_of) if group_of is not None else ""
    frame = orders.assign(group=group, cohort=cohort, age=months - cohort)
    summed = frame.groupby(["group", "cohort", "age"]).agg(
        customers=("household", "nunique"), orders=("won", "size"), won=("won", "sum")
    )
    return {
        (group, f"{(cohort - 1) // 12}-{(cohort - 1) % 12 + 1:02}", age): tuple(map(int, row))
        for (group, cohort, age), *row in summed.itertuples()
    }


def reached(orders: pd.DataFrame, steps: int) -> list[int]:
    """How many households have 1, 2, 3 … baskets or more."""
    counts = orders.groupby("household").size()
    return [int((counts >= step).sum()) for step in range(1, steps + 1)]


def waiting_times(orders: pd.DataFrame) -> pd.DataFrame:
    """Each household's whole days to its second basket, or those it was watched up to the last day of all."""
    ordered = orders.sort_values("placed_at")
    number = ordered.groupby("household").cumcount()
    first, second = (ordered[number == place].set_index("household")["placed_at"].dt.normalize() for place in (0, 1))
    frame = first.to_frame("first").join(second.rename("second"))
    last = orders["placed_at"].max().normalize()
    frame["days"] = (frame["second"].fillna(last) - frame["first"]).dt.days
    frame["is_back"] = frame["second"].notna()
    return frame


def kaplan_meier(times: pd.DataFrame, days: int) -> list[float]:
    """The share that is back by each day: one minus the product of the shares that stayed away."""
    waiting, curve = 1.0, []
    for day in range(days + 1):
        watched = int((times["days"] >= day).sum())
        back = int(((times["days"] == day) & times["is_back"]).sum())
        waiting *= 1 - back / watched if watched else 1.0
        curve.append(1 - waiting)
    return curve


def rounded(curve: list[Any], places: int = 9) -> list[float]:
    """The curve without the dust of floating point."""
    return [round(float(share), places) for share in curve]
