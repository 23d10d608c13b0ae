"""The monthly review of the access log: who of the staff looked at how many customers, and why unmasked (P-14)."""

from dataclasses import dataclass
from datetime import date, datetime
from statistics import median

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncDay
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_project.charts import Chart, Series
from crm_project.typed_words import typed_words
from customers.models import AccessLogEntry, AccessReview
from customers.privacy.acting_admin import permit

MAY_SEE = "customers.view_accesslogentry"
MONTHS_OFFERED = 12
# Somebody who looked at so many times as many customers as the middle one of the staff.
CONSPICUOUS = 3
FEWEST_TO_COMPARE = 20
UNMASKINGS_SHOWN = 50
TO_REVIEW = """
    SELECT past.month FROM unnest(%s::date[]) AS past(month)
    WHERE NOT EXISTS (SELECT FROM customers_accessreview done WHERE done.month = past.month)
      AND EXISTS (SELECT FROM customers_accesslogentry look
                  WHERE look.happened_at >= past.month::timestamp AT TIME ZONE 'Asia/Seoul'
                    AND look.happened_at < (past.month + interval '1 month') AT TIME ZONE 'Asia/Seoul')
    ORDER BY past.month
"""
Action = AccessLogEntry.Action


@dataclass(frozen=True)
class Reader:
    """One of the staff in a month."""

    user: User
    looks: int
    people: int
    unmaskings: int
    searches: int
    exported_rows: int
    is_conspicuous: bool


def page(request: HttpRequest) -> HttpResponse:
    """Show a month of the access log, reader by reader."""
    permit(request, MAY_SEE)
    month = _month(request.GET.get("month", ""))
    entries = _entries(month)
    found = readers(entries)
    context = admin.site.each_context(request) | {
        "title": _("Review of the access log"),
        "month": month,
        "months": [(each, f"{each:%Y-%m}") for each in _months()],
        "readers": found,
        "bars": [_bar(reader) for reader in found],
        "chart": _chart(entries) if found else None,
        "unmasked_now": current_unmaskings(),
        "unmaskings": entries.filter(action=Action.UNMASK).select_related("user", "customer")[:UNMASKINGS_SHOWN],
        "review": AccessReview.objects.select_related("reviewed_by").filter(month=month).first(),
        "is_over": month < timezone.localdate().replace(day=1),
    }
    return render(request, "privacy/access_review.html", context)


def mark_reviewed(request: HttpRequest) -> HttpResponse:
    """Write down that a month was gone over."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    permit(request, MAY_SEE)
    month = _month(request.POST.get("month", ""))
    if month >= timezone.localdate().replace(day=1):
        messages.error(request, _("This month is not over yet. Review it when it is."))
    else:
        AccessReview.objects.get_or_create(
            month=month, defaults={"reviewed_by": request.user, "note": typed_words(request, "note")[:300]}
        )
        messages.success(request, _("Noted: the month was reviewed."))
    return HttpResponseRedirect(f"{reverse('admin:customers_access_review')}?month={month:%Y-%m}")


def readers(entries: QuerySet[AccessLogEntry]) -> list[Reader]:
    """Return who looked, those who looked at most people first."""
    rows = list(
        entries.order_by()
        .values("user")
        .annotate(
            looks=Count("pk", filter=Q(action=Action.VIEW)),
            people=Count("customer", distinct=True),
            unmaskings=Count("pk", filter=Q(action=Action.UNMASK)),
            searches=Count("pk", filter=Q(action=Action.SEARCH)),
            exported_rows=Sum("row_count", filter=Q(action=Action.EXPORT), default=0),
        )
        .order_by("-people", "-looks")
    )
    users = User.objects.in_bulk([row["user"] for row in rows])
    limit = max(FEWEST_TO_COMPARE, CONSPICUOUS * median(row["people"] for row in rows)) if rows else 0
    return [Reader(**row | {"user": users[row["user"]], "is_conspicuous": row["people"] > limit}) for row in rows]


def current_unmaskings() -> QuerySet[AccessLogEntry]:
    """Return the unmaskings that have not run out, newest first."""
    running = AccessLogEntry.objects.filter(action=Action.UNMASK, until__gt=timezone.now())
    return running.select_related("user", "customer")


def months_to_review() -> list[date]:
    """Return the past months with looks that nobody went over, oldest first."""
    past = [month for month in reversed(_months()) if month < timezone.localdate().replace(day=1)]
    with connection.cursor() as cursor:
        cursor.execute(TO_REVIEW, [past])
        return [month for (month,) in cursor.fetchall()]


def _entries(month: date) -> QuerySet[AccessLogEntry]:
    return AccessLogEntry.objects.filter(happened_at__gte=_midnight(month), happened_at__lt=_midnight(_next(month)))


def _bar(reader: Reader) -> dict[str, object]:
    return {"label": str(reader.user), "value": reader.people, "tone": "wait" if reader.is_conspicuous else "accent"}


def _chart(entries: QuerySet[AccessLogEntry]) -> Chart:
    rows = entries.order_by().values(day=TruncDay("happened_at")).annotate(count=Count("pk")).order_by("day")
    by_day = [(timezone.localdate(row["day"]), row["count"]) for row in rows]
    return Chart(
        title=_("Looks by day"),
        labels=[f"{day:%m-%d}" for day, _count in by_day],
        series=[Series(_("Looks"), [count for _day, count in by_day])],
        x=_("Day"),
        y=_("Looks"),
        height=140,
    )


def _month(typed: str) -> date:
    """Return the first day of the month that was asked for; of this month for nonsense."""
    return next((month for month in _months() if f"{month:%Y-%m}" == typed), _months()[0])


def _months() -> list[date]:
    """Return the first days of the months that can be reviewed, this one first."""
    today = timezone.localdate()
    numbers = range(today.year * 12 + today.month - 1, today.year * 12 + today.month - 1 - MONTHS_OFFERED, -1)
    return [date(number // 12, number % 12 + 1, 1) for number in numbers]


def _next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), tzinfo=timezone.get_current_timezone())
