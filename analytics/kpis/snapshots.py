"""KPIs of the months behind us, kept for trends. Taking them twice changes nothing; late facts are caught up."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db.models import Min
from django.utils import timezone

from analytics import periods
from analytics.kpis.definitions import KPIS
from analytics.kpis.kpi import Kpi
from analytics.models import KpiSnapshot
from analytics.periods import Period
from crm_project import queue
from customers.models import Order

Months = dict[str, list[KpiSnapshot | None]]

MONTHS_KEPT = 12
# Of those who bought in a month it asks how many bought again, so whoever bought at all counts in it.
COUNTS_BUYERS = "rpr"
# Orders of these months are expected to arrive late or be refunded, so they are taken again; all others are where
# an order of theirs changed after all, as by a file of older years.
MONTHS_UNSETTLED = 2


def take(until: date) -> int:
    """Take what is missing of the last twelve months and the last two again; return how many KPI months that were.

    All of them where older facts changed since: an order of one month counts in the churn of those that follow.
    """
    months = periods.last_months(MONTHS_KEPT, until)
    is_all = _have_changed(months)
    return sum(_take_kpi(each, months if is_all else _due(each, months)) for each in KPIS)


def are_missing(until: date) -> bool:
    """Tell whether the month that ended last was never taken, or the twelve before there were orders in them."""
    months = periods.last_months(MONTHS_KEPT, until)
    kept = KpiSnapshot.objects.filter(month__in=[month.first for month in months])
    if kept.filter(month=months[-1].first).count() < len(KPIS):
        return True
    bought = Order.objects.filter(is_purchase=True, placed_at__gte=months[0].start, placed_at__lt=months[-1].end)
    return not kept.filter(kpi=COUNTS_BUYERS, denominator__gt=0).exists() and bought.exists()


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


def _have_changed(months: Sequence[Period]) -> bool:
    """Tell whether an order before the unsettled months changed since the oldest of the kept figures was taken."""
    kept = KpiSnapshot.objects.filter(month__in=[month.first for month in months[:-MONTHS_UNSETTLED]])
    since = kept.aggregate(oldest=Min("taken_at"))["oldest"]
    if since is None:
        return False
    return Order.objects.filter(changed_at__gt=since, placed_at__lt=months[-MONTHS_UNSETTLED].start).exists()


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
