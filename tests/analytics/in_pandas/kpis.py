"""The KPIs of `docs/kpis.md`: numerator, denominator, and the value as the command and the API give it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from math import floor

import pandas as pd

from analytics.periods import Period
from tests.analytics.in_pandas import prediction, staying_away
from tests.analytics.in_pandas.shop import Part, Shop, between, quantile, until

LIFETIME_DAYS = 730
Value = int | float | None


@dataclass(frozen=True)
class Counted:
    """What a KPI comes to."""

    value: Value
    numerator: int
    denominator: int


def whole(number: Fraction) -> int:
    """The nearest whole number, halves away from zero."""
    return floor(number + Fraction(1, 2)) if number >= 0 else -floor(-number + Fraction(1, 2))


def share(numerator: int, denominator: int) -> Counted:
    return Counted(numerator / denominator if denominator else None, numerator, denominator)


def won_each(numerator: int, denominator: int) -> Counted:
    return Counted(whole(Fraction(numerator, denominator)) if denominator else None, numerator, denominator)


def won(orders: pd.DataFrame) -> int:
    return int(orders["won"].sum())


def clv(shop: Shop, part: Part, period: Period) -> Counted:
    """The CAC is that of the part's source, or of the whole shop."""
    bought = between(part.bought(shop), period)
    buyers = bought["customer"].nunique()
    if not buyers:
        return Counted(None, 0, 0)
    spent, new = spent_and_won_over(shop, Part(source=part.source), period)
    cost = Fraction(spent, new) if spent and new else 0
    times = Fraction(len(bought), buyers) * LIFETIME_DAYS / period.days
    value = Fraction(won(bought), len(bought)) * times - cost
    return Counted(whole(value), whole(value * buyers), buyers)


def clv_historic(shop: Shop, part: Part, period: Period) -> Counted:
    bought = until(part.bought(shop), period.last)
    return won_each(won(bought), bought["customer"].nunique())


def clv_predicted(shop: Shop, part: Part, period: Period) -> Counted:
    worth = prediction.worth(until(part.bought(shop), period.last), period.last)
    return won_each(int(worth.sum()), len(worth))


def cac(shop: Shop, part: Part, period: Period) -> Counted:
    """Spend is known by source only."""
    has_own = part.members is None and part.store is None and part.cohort is None
    spent, new = spent_and_won_over(shop, part, period)
    if not (has_own and spent):
        return Counted(None, 0, new)
    return won_each(spent, new)


def spent_and_won_over(shop: Shop, part: Part, period: Period) -> tuple[int, int]:
    """The spend of the period, months by their days, and how many customers bought for the first time in it."""
    spent = Fraction(0)
    for (month, source), amount in shop.spend.items():
        if part.source in (None, source):
            days = pd.date_range(month, periods=pd.Timestamp(month).days_in_month)
            inside = sum(period.first <= day.date() <= period.last for day in days)
            spent += Fraction(amount * inside, len(days))
    made = between(part.bought(shop), period)
    firsts = made[made["placed_at"] == made["customer"].map(shop.first_moment)]
    return whole(spent), firsts["customer"].nunique()


def aov(shop: Shop, part: Part, period: Period) -> Counted:
    bought = between(part.bought(shop), period)
    return won_each(won(bought), len(bought))


def crr(shop: Shop, part: Part, period: Period) -> Counted:
    a_year = Period(period.first - timedelta(days=365), period.first - timedelta(days=1))
    bought = part.bought(shop)
    at_start = set(between(bought, a_year)["customer"])
    return share(len(at_start & set(between(bought, period)["customer"])), len(at_start))


def rpr(shop: Shop, part: Part, period: Period) -> Counted:
    purchases = between(part.bought(shop), period).groupby("customer").size()
    return share(int((purchases >= 2).sum()), len(purchases))


def interval(shop: Shop, part: Part, period: Period) -> Counted:
    days = Shop(part.bought(shop), {}, shop.last_day).purchase_days
    ended = between(days.dropna(subset="pause"), period)
    median = int(quantile(ended["pause"], [0.5])[0]) if len(ended) else None
    return Counted(median, len(ended), ended["customer"].nunique())


def returning(shop: Shop, part: Part, period: Period) -> Counted:
    bought = between(part.bought(shop), period)
    first_day = bought["customer"].map(shop.first_moment).dt.normalize()
    return share(won(bought[bought["placed_at"].dt.normalize() > first_day]), won(bought))


def pcr(shop: Shop, part: Part, period: Period) -> Counted:
    """Visitors are those of the whole shop; of a part of the customers, those of them who are known."""
    seen = between(shop.visits, period, "day")
    known = set(seen["customer"].dropna())
    strangers = set(seen.loc[seen["customer"].isna(), "visitor"])
    if part.narrows_people:
        known, strangers = known & part.people(shop), set()
    bought = set(between(part.made(shop), period)["customer"])
    return share(len(known & bought), len(known) + len(strangers))


def churn(shop: Shop, part: Part, period: Period) -> Counted:
    before = staying_away.risks(shop, part, period.first - timedelta(days=1))
    now = staying_away.risks(shop, part, period.last)
    active = [customer for customer, risk in before.items() if risk < 90]
    return share(sum(now[customer] >= 90 for customer in active), len(active))


def dormant(shop: Shop, part: Part, period: Period) -> Counted:
    now = staying_away.risks(shop, part, period.last)
    return share(sum(90 <= risk < 98 for risk in now.values()), len(now))


def lost(shop: Shop, part: Part, period: Period) -> Counted:
    now = staying_away.risks(shop, part, period.last)
    return share(sum(risk >= 98 for risk in now.values()), len(now))


ALL: dict[str, Callable[[Shop, Part, Period], Counted]] = {
    each.__name__: each
    for each in (clv, clv_historic, clv_predicted, cac, aov, crr, rpr, interval, returning, pcr, churn, dormant, lost)
}
