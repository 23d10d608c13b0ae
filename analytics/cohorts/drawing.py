"""What the page of cohorts draws: tiles, the grid, curves, bars."""

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from analytics.cohorts import survival
from analytics.cohorts.behind import Behind
from analytics.cohorts.reading import FEW, Cohort, Group, Step
from analytics.cohorts.survival import Back
from analytics.models import CohortDimension
from crm_project.charts import Chart, Series
from crm_project.templatetags.formats import number, number_text, percent, percent_text, won_text
from customers.segments.ready import address_of

MILESTONES = (30, 90, 180)
SHOWN_COHORTS = 24
SHOWN_AGES = 12
SHOWN_STEPS = 8
# Bars of one-time buyers by days since their first order; the last bar is everybody longer ago.
WAITING_BINS = (0, 8, 15, 31, 61, 91, 181)
VALUES: dict[str, Callable[[Cohort, int], float]] = {
    "share": Cohort.share,
    "customers": lambda cohort, age: cohort.cells[age].customers,
    "revenue": Cohort.revenue_each,
    "so_far": Cohort.revenue_so_far,
}
WAYS = {"share": "percent_whole", "customers": "number", "revenue": "won_short", "so_far": "won_short"}


def tiles(group: Group, behind: Behind | None) -> list[dict[str, Any]]:
    """Return the figures above: first-time buyers, who came back by when, who has not yet."""
    everybody, once = _segment_of_everybody(behind), _segment_of_stopped(behind, 1)
    half = survival.day_of_share(group.points, 0.5)
    return [
        {"label": _("First-time buyers"), "figure": number(group.counted.customers), "unit": _("people")}
        | {"url": everybody, "hint": _("Customers whose first purchase lies in the months shown")},
        *[_back_tile(group, day) for day in MILESTONES[:2]],
        {"label": _("Half are back after"), "figure": number(half), "unit": _("days")}
        | {"url": "", "hint": _("The first day by which half of them had ordered again")},
        {"label": _("Ordered once so far"), "figure": number(group.one_time), "unit": _("people")}
        | {"url": once, "hint": _("Some of them are new and may well come back")},
    ]


def _back_tile(group: Group, day: int) -> dict[str, Any]:
    back = group.back_by(day)
    hint = _("Too few have been customers that long")
    if back is not None:
        interval = {"low": percent_text(back.low), "high": percent_text(back.high)}
        hint = _("95 %% interval %(low)s to %(high)s") % interval
    label = _("Back within %(days)s days") % {"days": day}
    return {"label": label, "figure": percent(back.share if back else None), "unit": "", "url": "", "hint": hint}


def grid(cohorts: Sequence[Cohort], measure: str, behind: Behind | None) -> dict[str, Any]:
    """Return the rows and columns of the heat map, the newest cohort at the bottom."""
    shown = list(cohorts)[-SHOWN_COHORTS:]
    # In the first month everybody bought: shares begin with the next.
    first = 1 if measure == "share" else 0
    last = min(SHOWN_AGES, max((len(each.cells) - 1 for each in shown), default=0))
    ages = range(first, last + 1)
    return {
        "columns": [f"+{age}" for age in ages],
        "rows": [_grid_row(each, ages, measure, behind) for each in shown],
        "way": WAYS[measure],
    }


def _grid_row(cohort: Cohort, ages: range, measure: str, behind: Behind | None) -> dict[str, Any]:
    known = [age for age in ages if age < len(cohort.cells)]
    unknown = len(ages) - len(known)
    value = VALUES[measure]
    return {
        "label": f"{cohort.month:%Y-%m}",
        "size": _size_words(cohort.size),
        "values": [value(cohort, age) for age in known] + [None] * unknown,
        "tips": [_tip(cohort, age) for age in known] + [""] * unknown,
        "urls": [_cell_url(cohort, age, behind) for age in known] + [""] * unknown,
    }


