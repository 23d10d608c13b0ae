"""Geometry of the server-drawn charts: numbers in, places on the page out. No HTML, no words, no Django.

Across is in per cent of the drawing's width, so that a chart fits any screen without its letters growing or
shrinking; down is in pixels from the top of the plot.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from math import ceil, floor, log10

STEPS = (1, 2, 2.5, 5, 10)
WIDEST_BARS = 12.0  # per cent of the drawing


@dataclass(frozen=True, slots=True)
class Series:
    """One row of numbers under a name. `tone` is one of the design system's; None in `values` is a gap."""

    name: str
    values: Sequence[float | None]
    tone: str = "accent"


@dataclass(frozen=True, slots=True)
class Mark:
    """A word on the axis: "campaign sent" above the day of that index."""

    at: int
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """What a bar, line or dot chart shows. `way` names how values are written (see `formats.WAYS`)."""

    title: str
    labels: Sequence[str]
    series: Sequence[Series]
    x: str = ""
    y: str = ""
    way: str = "number"
    axis_way: str = "number_short"
    marks: Sequence[Mark] = field(default=())
    height: int = 200


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across the plot."""

    value: float
    top: float


@dataclass(frozen=True, slots=True)
class Scale:
    """From values to pixels below the top of the plot."""

    low: float
    high: float
    height: float

    def top(self, value: float) -> float:
        """Return the pixels from the top of the plot down to `value`."""
        return round(self.height * (1 - (value - self.low) / (self.high - self.low)), 2)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: `index` of its label, its series, its place."""

    index: int
    series: Series
    value: float
    left: float
    width: float
    top: float
    height: float


@dataclass(frozen=True, slots=True)
class Dot:
    """One point of a line."""

    index: int
    value: float
    left: float
    top: float


@dataclass(frozen=True, slots=True)
class Step:
    """One bar of a funnel or waterfall: its start and width in per cent of the widest."""

    start: float
    width: float
    rate: float | None


def nice_step(span: float, lines: int = 4) -> float:
    """Return a round distance (1, 2, 2.5, 5 × 10ⁿ) that cuts `span` into at most `lines` parts."""
    if span <= 0:
        return 1
    power = 10 ** floor(log10(span / lines))
    return next(step * power for step in STEPS if step * power * lines >= span * (1 - 1e-9))


def scale_of(values: Sequence[float | None], *, height: float, lines: int = 4) -> Scale:
    """Return a scale that contains zero and every value and ends on round numbers."""
    known = [value for value in values if value is not None] or [0]
    low, high = min(0, *known), max(0, *known)
    step = nice_step(high - low, lines)
    bottom, ceiling = floor(low / step) * step, ceil(high / step - 1e-9) * step
    return Scale(bottom, ceiling if ceiling > bottom else bottom + step, height)


def ticks_of(scale: Scale, lines: int = 4) -> list[Tick]:
    """Return the round values between the ends of the scale, lowest first."""
    step = nice_step(scale.high - scale.low, lines)
    count = round((scale.high - scale.low) / step)
    values = [round(scale.low + index * step, 10) for index in range(count + 1)]
    return [Tick(value, scale.top(value)) for value in values]


def middle(index: int, count: int) -> float:
    """Return the middle of slot `index` of `count` in per cent."""
    return round((index + 0.5) * 100 / count, 3)


def chart_scale(chart: Chart, *, stacked: bool = False) -> Scale:
    """Return the scale that fits all series, or their sums where they stand on each other."""
    if stacked:
        return scale_of([sum(value or 0 for value in column) for column in columns(chart)], height=chart.height)
    return scale_of([value for series in chart.series for value in series.values], height=chart.height)


def columns(chart: Chart) -> list[tuple[float | None, ...]]:
    """Return the values of all series, label by label."""
    return list(zip(*(series.values for series in chart.series), strict=True))


def bar_room(slot: float, gap: float) -> float:
    """Return how much of its slot the bars of one label take; a lone bar does not become a wall."""
    return min(slot * (1 - gap), WIDEST_BARS)


