"""Cycles in words and figures, for the pages: how sure, what it advises, who is due when."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection
from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_project.charts import Chart, Mark, Series
from crm_project.templatetags.formats import number_text, percent_text
from customers.cycles.pauses import ENOUGH_OF_ALL, ENOUGH_OF_ONES_OWN
from customers.models import CustomerStats
from customers.models.cycles import Cycle
from customers.segments.clock import start_of_day

# From which confidence on a median is called so: 0.9 means that its 95 % interval is ±10 %.
SURE, FAIRLY_SURE = 0.9, 0.7
DAYS_AHEAD = 14
# Bands of repurchase risk: the first score, what it means, its tone.
RISK_BANDS = (
    (0, gettext_lazy("just bought"), "good"),
    (25, gettext_lazy("in their rhythm"), "good"),
    (50, gettext_lazy("due"), "busy"),
    (75, gettext_lazy("late"), "wait"),
    (90, gettext_lazy("slipping away"), "bad"),
)


@dataclass(frozen=True, slots=True)
class RiskBand:
    """Customers whose repurchase risk lies between two scores, both included."""

    lowest: int
    highest: int
    label: object
    tone: str
    customers: int
    revenue: int


def sureness(cycle: Cycle) -> tuple[object, str]:
    """Return how sure the median is, in a word, and its tone."""
    if cycle.gaps < ENOUGH_OF_ALL:
        return _("too few pauses yet"), "quiet"
    if cycle.confidence >= SURE:
        return _("sure"), "good"
    return (_("fairly sure"), "busy") if cycle.confidence >= FAIRLY_SURE else (_("rough"), "wait")


def advice(cycle: Cycle) -> str:
    """Say what the cycle means for whoever plans a message."""
    words = {
        "share": percent_text(cycle.repeat_buyers / cycle.buyers, 0),
        "median": number_text(cycle.median_days),
        "upper": number_text(cycle.upper_quartile),
    }
    if cycle.gaps < ENOUGH_OF_ALL:
        return (
            _("%(share)s of the buyers came back so far. There are too few pauses yet to plan by their median.") % words
        )
    return (
        _(
            "%(share)s of the buyers came back. Half of the repeat purchases came within %(median)s days, three "
            "quarters within %(upper)s: whoever waits longer is worth a reminder."
        )
        % words
    )


def distribution(cycle: Cycle) -> Chart:
    """Return how long the pauses were, with the quartiles marked."""
    last = len(cycle.bins) - 1
    labels = [_bar_words(index * cycle.bin_days + 1, cycle.bin_days) for index in range(last)]
    marks = (
        (cycle.lower_quartile, "¼"),
        (cycle.median_days, "½"),
        (cycle.upper_quartile, "¾"),
    )
    placed: dict[int, list[str]] = {}
    for days, words in marks:
        placed.setdefault(min((days - 1) // cycle.bin_days, last), []).append(f"{words} {days}")
    return Chart(
        title=_("Days until the next purchase"),
        labels=[*labels, _("longer")],
        series=[Series(_("Repeat purchases"), cycle.bins)],
        x=_("Days"),
        y=_("Repeat purchases"),
        marks=[Mark(at, " · ".join(words)) for at, words in placed.items()],
        height=220,
    )


def _bar_words(first: int, days: int) -> str:
    return str(first) if days == 1 else f"{first}–{first + days - 1}"


def due_by_day(today: date) -> Chart:
    """Return how many customers are due on each of the next days."""
    start = start_of_day(today)
    rows = (
        CustomerStats.objects.filter(due_at__gte=start, due_at__lt=start + timedelta(days=DAYS_AHEAD))
        .annotate(day=TruncDate("due_at"))
        .values("day")
        .annotate(customers=Count("pk"))
        .values_list("day", "customers")
    )
    by_day = dict(rows)
    days = [today + timedelta(days=number) for number in range(DAYS_AHEAD)]
    return Chart(
        title=_("Customers due by day"),
        labels=[f"{day:%m-%d}" for day in days],
        series=[Series(_("Customers"), [by_day.get(day, 0) for day in days])],
        x=_("Day"),
        y=_("Customers"),
        height=180,
    )


def risk_bands() -> list[RiskBand]:
    """Return how many customers have which risk and what they have paid so far, in one query."""
    ends = [first - 1 for first, *_rest in RISK_BANDS[1:]] + [100]
    within = [Q(risk__gte=band[0], risk__lte=end) for band, end in zip(RISK_BANDS, ends, strict=True)]
    counts = {f"customers_{place}": Count("pk", filter=each) for place, each in enumerate(within)}
    sums = {f"revenue_{place}": Sum("paid_total", filter=each, default=0) for place, each in enumerate(within)}
    found = CustomerStats.objects.filter(risk__isnull=False).aggregate(**counts, **sums)
    return [
        RiskBand(lowest, end, label, tone, found[f"customers_{place}"], found[f"revenue_{place}"])
        for place, ((lowest, label, tone), end) in enumerate(zip(RISK_BANDS, ends, strict=True))
    ]


def own_cycles_summary() -> tuple[int, int, int | None]:
    """Return how many customers bought, how many have a cycle of their own, and the median of those, in days."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE order_count > 0), count(*) FILTER (WHERE cycle_gaps >= %(enough)s),"
            " percentile_disc(0.5) WITHIN GROUP (ORDER BY cycle_days) FILTER (WHERE cycle_gaps >= %(enough)s)"
            " FROM customers_customerstats",
            {"enough": ENOUGH_OF_ONES_OWN},
        )
        return cursor.fetchone()
