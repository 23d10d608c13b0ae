"""The KPI board: each KPI with its trend, and what it is made of on demand."""

from dataclasses import dataclass
from datetime import date

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from analytics import periods
from analytics.boards.tiles import change
from analytics.kpis import snapshots
from analytics.kpis.definitions import KPIS, Input, Kpi, Reading, Words
from analytics.periods import PRESETS, Period
from crm_project.charts import Chart, Series
from crm_project.templatetags.formats import number, won

# The page is looked at more often than its numbers change.
KEPT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Shown:
    """A KPI as the board shows it."""

    kpi: Kpi
    reading: Reading
    before: Reading
    trend: Chart | None

    @property
    def change(self) -> float | None:
        """Return by what share it differs from the stretch before."""
        now, then = self.reading.value, self.before.value
        return change(None if now is None else float(now), None if then is None else float(then))

    @property
    def lacks_spend(self) -> bool:
        """Tell whether what is missing is the spend, which a person can enter."""
        return self.kpi.name == "cac" and not self.reading.numerator

    @property
    def inputs(self) -> list[tuple[Words, SafeString | str]]:
        """Return what it was computed from, as label and value."""
        return [(each.label, write_input(each)) for each in self.reading.inputs]


def write_input(given: Input) -> SafeString | str:
    """Return the number with its unit."""
    if given.unit == "won":
        return won(given.value)
    return number(given.value, 1 if given.unit == "times" else 0)


@permission_required("analytics.view_attributedorder", raise_exception=True)
def kpi_board(request: HttpRequest) -> HttpResponse:
    """Show all KPIs for a period chosen from the presets."""
    today = periods.today()
    chosen = request.GET.get("period", "")
    chosen = chosen if chosen in PRESETS else "30"
    period = PRESETS[chosen][1](today)
    tabs = [{"key": key, "label": label, "url": f"?period={key}"} for key, (label, _period) in PRESETS.items()]
    context = {
        "title": _("KPIs"),
        "period": period,
        "before": period.before(),
        "chosen": chosen,
        "tabs": tabs,
        "spend_url": reverse("admin:analytics_marketingspend_add"),
        "shown": [show(each, period, today) for each in KPIS],
    }
    return render(request, "analytics/kpi_board.html", admin.site.each_context(request) | context)


def show(kpi: Kpi, period: Period, today: date) -> Shown:
    """Read a KPI for the period and the stretch before it, at most a minute ago, with the months behind us."""
    both = [period.before(), period]
    before, reading = cache.get_or_set(
        f"kpi:{kpi.name}:{period.first}:{period.last}", lambda: kpi.measure(both), KEPT_SECONDS
    )
    return Shown(kpi, reading, before, trend_of(kpi, periods.last_months(snapshots.MONTHS_KEPT, today)))


def trend_of(kpi: Kpi, months: list[Period]) -> Chart | None:
    """Return the KPI over these months; a month without a value is a gap. None where no month has one."""
    values = snapshots.trend(kpi, months)
    if all(value is None for value in values):
        return None
    way, axis_way = ("won", "won_short") if kpi.unit == "won" else ("percent", "percent_whole")
    return Chart(
        title="",
        labels=[f"{month.first:%Y-%m}" for month in months],
        series=[Series(str(kpi.label), [None if value is None else float(value) for value in values])],
        x=_("Month"),
        way=way,
        axis_way=axis_way,
        height=120,
    )
