"""Holds what the product says against pandas: every KPI of every part of the shop, every cell, every count."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from analytics import kpis
from analytics.cohorts import survival
from analytics.models import CohortCell, CohortGroup
from analytics.periods import Period
from customers.models import CustomerStats, RfmScoring, Segment, Store
from customers.rfm_grid import Grid, read_grid
from customers.segments.refresh import refresh_segment
from tests.analytics.in_pandas import cohorts, rfm
from tests.analytics.in_pandas import kpis as expected_kpis
from tests.analytics.in_pandas.shop import Part, Shop

RFM_GRIDS = ("frequency", "monetary")
ALMOST = 1e-9  # what adding fractions in another order may change


@dataclass(frozen=True)
class Compared:
    """How many values of a kind were compared, and those that differ: what, ours, that of pandas."""

    what: str
    values: int
    differences: Sequence[tuple[object, object, object]]


def compare(what: str, ours: Mapping[Any, tuple], expected: Mapping[Any, tuple]) -> Compared:
    """Compare two tables key by key; what only one of them has differs."""
    keys = ours.keys() | expected.keys()
    values = sum(len(ours.get(key) or expected[key]) for key in keys)
    different = [key for key in keys if not _same(ours.get(key), expected.get(key))]
    return Compared(what, values, [(key, ours.get(key), expected.get(key)) for key in different])


def _same(one: tuple | None, other: tuple | None) -> bool:
    if one is None or other is None or len(one) != len(other):
        return False
    return all(mine == theirs or _almost(mine, theirs) for mine, theirs in zip(one, other, strict=True))


def _almost(one: object, other: object) -> bool:
    return isinstance(one, float) and isinstance(other, float) and abs(one - other) < ALMOST


def compare_kpis(shop: Shop, parts: Iterable[Part], periods: Sequence[Period], names: Iterable[str]) -> list[Compared]:
    """Compare KPIs as the command and the API give them; one result a KPI."""
    asked = {(part.name, str(period)): (part, period) for part in parts for period in periods}
    return [
        compare(
            f"KPI {name}",
            {key: our_kpi(name, *about) for key, about in asked.items()},
            {key: astuple(expected_kpis.ALL[name](shop, *about)) for key, about in asked.items()},
        )
        for name in names
    ]


def our_kpi(name: str, part: Part, period: Period) -> tuple:
    """Value, numerator, denominator as the command and the API give them."""
    said = kpis.as_json(kpis.find(name), period, kpis.asked_for(part.asked))
    return said["value"], said["numerator"], said["denominator"]


def compare_rfm(shop: Shop, scoring: RfmScoring, at: datetime) -> list[Compared]:
    """Compare cut points, everybody's scores, both grids, the groups and who moved, as of a moment."""
    today, month = at.date(), at.date().replace(day=1)
    now, then, cuts = rfm.scored(shop, today), rfm.scored(shop.before(month), month), rfm.cut_points(shop, today)
    grid = read_grid(scoring)
    our_cuts = (*scoring.recency_days, *scoring.order_counts, *scoring.paid_totals)
    return [
        compare("RFM cut points", {"": our_cuts}, {"": (*cuts["days"], *cuts["count"], *cuts["won"])}),
        compare("RFM scores and groups", our_scores(), rfm.by_customer(now)),
        *(compare(f"RFM cells, {by}", our_cells(grid, by), rfm.totals(now, then, ["r", by[0]])) for by in RFM_GRIDS),
        compare("RFM groups", our_groups(grid), rfm.totals(now, then, ["group"])),
        compare("RFM moves", our_moves(grid), rfm.flows(now, then["group"].to_dict())),
    ]


def our_scores() -> dict[str, tuple]:
    """Number of the customer → three scores and the name of the group."""
    scores = ("recency_score", "frequency_score", "monetary_score", "rfm_group")
    buyers = CustomerStats.objects.filter(order_count__gt=0)
    return {number: tuple(row) for number, *row in buyers.values_list("customer__external_id", *scores)}


def our_cells(grid: Grid, by: str) -> rfm.Totals:
    return {key: (cell.customers, cell.revenue, cell.before) for key, cell in grid.cells(by).items()}


def our_groups(grid: Grid) -> rfm.Totals:
    counted = {(group.value,): (each.customers, each.revenue, each.before) for group, each in grid.groups().items()}
    return {group: total for group, total in counted.items() if any(total)}


