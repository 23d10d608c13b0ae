"""The home page: what needs me today, what earned money, who is slipping away."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import admin
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from analytics import periods
from analytics.advice import asking as advice
from analytics.boards import home_figures, people
from analytics.boards.home_figures import Month
from analytics.boards.tiles import tile_of
from analytics.cohorts import slipping
from analytics.cohorts.slipping import Asked
from analytics.cohorts.slipping_page import rows_of, segment_address
from analytics.periods import Period
from analytics.rollups import sales
from campaigns import standing
from campaigns.models import Campaign
from crm_project.charts import Chart, Mark, Series
from crm_project.templatetags.formats import number, percent, won_short
from customers.feedback import cases
from customers.privacy import incident_admin, incidents
from loyalty.adjustments import asking

CHART_DAYS = 30
DAYS_A_NAME_COVERS = 5
# What waits for somebody is never kept.
KEPT_SECONDS = 15
DEAREST_SHOWN = 5
ADVICE_SHOWN = 3


def home(request: HttpRequest) -> HttpResponse:
    """Show the home page, as much of it as the reader may see."""
    context = admin.site.each_context(request) | {
        "title": _("Home"),
        "today": periods.today(),
        "kpis_url": reverse("kpis"),
    }
    if request.user.has_perm("campaigns.view_campaign"):
        context |= _waiting()
    if request.user.has_perm("analytics.view_attributedorder"):
        context |= _earned() | _slipping(request)
    context["adjustments"] = asking.waiting_for(request.user).count()
    if request.user.has_perm("customers.view_incident"):
        context["incidents"] = [incident_admin.pressing_note(each) for each in incidents.pending()]
    if request.user.has_perm("customers.change_case"):
        context["cases"] = cases.pressing_for(request.user, periods.today()).count()
    return render(request, "analytics/home.html", context)


def _waiting() -> dict[str, Any]:
    waiting = home_figures.today(periods.today())
    progress = home_figures.progress_of(waiting.running)
    running = [(*_line(campaign), *progress.get(campaign.pk, (0, 0))) for campaign in waiting.running]
    return {
        "waiting": waiting,
        "running": running,
        "coming": [_line(campaign) for campaign in waiting.scheduled],
        "approve_tone": "wait" if waiting.to_approve else "",
        "problem_tone": "bad" if waiting.problems else "",
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
    now, then = kept("month", period, home_figures.month_in), kept("month", before, home_figures.month_in)
    return {
        "period": period,
        "before": before,
        "now": now,
        "earned": [*_money(now, then), *_people(now, then), *_messages(now, then), *_points(now, then)],
        "chart": revenue_chart(periods.last_days(CHART_DAYS)),
    }


def _money(now: Month, then: Month) -> list[dict[str, Any]]:
    attributed = _("Revenue of orders credited to the last click on a message before them, after refunds")
    return [
        tile_of(_("Revenue"), now.revenue, then.revenue, won_short, hint=_("Paid minus refunds and shipping")),
        tile_of(_("Attributed revenue"), now.attributed, then.attributed, won_short, hint=attributed),
    ]


def _people(now: Month, then: Month) -> list[dict[str, Any]]:
    returning = _("Share of this month's buyers who had bought before")
    repeat = _("Buyers with two or more purchases ÷ buyers")
    return [
        tile_of(_("Returning customers"), now.returning_share, then.returning_share, percent, hint=returning)
        | {"href": reverse("cohorts")},
        tile_of(_("Repeat purchase rate"), now.repeat_rate, then.repeat_rate, percent, hint=repeat)
        | {"href": reverse("kpis")},
    ]


def _messages(now: Month, then: Month) -> list[dict[str, Any]]:
    after_people, after_orders = _("people"), pgettext("after a count", "orders")
    bought = tile_of(_("Bought"), now.attributed_orders, then.attributed_orders, number, unit=after_orders)
    return [
        tile_of(_("Messages sent"), now.sent, then.sent, number) | {"href": reverse("channels")},
        tile_of(_("Clicked"), now.clicked, then.clicked, number, unit=after_people),
        bought | {"hint": _("Orders credited to the last click on a message before them")},
        tile_of(_("Opted out"), now.unsubscribed, then.unsubscribed, number, unit=after_people, less_is_better=True),
    ]


def _points(now: Month, then: Month) -> list[dict[str, Any]]:
    if now.points is None:
        return []
    hint = _("Points that members have and may still use, at the end of yesterday")
    return [tile_of(_("Points outstanding"), now.points, then.points, number, unit="P", hint=hint)]


def kept(what: str, period: Period, read: Callable[[Period], Any]) -> Any:
    """Return what `read` finds for the period, at most `KEPT_SECONDS` old."""
    return cache.get_or_set(f"home:{what}:{period.first}:{period.last}", lambda: read(period), KEPT_SECONDS)


def revenue_chart(period: Period) -> Chart:
    """Return revenue by day, returning and new, with the campaigns that began marked."""
    days = kept("days", period, sales.by_day)
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


def _slipping(request: HttpRequest) -> dict[str, Any]:
    today, may_build = periods.today(), request.user.has_perm("customers.add_segment")
    total = people.slipping_away()
    shown = {"slipping": total, "segment_url": segment_address(Asked(), total) if may_build else ""}
    if request.user.has_perm("customers.view_customer"):
        dearest = slipping.dearest(today, limit=DEAREST_SHOWN) if total.people else []
        shown |= {"dearest": rows_of(dearest), "slipping_url": reverse("slipping")}
    given = advice.advice_for(request.user)
    return shown | {"advice": given[:ADVICE_SHOWN], "more_advice": len(given) - ADVICE_SHOWN}
