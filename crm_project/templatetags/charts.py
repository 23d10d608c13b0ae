"""Charts as template tags: geometry from `crm_project.charts`, words from `formats`, drawing in the templates."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django import template

from crm_project.charts import (
    Chart,
    Mark,
    Scale,
    area_of,
    chart_scale,
    dots_of,
    funnel_steps,
    heat_level,
    middle,
    path_of,
    shown_labels,
    side_by_side_bars,
    spark_path,
    stacked_bars,
    ticks_of,
    waterfall_steps,
)
from crm_project.templatetags.formats import WAYS, Number, percent_text

register = template.Library()

# There is no half a customer: the axis of a small count has fewer lines rather than the same number twice.
WHOLE = ("number", "number_short", "won", "won_short")
EDGE = 5  # per cent of the width that a word in the middle of a mark needs


def axis_labels(chart: Chart) -> list[dict[str, Any]]:
    """Return the labels that fit under a wide chart; on a phone only some of the same are written."""
    count = len(chart.labels)
    wide = sorted(shown_labels(count, 12))
    narrow = {wide[position] for position in shown_labels(len(wide), 5)}
    return [{"text": chart.labels[index], "left": middle(index, count), "narrow": index in narrow} for index in wide]


def hover_slots(chart: Chart) -> list[dict[str, Any]]:
    """Return a column per label whose title is every value in words."""
    write, count = WAYS[chart.way], len(chart.labels)
    named = len(chart.series) > 1
    slots = []
    for index, label in enumerate(chart.labels):
        lines = [
            f"{series.name}: {write(series.values[index])}" if named else write(series.values[index])
            for series in chart.series
        ]
        slots.append({"left": round(index * 100 / count, 3), "width": round(100 / count, 3), "lines": [label, *lines]})
    return slots


def table_of(chart: Chart) -> dict[str, Any]:
    write = WAYS[chart.way]
    rows = [
        (label, [write(series.values[index]) for series in chart.series]) for index, label in enumerate(chart.labels)
    ]
    return {"heads": [series.name for series in chart.series], "rows": rows}


def drawn_mark(mark: Mark, count: int) -> dict[str, Any]:
    """Return where a mark's line and word stand; at an edge of the chart the word stays inside."""
    left = middle(mark.at, count)
    inside = {"word": 0, "anchor": "start"} if left < EDGE else {"word": 100, "anchor": "end"}
    word = {"word": left, "anchor": "middle"} if EDGE <= left <= 100 - EDGE else inside
    return {"left": left, "text": mark.text} | word


def plot(chart: Chart, scale: Scale) -> dict[str, Any]:
    """Return what every chart with axes draws around its shapes."""
    write = WAYS[chart.axis_way]
    ticks = [tick for tick in ticks_of(scale) if chart.axis_way not in WHOLE or tick.value == round(tick.value)]
    return {
        "chart": chart,
        "ticks": [{"top": tick.top, "text": write(tick.value), "zero": tick.value == 0} for tick in ticks],
        "labels": axis_labels(chart),
        "slots": hover_slots(chart),
        "table": table_of(chart),
        "marks": [drawn_mark(mark, len(chart.labels)) for mark in chart.marks],
        "named": len(chart.series) > 1,
    }


@register.inclusion_tag("dangol/components/bar_chart.html")
def bar_chart(chart: Chart, stacked: bool = False) -> dict[str, Any]:
    """Draw bars from a baseline of zero; several series beside each other or `stacked`."""
    scale = chart_scale(chart, stacked=stacked)
    bars = stacked_bars(chart, scale) if stacked else side_by_side_bars(chart, scale)
    return plot(chart, scale) | {"bars": bars}


def lines_of(chart: Chart, scale: Scale) -> list[dict[str, Any]]:
    lines = []
    for series in chart.series:
        dots = dots_of(series.values, scale)
        lines.append({"series": series, "path": path_of(series.values, scale), "dots": dots, "last": dots[-1:]})
    return lines


@register.inclusion_tag("dangol/components/line_chart.html")
def line_chart(chart: Chart, area: bool = False) -> dict[str, Any]:
    """Draw lines; `area` fills below the first."""
    scale = chart_scale(chart)
    ground = area_of(chart.series[0].values, scale) if area and chart.series else ""
    return plot(chart, scale) | {"lines": lines_of(chart, scale), "area": ground}


