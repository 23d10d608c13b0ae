"""The page of NPS and CSAT: how it went month by month, and where customers are more and less content."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics import periods
from analytics.feedback import reading
from analytics.feedback.reading import Group
from analytics.periods import Period
from crm_project.charts import Chart, Series
from customers.feedback import cases
from customers.feedback.results_page import in_words, value_text
from customers.feedback.scores import FEW
from customers.models import ScoreKind

MONTHS_SHOWN = 12
DAYS_SHOWN = 365
ABOUT = {
    "store": gettext_lazy("Store"),
    "category": gettext_lazy("Category"),
    "product": gettext_lazy("Product"),
    "campaign": gettext_lazy("Campaign"),
}
WAYS = {ScoreKind.NPS: "number", ScoreKind.CSAT: "percent"}


@permission_required("customers.view_surveyresponse", raise_exception=True)
def feedback_page(request: HttpRequest) -> HttpResponse:
    """Show one scale over a year, told apart by one thing."""
    kind, about = _chosen(request, "kind", list(ScoreKind.values)), _chosen(request, "by", list(ABOUT))
    year = periods.last_days(DAYS_SHOWN)
    found = reading.groups(kind, about, year)
    overall = reading.overall(kind, year)
    context = admin.site.each_context(request) | {
        "title": _("NPS and CSAT"),
        "kind": kind,
        "tabs": [{"key": key, "label": label, "url": _address(key, about)} for key, label in ScoreKind.choices],
        "abouts": [
            {"label": label, "url": _address(kind, key), "current": key == about} for key, label in ABOUT.items()
        ],
        "about_label": ABOUT[about],
        "overall": overall,
        "said": in_words(overall) if overall else "",
        "pending": cases.pending().count() if request.user.has_perm("customers.view_case") else None,
        "chart": _course(kind) if overall else None,
        "dots": [_dot(kind, each) for each in found if not each.figure.is_few],
        "way": WAYS[ScoreKind(kind)],
        "lines": [_line(kind, about, each, request) for each in found],
        "few": FEW,
        "most": reading.MOST_GROUPS,
        "definition": _definition(kind),
    }
    return render(request, "feedback/feedback.html", context)


def _course(kind: str) -> Chart:
    """Return the months as a line with the ends of their intervals; a month without answers is a gap."""
    today = periods.today()
    months = [*periods.last_months(MONTHS_SHOWN - 1, today), periods.month_of(today)]
    by_month = reading.by_month(kind, Period(months[0].first, today))
    figures = [by_month.get(month.first) for month in months]
    digits = 0 if kind == ScoreKind.NPS else 3
    course = [round(each.value, digits) if each else None for each in figures]
    ends = [
        Series(name, [round(getattr(each, end), digits) if each else None for each in figures], "quiet")
        for name, end in ((_("95 %, upper end"), "high"), (_("95 %, lower end"), "low"))
    ]
    way = WAYS[ScoreKind(kind)]
    return Chart(
        title=_("Month by month"),
        labels=[f"{month.first:%Y-%m}" for month in months],
        series=[Series(kind.upper(), course), *ends],
        x=_("Month"),
        y=kind.upper(),
        way=way,
        axis_way="percent_whole" if way == "percent" else "number",
    )


def _dot(kind: str, group: Group) -> dict[str, Any]:
    digits = 0 if kind == ScoreKind.NPS else 3
    ends = {end: round(getattr(group.figure, end), digits) for end in ("value", "low", "high")}
    return {"label": group.label, "note": _("%s answers") % f"{group.figure.count:,}", **ends}


def _line(kind: str, about: str, group: Group, request: HttpRequest) -> dict[str, Any]:
    found, url = group.figure, ""
    if about == "campaign" and request.user.has_perm("analytics.view_attributedorder"):
        url = reverse("campaign_report", args=[int(group.key)])
    ends = {end: value_text(kind, getattr(found, end)) for end in ("value", "low", "high")}
    return {"label": group.label, "count": found.count, "is_few": found.is_few, "url": url, **ends}


def _definition(kind: str) -> str:
    if kind == ScoreKind.NPS:
        return _("NPS: the share who answered 9 or 10 less the share who answered 0 to 6, from −100 to +100.")
    return _("CSAT: the share who answered 4 or 5 of 5.")


def _chosen(request: HttpRequest, name: str, known: list[str]) -> str:
    value = request.GET.get(name, "")
    return value if value in known else known[0]


def _address(kind: str, about: str) -> str:
    return f"?{urlencode({'kind': kind, 'by': about})}"
