"""The board of all automations, and the results of one: people, messages, won, and what it added."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from analytics.automations import journeys, messages
from analytics.automations.journeys import NEVER_BEGAN, Journeys
from analytics.campaign_report.funnel import Funnel
from campaigns.automation.exits import label_of
from campaigns.automation_pages.automation_standing import pages_of, status_badge
from campaigns.models import Automation, Journey
from crm_project.charts import Chart, Series

MAY_SEE = ["campaigns.view_automation", "campaigns.view_campaign", "analytics.view_attributedorder"]
Status = Journey.Status
TONES = {Status.INSIDE: "accent", Status.FINISHED: "good", Status.EXITED: "quiet"}


@permission_required(MAY_SEE, raise_exception=True)
def automations_board(request: HttpRequest) -> HttpResponse:
    """Show every automation that ever ran, those that earned most first."""
    begun = list(Automation.objects.exclude(status=Automation.Status.DRAFT))
    funnels, found = messages.funnels_of(begun), journeys.journeys_of(begun)
    rows = [(each, status_badge(each), found[each.pk], funnels[each.pk]) for each in begun]
    rows.sort(key=lambda row: (-row[3].net, row[0].name))
    context = {
        "title": _("Automation results"),
        "rows": rows,
        "whole": sum(funnels.values(), Funnel()),
        "inside": sum(each.inside for each in found.values()),
        "entered": sum(each.entered for each in found.values()),
        "running": sum(each.status == Automation.Status.ACTIVE for each in begun),
    }
    return render(request, "automations/board.html", admin.site.each_context(request) | context)


@permission_required(MAY_SEE, raise_exception=True)
def automation_report(request: HttpRequest, automation_id: int) -> HttpResponse:
    """Show what one automation did and brought."""
    automation = get_object_or_404(Automation.objects.select_related("live_version"), pk=automation_id)
    [told], steps = journeys.journeys_of([automation]).values(), messages.steps_of(automation)
    context = {
        "title": automation.name,
        "automation": automation,
        "status_badge": status_badge(automation),
        "tabs": pages_of(automation),
        "journeys": told,
        "ends": _ends(told),
        "never_began": sum(told.counted(status) for status in NEVER_BEGAN),
        "steps": steps,
        "whole": sum((each.funnel for each in steps), Funnel()),
        "lift": told.lift,
        "verdict": told.verdict,
        "compared_before": journeys.compared_before(),
        "window_days": journeys.WINDOW_DAYS,
        "charts": _charts(automation, told),
    }
    return render(request, "automations/report.html", admin.site.each_context(request) | context)


def _ends(told: Journeys) -> list[dict[str, Any]]:
    """Return how journeys stand or ended, those that left early by reason, as rows of bars."""
    rows = [
        {"label": _end_label(status, reason), "value": count, "tone": TONES.get(Status(status), "wait")}
        for status, reason, count in told.ended
    ]
    return sorted(rows, key=lambda row: -row["value"])


def _end_label(status: str, reason: str) -> str:
    label = str(Status(status).label)
    return f"{label}: {label_of(reason)}" if reason and status == Status.EXITED else label


def _charts(automation: Automation, told: Journeys) -> Sequence[Chart]:
    weeks, entered = messages.by_week(automation), dict(told.weeks)
    labels = [f"{week:%m-%d}" for week in weeks]
    people = [Series(_("Entered"), [entered.get(week, 0) for week in weeks])]
    sent = Series(_("Messages sent"), [sent for sent, _won in weeks.values()], "second")
    won = [Series(_("Attributed revenue"), [won for _sent, won in weeks.values()])]
    return [
        Chart(
            title=_("Entries and messages by week"),
            labels=labels,
            series=[*people, sent],
            x=_("Week"),
            y=_("People and messages"),
        ),
        Chart(
            title=_("Attributed revenue by week"),
            labels=labels,
            series=won,
            x=_("Week"),
            y=_("Revenue (won)"),
            way="won",
            axis_way="won_short",
        ),
    ]
