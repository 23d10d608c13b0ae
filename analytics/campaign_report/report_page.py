"""The report of a campaign: the verdict first, then the funnel down to won, then why. And its file and its segments."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics.campaign_report.drawings import charts_of, redemption_chart, stages_of
from analytics.campaign_report.past_campaigns import redemptions_of
from analytics.campaign_report.recipient_links import Lead, credits_url, lead_for
from analytics.campaign_report.report import Report, report_of
from analytics.campaign_report.report_file import file_of, lines_of
from analytics.campaign_report.segments import by_segment, planned_moment
from analytics.campaign_report.verdict import roi_text, verdict_of
from analytics.campaign_report.window import is_moving, window_end
from analytics.models import AttributionProgress
from campaigns import standing
from campaigns.models import Campaign
from crm_project.templatetags.formats import percent_text

MAY_SEE = ["campaigns.view_campaign", "analytics.view_attributedorder"]
# A rate of fewer than this says little without the counts beside it (U-21).
FEW = 30


@permission_required(MAY_SEE, raise_exception=True)
def campaign_report(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Show the report; `?part` gives the numbers alone, for the page that refreshes itself."""
    campaign = get_object_or_404(Campaign.objects.select_related("segment"), pk=campaign_id)
    if campaign.is_history:
        context = _frame(campaign) | _history(campaign)
    else:
        context = _frame(campaign) | _figures(report_of(campaign), lead_for(request.user))
    if "part" in request.GET:
        return render(request, "analytics/campaign_report_part.html", context)
    return render(request, "analytics/campaign_report.html", admin.site.each_context(request) | context)


@permission_required(MAY_SEE, raise_exception=True)
def campaign_report_file(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Hand out the report as a CSV file."""
    campaign = get_object_or_404(Campaign.objects.own(), pk=campaign_id)
    headers = {"Content-Disposition": f'attachment; filename="campaign-{campaign.pk}-report.csv"'}
    content = file_of(lines_of(report_of(campaign)))
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)


@permission_required([*MAY_SEE, "customers.view_segment"], raise_exception=True)
def campaign_report_segments(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Show how those of each segment answered."""
    campaign = get_object_or_404(Campaign.objects.own().select_related("segment"), pk=campaign_id)
    found = {"parts": by_segment(campaign), "planned_at": planned_moment(campaign)}
    context = admin.site.each_context(request) | _frame(campaign) | found
    return render(request, "analytics/campaign_segments.html", context)


def _frame(campaign: Campaign) -> dict[str, Any]:
    return {
        "campaign": campaign,
        "title": campaign.name,
        "status_badge": standing.status_badge(campaign),
        "tabs": [] if campaign.is_history else standing.pages_of(campaign),
    }


def _figures(report: Report, lead: Lead) -> dict[str, Any]:
    funnel = report.funnel
    roi = report.costs.roi(funnel)
    return _as_of(report.campaign) | {
        "report": report,
        "funnel": funnel,
        "verdict": verdict_of(report),
        "revenue_tone": "good" if funnel.net > 0 else "",
        "stages": stages_of(report, lead=lead),
        "funnel_hint": _funnel_hint(report),
        "compare_url": _compare_url(report),
        "reading": report.reading,
        "roi_words": roi_text(roi),
        "gain": report.costs.gain(funnel),
        "opt_out_words": percent_text(funnel.opt_out_rate, 2) if funnel.sent >= FEW else "",
        "left_out": _bars(report, lead),
        "failures": _failures(report, lead),
        "rates": _rates(report),
        "charts": charts_of(report),
        "orders_url": credits_url(report.campaign),
        "opted_out_url": lead(report.campaign, answer="unsubscribed"),
    }


def _funnel_hint(report: Report) -> str:
    grey = _("In grey: %(name)s") % {"name": report.before.name} if report.before else ""
    is_mixed = not report.tells_opens and report.funnel.openable
    return " · ".join(filter(None, [grey, _("Not every channel tells opens; see below") if is_mixed else ""]))


def _as_of(campaign: Campaign) -> dict[str, Any]:
    """Return as of when the figures are, and whether they still move."""
    progress, now = AttributionProgress.objects.order_by("-ran_at").first(), timezone.now()
    return {
        "credited_until": progress.ran_at if progress else None,
        "refreshed_at": now,
        "is_moving": is_moving(campaign, now),
        "window_end": window_end(campaign),
    }


def _compare_url(report: Report) -> str:
    asked = [report.campaign.pk, *([report.before.pk] if report.before else [])]
    page = reverse("campaigns_compared")
    return f"{page}?{'&'.join(f'campaign={pk}' for pk in asked)}" if len(asked) > 1 else page


def _bars(report: Report, lead: Lead) -> list[dict[str, Any]]:
    return [
        {
            "label": reason.label,
            "value": reason.messages,
            "tone": "quiet",
            "url": lead(report.campaign, why=reason.code),
        }
        for reason in report.left_out
    ]


def _failures(report: Report, lead: Lead) -> list[dict[str, Any]]:
    return [
        {
            "label": failure.remedy.label,
            "value": failure.failed + failure.returned,
            "note": failure.remedy.remedy,
            "tone": "bad",
            "url": lead(report.campaign, why=failure.code) if failure.code else "",
        }
        for failure in report.failures
    ]


def _rates(report: Report) -> list[dict[str, Any]]:
    """Return opens and clicks by people, and what they would be with the machines."""
    funnel, machines = report.funnel, report.machines
    opened = {
        "label": _("Opened"),
        "people": funnel.opened,
        "rate": funnel.open_rate,
        "machines": machines.opened,
        "with_machines": machines.open_rate(funnel),
    }
    clicked = {
        "label": _("Clicked"),
        "people": funnel.clicked,
        "rate": funnel.click_rate,
        "machines": machines.clicked,
        "with_machines": machines.click_rate(funnel),
    }
    return [opened, clicked] if funnel.openable else [clicked]


def _history(campaign: Campaign) -> dict[str, Any]:
    redemptions = redemptions_of(campaign)
    rate = redemptions.redeemers / redemptions.targeted if redemptions.targeted else None
    return {
        "redemptions": redemptions,
        "redemption_rate": rate,
        "redemption_chart": redemption_chart(redemptions),
    }
