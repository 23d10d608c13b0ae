"""The KPI board: each KPI against the stretch before and its target, for the whole shop or a slice of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from analytics import periods
from analytics.kpis import asking, kept_readings, snapshots, targets
from analytics.kpis.asking import Asked
from analytics.kpis.definitions import KPIS
from analytics.kpis.kpi import TOPICS, Kpi, Reading
from analytics.kpis.targets import Aim
from analytics.kpis.wording import in_short
from analytics.models import KpiTarget
from crm_project.charts import Chart, Series
from crm_project.templatetags.components import change_of

# The page is looked at more often than its numbers change.
KEPT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Shown:
    """A KPI as the board shows it; `trend` are the kept months, oldest first."""

    kpi: Kpi
    reading: Reading
    before: Reading
    taken_at: datetime
    aim: Aim | None
    trend: Sequence[float]
    query: str

    @property
    def figure(self) -> SafeString | str:
        """Return the value as it stands on the tile."""
        return in_short(self.reading.value, self.kpi.unit)

    @property
    def figure_before(self) -> SafeString | str:
        """Return the value of the stretch before."""
        return in_short(self.before.value, self.kpi.unit)

    @property
    def change(self) -> float | None:
        """Return by what share it differs from the stretch before; None where that has no meaning."""
        now, then = self.reading.value, self.before.value
        return None if now is None or not then else float(round((now - then) / abs(then), 3)) + 0.0

    @property
    def change_shown(self) -> dict[str, Any] | None:
        """Return the change with its arrow and tone."""
        return change_of(self.change, less_is_better=self.kpi.less_is_better)

    @property
    def lacks_spend(self) -> bool:
        """Tell whether what is missing is the spend, which a person can enter."""
        return self.kpi.name == "cac" and not self.reading.numerator

    @property
    def url(self) -> str:
        """Return the address of the KPI's own page, of the same period and slice."""
        return f"{reverse('kpi_page', args=[self.kpi.name])}?{self.query}"


@permission_required("analytics.view_attributedorder", raise_exception=True)
def kpi_board(request: HttpRequest) -> HttpResponse:
    """Show all KPIs for the period and the slice that the address asks for."""
    asked = asking.read_address(request.GET)
    shown = show_all(asked)
    context = admin.site.each_context(request) | {
        "title": _("KPIs"),
        "asked": asked,
        "before": asked.period.before(),
        "choices": asking.choices(),
        "spend_url": reverse("admin:analytics_marketingspend_add"),
        "topics": [(topic, [each for each in shown if each.kpi.topic == topic]) for topic in TOPICS],
        "taken_at": min(each.taken_at for each in shown),
        "charts": charts(snapshots.months(periods.today())) if asked.within.is_everybody else [],
        "has_bought": any(each.reading.denominator for each in shown),
    }
    return render(request, "analytics/kpi_board.html", context)


def show_all(asked: Asked) -> list[Shown]:
    """Read every KPI for the period and the stretch before it, with its target and the months behind us."""
    aims = targets.targets()
    kept = snapshots.months(periods.today()) if asked.within.is_everybody else {}
    return [_show(each, asked, aims, _trend(kept, each)) for each in KPIS]


def read_both(kpi: Kpi, asked: Asked) -> tuple[list[Reading], datetime]:
    """Return the readings of the stretch before and of the period, and when they were taken; kept for a minute."""
    both = [asked.period.before(), asked.period]
    key = f"kpi:{kpi.name}:{asked.period.first}:{asked.period.last}:{urlencode(asked.within.query)}"
    return cache.get_or_set(key, lambda: kept_readings.read(kpi, both, asked.within), KEPT_SECONDS)


def _show(kpi: Kpi, asked: Asked, aims: Mapping[str, KpiTarget], trend: Sequence[float]) -> Shown:
    (before, reading), taken_at = read_both(kpi, asked)
    aim = targets.aim(kpi, aims.get(kpi.name), reading.value)
    return Shown(kpi, reading, before, taken_at, aim, trend, asked.query)


def _trend(months: snapshots.Months, kpi: Kpi) -> list[float]:
    return [float(kept.value) for kept in months.get(kpi.name, ()) if kept and kept.value is not None]


def charts(months: snapshots.Months) -> list[Chart]:
    """Return what twelve kept months show beside the tiles: revenue by whom, and who stays away."""
    labels = [f"{month:%Y-%m}" for month in snapshots.first_days(periods.today())]
    returning, dormant, lost = (months[name] for name in ("returning", "dormant", "lost"))
    if not any(returning):
        return []
    revenue = [
        Series(_("Returning customers"), [kept and kept.numerator for kept in returning]),
        Series(_("New customers"), [kept and kept.denominator - kept.numerator for kept in returning], "second"),
    ]
    away = [
        Series(_("Lost"), [_share(kept and kept.value) for kept in lost]),
        Series(_("Dormant"), [_share(kept and kept.value) for kept in dormant], "second"),
    ]
    return [
        Chart(
            title=_("Revenue by who bought"),
            labels=labels,
            series=revenue,
            x=_("Month"),
            way="won",
            axis_way="won_short",
            height=220,
        ),
        Chart(
            title=_("Customers who stay away"),
            labels=labels,
            series=away,
            x=_("Month"),
            way="percent",
            axis_way="percent_whole",
            height=220,
        ),
    ]


def _share(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def link_to_people(kpi: Kpi, side: str, asked: Asked) -> str:
    """Return the address of the customers behind the numerator or the denominator."""
    return f"{reverse('kpi_people', args=[kpi.name, side])}?{asked.query}"
