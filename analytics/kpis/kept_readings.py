"""Readings of the periods that the board offers, kept by a job: they count people, which cannot be added up from days.

A slice, or a period that somebody typed, is read while the page waits.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy, override

from analytics import periods
from analytics.kpis.definitions import KPIS
from analytics.kpis.kpi import Input, Kpi, Reading
from analytics.kpis.slices import Slice
from analytics.periods import PRESETS, Period
from analytics.rollups import kept


def read(kpi: Kpi, asked: Sequence[Period], within: Slice) -> tuple[list[Reading], datetime]:
    """Return the readings of the periods and when the oldest of them was taken."""
    if not within.is_everybody:
        return kpi.measure(asked, within), timezone.now()
    found = kept.read(_name(kpi), [_about(period) for period in asked])
    return [_from_json(each.figures) for each in found], min(each.computed_at for each in found)


def _presets() -> Iterable[str]:
    today = periods.today()
    chosen = [make(today) for _label, make in PRESETS.values()]
    return dict.fromkeys(_about(each) for period in chosen for each in (period, period.before()))


def _ask(kpi: Kpi) -> Callable[[Sequence[str]], list[Any]]:
    return lambda abouts: [_as_json(reading) for reading in kpi.measure([_period(about) for about in abouts])]


def _name(kpi: Kpi) -> str:
    return f"kpi:{kpi.name}"


def _about(period: Period) -> str:
    return f"{period.first}:{period.last}"


def _period(about: str) -> Period:
    first, last = map(date.fromisoformat, about.split(":"))
    return Period(first, last)


def _as_json(reading: Reading) -> dict[str, Any]:
    """Return it as JSON; labels in English, which is what translations are looked up by."""
    with override("en"):
        inputs = [[str(each.label), _text(each.value), each.unit] for each in reading.inputs]
    return {
        "value": _text(reading.value),
        "numerator": reading.numerator,
        "denominator": reading.denominator,
        "inputs": inputs,
    }


def _from_json(figures: dict[str, Any]) -> Reading:
    """Return the reading; its labels are translated when they are shown, as pages of any language keep it a while."""
    return Reading(
        _decimal(figures["value"]),
        figures["numerator"],
        figures["denominator"],
        tuple(Input(gettext_lazy(label), _decimal(value), unit) for label, value, unit in figures["inputs"]),
    )


def _text(value: Decimal | int | None) -> str | None:
    return None if value is None else str(value)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


for _kpi in KPIS:
    kept.QUESTIONS.register(_name(_kpi), kept.Question(_name(_kpi), _ask(_kpi), _presets))
