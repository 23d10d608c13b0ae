"""The page of one customer: who, worth what, what happened, what may be sent."""

from datetime import UTC, datetime

from django.contrib import admin
from django.db.models import Count, Sum
from django.db.models.functions import TruncMonth
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from crm_project.charts import Chart, Series
from crm_project.templatetags.formats import ago_text, day_text, number_text, won_text
from customers import access_log
from customers.customer_lists import RFM_TONES, agreed_channels, consent_marks
from customers.masking import CustomerView
from customers.models import AccessLogEntry, Customer, CustomerStats, Order, RfmScoring
from customers.models.stats import RfmGroup
from customers.panels import drawn_panels
from customers.timeline import SOURCES, timeline_page

MONTHS_OF_CHART = 24
HAPPENINGS_IN_DRAWER = 5


def page(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Show everything about a customer; only the older part of the timeline when a script asks for it."""
    kinds = [kind for kind in request.GET.getlist("kind") if kind in SOURCES]
    timeline = timeline_page(customer.pk, kinds=kinds, before=_moment(request.GET.get("before", "")))
    context = {
        "customer": customer,
        "timeline": timeline,
        "sources": [(source, source.kind in kinds) for source in SOURCES],
        "kinds": kinds,
        "is_first_page": "before" not in request.GET,
    }
    # The one thing that a GET writes besides tracking: the law wants to know who looked at whose data (P-14).
    access_log.record(request, AccessLogEntry.Action.VIEW, customer=customer)
    return render(request, "customers/customer.html", context | _frame(request, customer) | _figures(customer) | {
        "main_panels": drawn_panels(customer, request, is_aside=False),
        "aside_panels": drawn_panels(customer, request, is_aside=True),
    })  # fmt: skip


def drawer(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Show the strip and the last happenings, without the frame."""
    access_log.record(request, AccessLogEntry.Action.VIEW, customer=customer)
    happenings = timeline_page(customer.pk, size=HAPPENINGS_IN_DRAWER).items[:HAPPENINGS_IN_DRAWER]
    context = {"customer": customer, "happenings": happenings, **_frame(request, customer), **_figures(customer)}
    return render(request, "customers/customer_drawer.html", context)


def _frame(request: HttpRequest, customer: Customer) -> dict[str, object]:
    unmasked = access_log.is_unmasked(request, customer)
    shown = CustomerView(customer, unmasked=unmasked)
    agreed = agreed_channels([customer.pk]).get(customer.pk, set())
    return admin.site.each_context(request) | {
        "title": shown.title,
        "shown": shown,
        "may_unmask": request.user.has_perm(access_log.MAY_UNMASK) and not unmasked,
        "consents": consent_marks(agreed),
        "contact": _contact(customer, shown),
    }


def _contact(customer: Customer, shown: CustomerView) -> list[tuple[object, object]]:
    pairs = [
        (_("Customer number"), customer.external_id),
        (_("E-mail"), shown.email),
        (_("Phone"), shown.phone),
        (_("Birthday"), shown.birthday),
        (_("Gender"), customer.get_gender_display()),
        (_("Home store"), customer.home_store.name if customer.home_store else ""),
        (_("Joined"), day_text(customer.joined_at)),
        (_("Acquisition source"), customer.acquisition_source),
    ]
    return [(label, value) for label, value in pairs if value]


def _figures(customer: Customer) -> dict[str, object]:
    """Return the strip, the RFM badge and the chart of value over time."""
    stats = getattr(customer, "stats", None) or CustomerStats(customer=customer)
    group = RfmGroup(stats.rfm_group) if stats.rfm_group else None
    return {
        "stats": stats,
        "rfm": {"label": group.label, "tone": RFM_TONES[group]} if group else None,
        "strip": _strip(stats),
        "value_chart": _value_chart(customer) if stats.order_count else None,
    }


def _strip(stats: CustomerStats) -> list[tuple[object, object, object]]:
    """Return the figures across the page, each with a grey word beneath."""
    average = stats.paid_total // stats.order_count if stats.order_count else None
    return [
        (_("Orders"), number_text(stats.order_count), _("%s online") % number_text(stats.online_order_count)),
        (_("Total spend"), won_text(stats.paid_total), _("paid less refunds and shipping")),
        (_("Average order"), won_text(average) if average is not None else "–", ""),
        (_("Last order"), ago_text(stats.last_order_at) if stats.last_order_at else "–", day_text(stats.last_order_at)),
        (_("First order"), day_text(stats.first_order_at) if stats.first_order_at else "–", ""),
        (_("Last visit"), ago_text(stats.last_visit_at) if stats.last_visit_at else "–", ""),
        (_("R · F · M"), _scores(stats), _cut_points(stats)),
    ]


def _scores(stats: CustomerStats) -> str:
    scores = (stats.recency_score, stats.frequency_score, stats.monetary_score)
    return " · ".join(str(score or "–") for score in scores)


def _cut_points(stats: CustomerStats) -> str:
    """Say what the best score takes, from the last scoring."""
    if not stats.recency_score:
        return _("not scored yet")
    scoring = RfmScoring.objects.order_by("-computed_at").first()
    if scoring is None:
        return ""
    return _("5 = within %(days)s days, over %(orders)s orders, over %(won)s") % {
        "days": scoring.recency_days[0],
        "orders": scoring.order_counts[-1],
        "won": won_text(scoring.paid_totals[-1]),
    }


def _value_chart(customer: Customer) -> Chart:
    """Return revenue by month (KST) over the last two years, months without an order included."""
    months = _months(timezone.localdate().replace(day=1))
    since = datetime.combine(months[0], datetime.min.time(), tzinfo=timezone.get_current_timezone())
    rows = (
        Order.objects.purchases()
        .filter(customer=customer, placed_at__gte=since)
        .values(month=TruncMonth("placed_at"))
        .annotate(revenue=Sum("revenue"), orders=Count("pk"))
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


def _months(last: datetime) -> list:
    """Return the first days of the months up to `last`, oldest first."""
    numbers = range(last.year * 12 + last.month - MONTHS_OF_CHART, last.year * 12 + last.month)
    return [last.replace(year=number // 12, month=number % 12 + 1) for number in numbers]


def _moment(typed: str) -> datetime | None:
    """Return the moment an "older" link names; None for nonsense, which shows the newest."""
    try:
        moment = parse_datetime(typed)
        return moment.astimezone(UTC) if moment and timezone.is_aware(moment) else None
    except (ValueError, OverflowError):
        return None
