"""KPIs of the months behind us, kept for trends. Taking them twice changes nothing; late facts are caught up."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.utils import timezone

from analytics import periods
from analytics.kpis.definitions import KPIS
from analytics.kpis.kpi import Kpi
from analytics.models import KpiSnapshot
from analytics.periods import Period
from crm_project import queue

Months = dict[str, list[KpiSnapshot | None]]

MONTHS_KEPT = 12
# Orders of these months may still arrive late or be refunded, so they are taken again.
MONTHS_UNSETTLED = 2


def take(until: date) -> int:
    """Take what is missing of the last twelve months and the last two again; return how many KPI months that were."""
    months = periods.last_months(MONTHS_KEPT, until)
    return sum(_take_kpi(each, _due(each, months)) for each in KPIS)


def are_missing(until: date) -> bool:
    """Tell whether the month that ended last was never taken: a new installation, or a night without the job."""
    last = periods.month_before(until)
    return KpiSnapshot.objects.filter(month=last.first).count() < len(KPIS)


def trend(kpi: Kpi, months: Sequence[Period]) -> list[Decimal | None]:
    """Return the kept values of these months; None where there is none."""
    kept = dict(KpiSnapshot.objects.filter(kpi=kpi.name).values_list("month", "value"))
    return [kept.get(month.first) for month in months]


def first_days(until: date) -> list[date]:
    """Return the first days of the months that are kept, oldest first."""
    return [month.first for month in periods.last_months(MONTHS_KEPT, until)]


def months(until: date) -> Months:
    """Return what is kept of the last twelve months by KPI, a place a month, in one query; None where it is not."""
    days = first_days(until)
    found: dict[str, dict[date, KpiSnapshot]] = defaultdict(dict)
    for kept in KpiSnapshot.objects.filter(month__in=days):
        found[kept.kpi][kept.month] = kept
    return {name: [found[name].get(day) for day in days] for name in KPIS.names()}


def _due(kpi: Kpi, months: Sequence[Period]) -> list[Period]:
    kept = set(KpiSnapshot.objects.filter(kpi=kpi.name).values_list("month", flat=True))
    return [month for month in months if month.first not in kept or month in months[-MONTHS_UNSETTLED:]]


def _take_kpi(kpi: Kpi, months: Sequence[Period]) -> int:
    now = timezone.now()
    rows = [
        KpiSnapshot(
            kpi=kpi.name,
            month=month.first,
            value=reading.value,
            numerator=reading.numerator,
            denominator=reading.denominator,
            taken_at=now,
        )
        for month, reading in zip(months, kpi.measure(months), strict=True)
    ]
    KpiSnapshot.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["kpi", "month"],
        update_fields=["value", "numerator", "denominator", "taken_at"],
    )
    queue.progress()
    return len(rows)