def our_moves(grid: Grid) -> rfm.Totals:
    return {(flow.origin.value, flow.target.value): (flow.customers, flow.revenue) for flow in grid.flows()}


def compare_cohorts(shop: Shop) -> Iterator[Compared]:
    """Compare cells, totals with steps, and curves of every group of every kind, counted up to the shop's last day."""
    counted = cohorts.kept(shop)
    times = cohorts.waiting_times(counted)
    for dimension, grouping in cohorts.GROUPINGS.items():
        group_of, name = grouping(counted), our_names(dimension)
        groups = {name(group.value): group for group in CohortGroup.objects.filter(dimension=dimension)}
        if dimension != "month":  # whose cells are those of all
            cells = cohorts.cells(counted, group_of)
            yield compare(f"Cohort cells by {dimension}", our_cohort_cells(dimension), cells)
        totals = {key: (each.customers, each.orders, each.revenue, *each.reached) for key, each in groups.items()}
        yield compare(f"Cohort totals and steps by {dimension}", totals, cohorts.groups(counted, group_of))
        curves = {key: our_curve(each) for key, each in groups.items()}
        whose = group_of.reindex(times.index)
        expected = {key: cohorts.kaplan_meier(times[whose == key])[: len(curve)] for key, curve in curves.items()}
        yield compare(f"Repurchase curves by {dimension}", curves, {key: tuple(each) for key, each in expected.items()})


def our_curve(group: CohortGroup) -> tuple[float, ...]:
    """The share that is back by each day, as far as it is shown."""
    return tuple(point.share for point in survival.curve(group.customers, group.bought_again, group.not_yet))


def our_names(dimension: str) -> Any:
    """What pandas calls the groups: stores by the shop's own number, all others by their value."""
    if dimension != "store":
        return lambda value: value
    numbers = {str(key): number for key, number in Store.objects.values_list("pk", "external_id")}
    return lambda value: numbers.get(value, value)


def our_cohort_cells(dimension: str) -> cohorts.Cells:
    """The cells that the product has kept."""
    name = our_names(dimension)
    return {
        (name(row.value), f"{row.cohort:%Y-%m}", row.age): (row.customers, row.orders, row.revenue)
        for row in CohortCell.objects.filter(dimension=dimension)
    }


def periods_of(shop: Shop) -> list[Period]:
    """The periods that numbers are compared for: short and long, at the end and in the middle, and everything."""
    last, first = shop.last_day, shop.orders["placed_at"].min().date()
    middle = first + (last - first) / 2
    return [
        Period(last - timedelta(days=29), last),
        Period(last - timedelta(days=364), last),
        Period(middle, middle + timedelta(days=30)),
        Period(first, last),
    ]


def parts_of(shop: Shop) -> list[Part]:
    """A segment, and the largest store, source and month of first purchase, and some together. Makes the segment."""
    counts = shop.orders["customer"].value_counts()
    often = max(int(counts.median()), 2)
    rule = {"all": [{"is": "order_count", "op": "at_least", "value": often}]}
    refresh_segment(Segment.objects.create(name="often", rule=rule).pk)
    month = shop.first_moment.dt.strftime("%Y-%m").value_counts().index[0]
    named = {
        "segment": ({"segment": "often"}, {"members": frozenset(counts.index[counts >= often])}),
        "cohort": ({"cohort": month}, {"cohort": month}),
        "store": _largest("store", shop.orders["store"]),
        "source": _largest("source", shop.first_moment.index.map(shop.source_of)),
    }
    together = ["segment", "cohort", "store", "source", "segment store", "cohort source", "segment cohort store source"]
    return [_part(words.split(), named) for words in together if all(named[word] for word in words.split())]


def _largest(name: str, values: Iterable[str]) -> tuple[dict, dict] | None:
    known = pd.Series([value for value in values if value], dtype=object).value_counts()
    return ({name: known.index[0]}, {name: known.index[0]}) if len(known) else None


def _part(words: Sequence[str], named: Mapping[str, tuple[dict, dict] | None]) -> Part:
    chosen = [named[word] or ({}, {}) for word in words]
    asked = {key: value for ours, _theirs in chosen for key, value in ours.items()}
    told = {key: value for _ours, theirs in chosen for key, value in theirs.items()}
    return Part(name=" + ".join(words), asked=asked, **told)