def _size_words(size: int) -> str:
    return number_text(size) if size >= FEW else _("%(count)s (few)") % {"count": number_text(size)}


def _tip(cohort: Cohort, age: int) -> str:
    cell = cohort.cells[age]
    return _("%(customers)s of %(size)s customers, %(orders)s orders, %(won)s") % {
        "customers": number_text(cell.customers),
        "size": number_text(cohort.size),
        "orders": number_text(cell.orders),
        "won": won_text(cell.revenue),
    }


def _cell_url(cohort: Cohort, age: int, behind: Behind | None) -> str:
    rule = behind.cell(cohort.month, age) if behind and cohort.cells[age].customers else None
    return address_of(rule, _name(cohort, age)) if rule else ""


def _name(cohort: Cohort, age: int) -> str:
    words = {"month": f"{cohort.month:%Y-%m}", "age": age}
    return _("First bought %(month)s, bought again %(age)s months later") % words


def curve(everyone: Group, one: Group | None) -> Chart:
    """Return the share that ordered again by days since the first order, of everybody and of a chosen group."""
    watched = max(len(each.points) for each in (everyone, one) if each)
    # The axis writes twelve days at most: whole steps of five make them round.
    days = min(-(-watched // 60) * 60, 360)
    shown = [("accent", one, one.label or _("not known"))] if one else []
    shown.append(("second" if one else "accent", everyone, _("All customers")))
    return Chart(
        title="",
        labels=[number_text(day) for day in range(days)],
        series=[Series(name, _shares(group, days), tone) for tone, group, name in shown],
        x=_("Days since the first order"),
        y=_("Ordered again"),
        way="percent",
        axis_way="percent_whole",
        height=240,
    )


def _shares(group: Group, days: int) -> list[float | None]:
    return [point.share for point in group.points[:days]] + [None] * (days - len(group.points))


def waiting(group: Group) -> list[dict[str, Any]]:
    """Return the one-time buyers by how many days ago their first order was."""
    not_yet, ends = group.counted.not_yet, [*WAITING_BINS[1:], len(group.counted.not_yet)]
    counts = [sum(not_yet[start:end]) for start, end in zip(WAITING_BINS, ends, strict=True)]
    labels = [f"{start}–{end - 1}" for start, end in zip(WAITING_BINS, ends, strict=True)]
    bars = zip([*labels, f"{len(not_yet)}+"], [*counts, group.one_time - sum(counts)], strict=True)
    return [{"label": _("%(days)s days") % {"days": label}, "value": count} for label, count in bars]


def steps(found: Sequence[Step], behind: Behind | None) -> list[dict[str, Any]]:
    """Return the rows of the table of steps, each with the segment of those who stopped there."""
    return [
        {"step": each, "width": round(each.share * 100), "url": _segment_of_stopped(behind, each.number)}
        for each in found[:SHOWN_STEPS]
    ]


def compared(groups: Sequence[Group], dimension: str) -> list[dict[str, Any]]:
    """Return the rows of the chart that compares groups: who is back within 90 days, with intervals."""
    rows = [_compared_row(each, back) for each in groups if not each.is_small and (back := each.back_by(MILESTONES[1]))]
    return rows if dimension == CohortDimension.MONTH else sorted(rows, key=lambda row: -row["value"])


def _compared_row(group: Group, back: Back) -> dict[str, Any]:
    people = _("%(count)s people") % {"count": number_text(group.counted.customers)}
    label = group.label or _("not known")
    return {"label": label, "value": back.share, "low": back.low, "high": back.high, "note": people}


def _segment_of_everybody(behind: Behind | None) -> str:
    rule = behind.everybody() if behind else None
    return address_of(rule, _("First-time buyers")) if rule else ""


def _segment_of_stopped(behind: Behind | None, orders: int) -> str:
    rule = behind.stopped_at(orders) if behind else None
    return address_of(rule, _("Ordered %(count)s times and not again") % {"count": orders}) if rule else ""