def stacked_bars(chart: Chart, scale: Scale, *, gap: float = 0.28) -> list[Bar]:
    """Place the series of each label on top of each other, the first at the bottom."""
    slot = 100 / max(len(chart.labels), 1)
    width = bar_room(slot, gap)
    bars = []
    for index, column in enumerate(columns(chart)):
        ends = list(accumulate(value or 0 for value in column))
        for series, value, end in zip(chart.series, column, ends, strict=True):
            top, bottom = scale.top(end), scale.top(end - (value or 0))
            left = round(index * slot + (slot - width) / 2, 3)
            bars.append(Bar(index, series, value or 0, left, round(width, 3), top, round(bottom - top, 2)))
    return bars


def side_by_side_bars(chart: Chart, scale: Scale, *, gap: float = 0.28) -> list[Bar]:
    """Place the series of each label beside each other."""
    slot = 100 / max(len(chart.labels), 1)
    group = bar_room(slot, gap)
    width = group / max(len(chart.series), 1)
    bars = []
    for place, series in enumerate(chart.series):
        for index, value in enumerate(series.values):
            left = round(index * slot + (slot - group) / 2 + place * width, 3)
            top, bottom = sorted((scale.top(value or 0), scale.top(0)))
            bars.append(Bar(index, series, value or 0, left, round(width, 3), top, round(bottom - top, 2)))
    return bars


def dots_of(values: Sequence[float | None], scale: Scale) -> list[Dot]:
    """Place the points of a line, leaving out gaps."""
    return [
        Dot(index, value, middle(index, len(values)), scale.top(value))
        for index, value in enumerate(values)
        if value is not None
    ]


def path_of(values: Sequence[float | None], scale: Scale) -> str:
    """Return the `d` of a line in a drawing 100 wide; a gap lifts the pen."""
    parts, pen_down = [], False
    for index, value in enumerate(values):
        if value is not None:
            parts.append(f"{'L' if pen_down else 'M'}{middle(index, len(values))} {scale.top(value)}")
        pen_down = value is not None
    return " ".join(parts)


def area_of(values: Sequence[float | None], scale: Scale) -> str:
    """Return the `d` of the area between a line without gaps and zero; empty where there are gaps."""
    if not values or any(value is None for value in values):
        return ""
    last, ground = middle(len(values) - 1, len(values)), scale.top(0)
    return f"{path_of(values, scale)} L{last} {ground} L{middle(0, len(values))} {ground} Z"


def spark_path(values: Sequence[float], *, width: float = 100, height: float = 28) -> str:
    """Return the `d` of a line that fills its box; its own lowest value is the bottom."""
    if len(values) < 2:
        return ""
    low, span = min(values), (max(values) - min(values)) or 1
    places = (
        (round(index * width / (len(values) - 1), 2), round(2 + (height - 4) * (1 - (value - low) / span), 2))
        for index, value in enumerate(values)
    )
    return "M" + " L".join(f"{left} {top}" for left, top in places)


def shown_labels(count: int, at_most: int = 10) -> set[int]:
    """Return which labels of the axis are written when all would not fit; always the first."""
    every = max(1, ceil(count / at_most))
    return set(range(0, count, every))


def funnel_steps(counts: Sequence[int]) -> list[Step]:
    """Return the widths of a funnel and the rate of each stage to the one before it."""
    widest = max([*counts, 1])
    before: list[int | None] = [None, *counts[:-1]]
    return [
        Step(0, round(count * 100 / widest, 3), count / previous if previous else None)
        for count, previous in zip(counts, before, strict=True)
    ]


def waterfall_steps(start: int, removed: Sequence[int]) -> list[Step]:
    """Return the hanging bars of what each reason removes, each with its share of the start, and the end."""
    left = list(accumulate(removed, lambda rest, count: rest - count, initial=start))
    whole = max(start, 1)
    hanging = [
        Step(round(rest * 100 / whole, 3), round(count * 100 / whole, 3), count / whole)
        for rest, count in zip(left[1:], removed, strict=True)
    ]
    return [Step(0, 100.0 if start else 0, None), *hanging, Step(0, round(left[-1] * 100 / whole, 3), left[-1] / whole)]


def heat_level(value: float | None, *, highest: float, levels: int = 8) -> int:
    """Return the shade (0 none … `levels`) of a value on a scale from zero to `highest`."""
    if not value or highest <= 0:
        return 0
    return min(levels, max(1, ceil(value / highest * levels)))