@register.inclusion_tag("dangol/components/dot_chart.html")
def dot_chart(
    rows: Sequence[dict[str, Any]], title: object = "", way: str = "number", x: object = ""
) -> dict[str, Any]:
    """Draw a value a row, with its interval if it has one. A row: label, value, and if wanted low, high, tone, note."""
    ends = [value for row in rows for value in (row["value"], row.get("low"), row.get("high")) if value is not None]
    place = placer(min([0, *ends]), max([0, *ends]))
    return {"title": title, "x": x, "zero": place(0), "rows": [dotted_row(row, place, way) for row in rows]}


def placer(low: Number, high: Number) -> Callable[[Number], float]:
    """Return the function from a value to per cent of the width, with room for a dot at both ends."""
    bottom = float(low)
    span = float(high) - bottom or 1.0
    return lambda value: round(2 + 96 * (float(value) - bottom) / span, 3)


def dotted_row(row: dict[str, Any], place: Callable[[Number], float], way: str) -> dict[str, Any]:
    low, high = row.get("low"), row.get("high")
    bounds = {"from": place(low), "to": place(high)} if low is not None and high is not None else None
    return row | {"at": place(row["value"]), "text": WAYS[way](row["value"]), "bounds": bounds}


@register.inclusion_tag("dangol/components/bar_rows.html")
def bar_rows(rows: Iterable[dict[str, Any]], title: object = "", way: str = "number") -> dict[str, Any]:
    """Draw a bar a row with its value beside it. A row: label, value, and if wanted url, tone, note."""
    rows = list(rows)
    widest = max([row["value"] for row in rows] + [0]) or 1
    drawn = [
        row | {"width": round(float(row["value"]) * 100 / float(widest), 3), "text": WAYS[way](row["value"])}
        for row in rows
    ]
    return {"title": title, "rows": drawn}


@register.inclusion_tag("dangol/components/funnel.html")
def funnel(stages: Iterable[dict[str, Any]], title: object = "") -> dict[str, Any]:
    """Draw stages with counts and the rate between. A stage: label, count, and if wanted previous, url, hint, tone."""
    stages = list(stages)
    counts, previous = [stage["count"] for stage in stages], [stage.get("previous") or 0 for stage in stages]
    # Each campaign is measured against its own first stage, or a bigger one before would shrink this one.
    steps = zip(stages, funnel_steps(counts), funnel_steps(previous), strict=True)
    drawn = [
        stage
        | {
            "step": step,
            "previous_width": old.width,
            "rate": percent_text(step.rate),
            "before": percent_text(old.rate) if old.rate else "",
        }
        for stage, step, old in steps
    ]
    return {"title": title, "stages": drawn, "compared": any(stage.get("previous") for stage in stages)}


@register.inclusion_tag("dangol/components/waterfall.html")
def waterfall(
    start: dict[str, Any], removed: Iterable[dict[str, Any]], end: dict[str, Any], title: object = ""
) -> dict[str, Any]:
    """Draw how many of the start each reason removes. Each: label, count, and if wanted url, drawer, hint."""
    removed = list(removed)
    first, *hanging, last = waterfall_steps(start["count"], [reason["count"] for reason in removed])
    reasons = [
        reason | {"step": step, "rate": percent_text(step.rate)} for reason, step in zip(removed, hanging, strict=True)
    ]
    ends = {"start": start | {"step": first}, "end": end | {"step": last, "rate": percent_text(last.rate)}}
    return ends | {"title": title, "removed": reasons}


@register.inclusion_tag("dangol/components/heat_map.html")
def heat_map(
    rows: Sequence[dict[str, Any]],
    columns: Sequence[object],
    title: object = "",
    way: str = "percent",
    corner: object = "",
) -> dict[str, Any]:
    """Draw a table whose cells are shaded by value.

    A row: label, values (None is not yet), and if wanted size, and urls and tips of its cells.
    """
    highest = float(max([value for row in rows for value in row["values"] if value is not None] + [0]))
    shaded = [row | {"cells": _heated(row, highest, WAYS[way])} for row in rows]
    return {"title": title, "columns": columns, "rows": shaded, "corner": corner}


def _heated(row: dict[str, Any], highest: float, write: Callable[[Number | None], str]) -> list[dict[str, Any]]:
    values, nothing = row["values"], [""] * len(row["values"])
    return [
        {"text": write(value), "level": heat_level(value, highest=highest), "missing": value is None, "url": url}
        | {"tip": tip}
        for value, url, tip in zip(values, row.get("urls", nothing), row.get("tips", nothing), strict=True)
    ]


@register.inclusion_tag("dangol/components/sparkline.html")
def sparkline(values: Sequence[float], label: object = "") -> dict[str, Any]:
    """Draw a line without axes; `label` says in words what it shows."""
    return {"path": spark_path(values), "label": label}
