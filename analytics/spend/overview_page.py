"""Marketing spend at a glance: month by source, what winning a customer cost, and what came back."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from analytics import periods
from analytics.models import MarketingSpend
from analytics.spend import matrix
from analytics.spend.matrix import Brought, Matrix
from crm_project.charts import Chart, Series
from crm_project.templatetags.formats import percent_text, won_text

SHOWN_MONTHS = {str(count): count for count in matrix.OFFERED}
USUAL = "12"
DRAWN_SOURCES = 2


@permission_required("analytics.view_marketingspend", raise_exception=True)
def spend(request: HttpRequest) -> HttpResponse:
    """Show spend by month and source with totals, CAC and return; the reader chooses how many months."""
    chosen = _chosen(request.GET)
    found = matrix.read(matrix.months_until(periods.today(), SHOWN_MONTHS[chosen]))
    may_enter = request.user.has_perm("analytics.add_marketingspend")
    context = admin.site.each_context(request) | {
        "title": _("Marketing spend"),
        "matrix": found,
        "tiles": tiles(found.total),
        "rows": found.rows(),
        "by_source": list(zip(found.sources, found.totals(), strict=True)),
        "chart": chart_of(found) if found.sources else None,
        "tabs": [
            {"key": key, "label": _("%(count)s months") % {"count": key}, "url": f"?months={key}"}
            for key in SHOWN_MONTHS
        ],
        "chosen": chosen,
        "has_any": bool(found.sources) or MarketingSpend.objects.exists(),
        "add_url": reverse("admin:analytics_marketingspend_add") if may_enter else "",
        "import_url": reverse("admin:analytics_marketingspend_import"),
    }
    return render(request, "analytics/spend.html", context)


def tiles(total: Brought) -> list[dict[str, Any]]:
    """Return what the months came to in all."""
    return [
        {"label": _("Spend"), "figure": won_text(total.spend), "hint": _("As entered, VAT included")},
        {
            "label": _("New customers"),
            "figure": f"{total.customers:,}",
            "hint": _("From the sources and months with spend"),
        },
        {
            "label": _("Cost of a new customer (CAC)"),
            "figure": won_text(total.cost_of_one),
            "hint": _("Spend ÷ customers from these sources whose first purchase ever lies in these months"),
        },
        {
            "label": _("Return (ROI)"),
            "figure": percent_text(total.roi) if total.roi is not None else "–",
            "hint": _("What these customers have paid until now, less the spend, ÷ the spend"),
        },
    ]


def chart_of(found: Matrix) -> Chart:
    """Return spend by month: the two largest sources apart, the rest together is in the table."""
    months = list(reversed(found.months))
    drawn = found.sources[:DRAWN_SOURCES]
    tones = ("accent", "second")
    series = [
        Series(source, [found.cells.get((month, source), Brought()).spend for month in months], tone)
        for source, tone in zip(drawn, tones, strict=False)
    ]
    return Chart(
        title="",
        labels=[f"{month:%Y-%m}" for month in months],
        series=series,
        x=_("Month"),
        way="won",
        axis_way="won_short",
        height=200,
    )


def _chosen(query: Mapping[str, str]) -> str:
    asked = query.get("months", USUAL)
    return asked if asked in SHOWN_MONTHS else USUAL
