"""The figures of one customer: the strip across the page, the RFM badge, revenue by month."""

from datetime import date, datetime

from django.db.models import Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_project.charts import Chart, Series
from crm_project.templatetags.formats import ago_text, day_text, number_text, won_text
from customers.customer_lists import RFM_TONES, due_words
from customers.models import Customer, CustomerStats, Order
from customers.models.stats import RfmGroup

MONTHS_OF_CHART = 24
Figure = tuple[object, object, object]


def figures(customer: Customer) -> dict[str, object]:
    """Return the strip, the RFM badge and the chart of value over time."""
    stats = getattr(customer, "stats", None) or CustomerStats(customer=customer)
    group = RfmGroup(stats.rfm_group) if stats.rfm_group else None
    return {
        "stats": stats,
        "rfm": {"label": group.label, "tone": RFM_TONES[group]} if group else None,
        "strip": _strip(stats),
        "value_chart": _value_chart(customer) if stats.order_count else None,
    }


def _strip(stats: CustomerStats) -> list[Figure]:
    """Return the figures across the page, each with a grey word beneath."""
    average = stats.paid_total // stats.order_count if stats.order_count else None
    return [
        (_("Orders"), number_text(stats.order_count), _("%s online") % number_text(stats.online_order_count)),
        (_("Total spend"), won_text(stats.paid_total), _("paid less refunds and shipping")),
        (_("Average order"), won_text(average) if average is not None else "–", ""),
        (_("Last order"), ago_text(stats.last_order_at) if stats.last_order_at else "–", day_text(stats.last_order_at)),
        _cycle(stats),
        _yearly(stats),
        (_("Last visit"), ago_text(stats.last_visit_at) if stats.last_visit_at else "–", ""),
        (_("R · F · M"), _scores(stats), "" if stats.recency_score else _("not scored yet")),
    ]


def _cycle(stats: CustomerStats) -> Figure:
    """Say how often the customer buys and when the next purchase is expected."""
    due = _("next: %(when)s") % {"when": due_words(stats.due_at)} if stats.due_at else ""
    days = _("every %(days)d days") % {"days": stats.cycle_days} if stats.cycle_days else "–"
    return (_("Purchase cycle"), days, due)


def _yearly(stats: CustomerStats) -> Figure:
    """Return what the customer is worth a year: what they paid, over the years since the first order, at least one."""
    if not stats.first_order_at:
        return (_("Value a year"), "–", "")
    days = max(365, (timezone.now() - stats.first_order_at).days)
    since = _("since %(day)s") % {"day": day_text(stats.first_order_at)}
    return (_("Value a year"), won_text(stats.paid_total * 365 // days), since)


def _scores(stats: CustomerStats) -> str:
    scores = (stats.recency_score, stats.frequency_score, stats.monetary_score)
    return " · ".join(str(score or "–") for score in scores)


def _value_chart(customer: Customer) -> Chart:
    """Return revenue by month (KST) over the last two years, months without an order included."""
    months = _months(timezone.localdate().replace(day=1))
    since = datetime.combine(months[0], datetime.min.time(), tzinfo=timezone.get_current_timezone())
    rows = (
        Order.objects.purchases()
        .filter(customer=customer, placed_at__gte=since)
        .values(month=TruncMonth("placed_at"))
        .annotate(revenue=Sum("revenue"))
        .values_list("month", "revenue")
    )
    by_month = {timezone.localdate(month): revenue for month, revenue in rows}
    return Chart(
        title=_("Revenue by month"),
        labels=[f"{month:%y-%m}" for month in months],
        series=[Series(_("Revenue"), [by_month.get(month, 0) for month in months])],
        x=_("Month"),
        y=_("Revenue (won)"),
        way="won",
        axis_way="won_short",
        height=160,
    )


def _months(last: date) -> list[date]:
    """Return the first days of the months up to `last`, oldest first."""
    numbers = range(last.year * 12 + last.month - MONTHS_OF_CHART, last.year * 12 + last.month)
    return [last.replace(year=number // 12, month=number % 12 + 1) for number in numbers]
