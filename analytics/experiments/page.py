"""The experiments page: what all advertising adds, then each campaign that held people out or had variants."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.experiments import reading, shop_holdout
from analytics.experiments.reading import Reading
from analytics.experiments.shop_holdout import MONTHS
from analytics.experiments.with_experiment import with_experiment
from campaigns.models import Campaign

MAY_SEE = ["campaigns.view_campaign", "analytics.view_attributedorder"]
ON_A_PAGE = 25
USUAL_MONTHS = 3
MONTH_WORDS = {
    1: gettext_lazy("Last month"),
    3: gettext_lazy("Last three months"),
    12: gettext_lazy("Last twelve months"),
}


@permission_required(MAY_SEE, raise_exception=True)
def experiments_page(request: HttpRequest) -> HttpResponse:
    """Show the experiments, the latest first; `?months` is the period of the holdout of everything."""
    page = Paginator(with_experiment().order_by("-started_at", "-pk"), ON_A_PAGE).get_page(request.GET.get("page"))
    found = reading.of_campaigns(page.object_list)
    months = _months(request.GET.get("months"))
    context = admin.site.each_context(request) | {
        "title": _("Experiments"),
        "page": page,
        "rows": [_row(campaign, found.get(campaign.pk)) for campaign in page],
        "dots": _dots(found.values()),
        "months": [{"key": str(count), "label": MONTH_WORDS[count], "url": f"?months={count}"} for count in MONTHS],
        "chosen_months": str(months),
        "shop": shop_holdout.over_months(months),
        "shared_percent": settings.GLOBAL_HOLDOUT_PERCENT,
        "new_url": reverse("admin:campaigns_campaign_add"),
    }
    return render(request, "analytics/experiments/page.html", context)


def _months(typed: str | None) -> int:
    return int(typed) if typed in map(str, MONTHS) else USUAL_MONTHS


def _row(campaign: Campaign, found: Reading | None) -> dict[str, Any]:
    return {"campaign": campaign, "url": reverse("campaign_report", args=[campaign.pk]), "reading": found}


def _dots(found: Any) -> list[dict[str, Any]]:
    """Return what each campaign with a holdout added, relative to what was spent anyway, where that may be told."""
    shown = [each for each in found if each.holdout and each.shows_intervals and each.holdout.ratio.high is not None]
    return [
        {
            "label": each.campaign.name,
            "value": each.holdout.ratio.middle,
            "low": each.holdout.ratio.low,
            "high": each.holdout.ratio.high,
            "tone": {"more": "good", "less": "bad"}.get(each.verdict.code, "quiet"),
        }
        for each in shown
    ]
