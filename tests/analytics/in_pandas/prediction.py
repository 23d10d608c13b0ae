"""The model of pace and silence of `docs/kpis.md`, customer by customer in arrays."""

from datetime import date

import numpy as np
import pandas as pd

DAY = pd.Timedelta(days=1)
ROUNDS, DAYS_AHEAD, LONGEST = 3, 365, 600


def worth(bought: pd.DataFrame, last: date) -> np.ndarray:
    """What each buyer is expected to bring in the year after a day, in whole won."""
    each = bought.groupby("customer").agg(
        orders=("won", "size"), won=("won", "sum"), first=("placed_at", "min"), last=("placed_at", "max")
    )
    orders, days = each["orders"].to_numpy(), ((each["last"] - each["first"]) / DAY).to_numpy()
    again = (orders - 1).sum()
    if not again:
        return np.zeros(len(each), dtype="int64")
    spread = days + days.sum() / again
    pace = np.divide(orders, spread, out=np.zeros(len(each)), where=spread > 0)
    silence = ((pd.Timestamp(last) + DAY - each["last"]) / DAY).to_numpy() * pace
    leaving = len(each) / orders.sum()
    for _round in range(ROUNDS):
        leaving = max((1 - alive(leaving, silence)).sum() / orders.sum(), 0.000001)
    ahead = alive(leaving, silence) * (1 - np.exp(-np.minimum(pace * leaving * DAYS_AHEAD, LONGEST))) / leaving
    return np.rint(each["won"].to_numpy() / orders * ahead).astype("int64")


def alive(leaving: float, silence: np.ndarray) -> np.ndarray:
    stayed = (1 - leaving) * np.exp(-np.minimum(silence, LONGEST))
    return stayed / (stayed + leaving)
