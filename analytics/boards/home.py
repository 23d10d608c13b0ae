"""The home page: what needs me today, what earned money, who is slipping away."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import admin
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from analytics import periods
from analytics.boards import home_figures
from analytics.boards.home_figures import Sales
from analytics.boards.tiles import tile_of
from analytics.kpis import counts
from analytics.periods import Period
from campaigns import standing
from campaigns.models import Campaign
from crm_project.charts import Chart, Mark, Series
from crm_project.templatetags.formats import number, percent, won_short
from customers.models.stats import RfmGroup
from loyalty.adjustments import asking

CHART_DAYS = 30
DAYS_A_NAME_COVERS = 5
# Sums over two months of orders; what waits for somebody is never kept.
KEPT_SECONDS = 15


def home(request: HttpRequest) -> HttpResponse:
    """Show the home page, as much of it as the reader may see."""
    context = admin.site.each_context(request) | {
        "title": _("Home"),
        "today": periods.today(),
        "kpis_url": reverse("kpis"),
        "may_make_segment": request.user.has_perm("customers.add_segment"),
    }
    if request.user.has_perm("campaigns.view_campaign"):
        context |= _waiting()
    if request.user.has_perm("analytics.view_attributedorder"):
        context |= _earned() | _slipping()
    context["adjustments"] = asking.waiting_for(request.user).count()
    return render(request, "analytics/home.html", context)


def _waiting() -> dict[str, Any]:
    waiting = home_figures.today(periods.today())
    progress = home_figures.progress_of(waiting.running)
    running = [(*_line(campaign), *progress.get(campaign.pk, (0, 0))) for campaign in waiting.running]
    problems = len(waiting.paused_accounts) + waiting.unknown_messages
    return {
        "waiting": waiting,
        "running": running,
        "coming": [_line(campaign) for campaign in waiting.scheduled],
        "problems": problems,
        "approve_tone": "wait" if waiting.to_approve else "",
        "problem_tone": "bad" if problems else "",
        "duty_tone": "bad" if waiting.legally_due.overdue else "",
        "problem_url": reverse("admin:campaigns_message_changelist") + "?status=unknown"
        if waiting.unknown_messages
        else "",
    }


def _line(campaign: Campaign) -> tuple[Campaign, str, SafeString]:
    return campaign, standing.page_of(campaign), standing.status_badge(campaign)


def _earned() -> dict[str, Any]:
    period = periods.month_so_far(periods.today())
    before = periods.same_days_of_month_before(period)
    now, then = kept("sales", period, home_figures.sales_in), kept("sales", before, home_figures.sales_in)
    rate, rate_before = _repeat_rates(period, before)
    return {
        "period": period,
        "before": before,
        "now": now,
        "earned": [*_money(now, then), *_people(now, then, rate, rate_before), *_messages(now, then)],
        "chart": revenue_chart(periods.last_days(CHART_DAYS)),
    }


def _money(now: Sales, then: Sales) -> list[dict[str, Any]]:
    attributed = _("Revenue of orders credited to the last click on a message before them")
    return [
        tile_of(_("Revenue"), now.revenue, then.revenue, won_short, hint=_("Paid minus refunds and shipping")),
        tile_of(_("Attributed revenue"), now.attributed, then.attributed, won_short, hint=attributed),
    ]


def _people(now: Sales, then: Sales, rate: float | None, rate_before: float | None) -> list[dict[str, Any]]:
    returning = _("Share of this month's buyers who had bought before")
    repeat = _("Buyers with two or more purchases ÷ buyers")
    return [
        tile_of(_("Returning customers"), now.returning_share, then.returning_share, percent, hint=returning),
        tile_of(_("Repeat purchase rate"), rate, rate_before, percent, hint=repeat, href=reverse("kpis")),
    ]


def _messages(now: Sales, then: Sales) -> list[dict[str, Any]]:
    return [
        tile_of(_("Messages sent"), now.sent, then.sent, number),
        tile_of(_("Clicked"), now.clicked, then.clicked, number, unit=_("people")),
        tile_of(
            _("Orders from messages"),
            now.attributed_orders,
            then.attributed_orders,
            number,
            unit=pgettext("after a count", "orders"),
        ),
        tile_of(_("Opted out"), now.unsubscribed, then.unsubscribed, number, unit=_("people"), less_is_better=True),
    ]


def _repeat_rates(period: Period, before: Period) -> tuple[float | None, float | None]:
    counted = kept("repeat", period, lambda _period: counts.repeat_buyers([period, before]))
    now, then = (repeaters / buyers if buyers else None for repeaters, buyers in counted)
    return now, then


def kept(what: str, period: Period, read: Callable[[Period], Any]) -> Any:
    """Return what `read` finds for the period, at most `KEPT_SECONDS` old."""
    return cache.get_or_set(f"home:{what}:{period.first}:{period.last}", lambda: read(period), KEPT_SECONDS)


def revenue_chart(period: Period) -> Chart:
    """Return revenue by day, returning and new, with the campaigns that began marked."""
    days = kept("days", period, home_figures.revenue_by_day)
    return Chart(
        title=_("Revenue by day"),
        labels=[f"{each.day:%m-%d}" for each in days],
        series=[
            Series(_("Returning customers"), [each.returning for each in days]),
            Series(_("New customers and guests"), [each.new for each in days], "second"),
        ],
        x=_("Day"),
        y=_("Revenue (won)"),
        way="won",
        axis_way="won_short",
        marks=marks_of(home_figures.campaigns_started(period), period),
    )


def marks_of(campaigns: Sequence[Campaign], period: Period) -> list[Mark]:
    """Mark the days on which campaigns began; one mark for those whose names would cover each other."""
    groups: list[tuple[int, list[str]]] = []
    for campaign in campaigns:
        at = (periods.day_of(campaign.started_at) - period.first).days
        if groups and at - groups[-1][0] < DAYS_A_NAME_COVERS:
            groups[-1][1].append(campaign.name)
        else:
            groups.append((at, [campaign.name]))
    return [Mark(at, f"{names[0]} +{len(names) - 1}" if len(names) > 1 else names[0]) for at, names in groups]


def _slipping() -> dict[str, Any]:
    groups = home_figures.slipping_away()
    return {
        "slipping": groups,
        "slipping_rows": [{"label": each.group.label, "value": each.people, "tone": "wait"} for each in groups],
        "slipping_people": sum(each.people for each in groups),
        "slipping_spent": sum(each.spent for each in groups),
        "segment_query": segment_query(_("Slipping away"), [each.group for each in groups]),
    }


def segment_query(name: str, groups: list[RfmGroup]) -> str:
    """Return the query that fills in the form of a new segment with these RFM groups."""
    rule = {"all": [{"is": "rfm_group", "op": "in", "value": [str(group) for group in groups]}]}
    return urlencode({"name": name, "rule": json.dumps(rule)})
