"""One KPI on a page: how its value came about, its months, and the way to the customers behind it."""

from collections.abc import Sequence
from decimal import Decimal

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from analytics import periods
from analytics.kpis import asking, snapshots, targets
from analytics.kpis.asking import Asked
from analytics.kpis.board_page import link_to_people, read_both
from analytics.kpis.definitions import KPIS
from analytics.kpis.kpi import Kpi
from analytics.kpis.slices import Slice
from analytics.kpis.wording import in_unit, input_text
from analytics.models import KpiTarget
from crm_project.charts import Chart, Series

WAYS = {"won": ("won", "won_short"), "share": ("percent", "percent_whole"), "days": ("number", "number")}


@permission_required("analytics.view_attributedorder", raise_exception=True)
def kpi_page(request: HttpRequest, name: str) -> HttpResponse:
    """Show a KPI for the period and the slice that the address asks for."""
    kpi = KPIS.get(name)
    if kpi is None:
        raise Http404
    asked = asking.read_address(request.GET)
    (before, reading), taken_at = read_both(kpi, asked)
    target = KpiTarget.objects.filter(kpi=name).first()
    context = admin.site.each_context(request) | {
        "title": kpi.label,
        "kpi": kpi,
        "asked": asked,
        "reading": reading,
        "value": in_unit(reading.value, kpi.unit),
        "value_before": in_unit(before.value, kpi.unit),
        "before": asked.period.before(),
        "inputs": [(each.label, input_text(each)) for each in reading.inputs],
        "sides": sides(kpi, asked),
        "aim": targets.aim(kpi, target, reading.value),
        "target_url": target_address(kpi, target),
        "chart": chart_of(kpi, asked.within, target),
        "taken_at": taken_at,
        "choices": asking.choices(),
        "board_url": f"{reverse('kpis')}?{asked.query}",
    }
    return render(request, "analytics/kpi_page.html", context)


def sides(kpi: Kpi, asked: Asked) -> list[tuple[str, object, str]]:
    """Return the lists of customers: above or below the line, whose they are, where."""
    both = [("numerator", _("Above the line"), kpi.numerator), ("denominator", _("Below the line"), kpi.denominator)]
    return [(words, group.label, link_to_people(kpi, side, asked)) for side, words, group in both if group]


def target_address(kpi: Kpi, target: KpiTarget | None) -> str:
    """Return where the target is entered or changed."""
    if target:
        return reverse("admin:analytics_kpitarget_change", args=[target.pk])
    return f"{reverse('admin:analytics_kpitarget_add')}?kpi={kpi.name}"


def chart_of(kpi: Kpi, within: Slice, target: KpiTarget | None) -> Chart | None:
    """Return the KPI over twelve months, kept ones for the whole shop; None where no month has a value."""
    values = months_of(kpi, within)
    if all(value is None for value in values):
        return None
    way, axis_way = WAYS[kpi.unit]
    series = [Series(str(kpi.label), values)]
    if target:
        series.append(Series(_("Target"), [float(target.value) for _value in values], "second"))
    return Chart(
        title="",
        labels=[f"{month:%Y-%m}" for month in snapshots.first_days(periods.today())],
        series=series,
        x=_("Month"),
        way=way,
        axis_way=axis_way,
        height=240,
    )


def months_of(kpi: Kpi, within: Slice) -> Sequence[float | None]:
    """Return the values of the last twelve months; of a slice they are counted now, in one statement."""
    months = periods.last_months(snapshots.MONTHS_KEPT, periods.today())
    if within.is_everybody:
        return [_number(value) for value in snapshots.trend(kpi, months)]
    return [_number(reading.value) for reading in kpi.measure(months, within)]


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
