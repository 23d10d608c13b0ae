"""The page to watch a campaign being sent, with pause and stop always in sight."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns import lifecycle
from campaigns.gateways.failures import remedy_of
from campaigns.models import Approval, Campaign, Enrollment
from campaigns.progress.sending_progress import (
    Progress,
    failures_of,
    progress_of,
    spent_on,
    tally_of,
    unknown_of,
    ways_of,
)
from campaigns.standing import has_begun, name_of, page_of, pages_of, report_url, status_badge, tells_opens
from crm_project.templatetags.formats import moment_text

MINUTE, HOUR = 60, 3_600


class CampaignProgress:
    """The watching part of the campaigns' ModelAdmin."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.progress)
        return [path("<int:campaign_id>/progress/", view, name="campaigns_campaign_progress"), *super().get_urls()]

    def progress(self, request: HttpRequest, campaign_id: int) -> HttpResponse:
        """Show how far the sending is; the page asks again for its middle part every two seconds."""
        campaign = get_object_or_404(Campaign.objects.select_related("segment"), pk=campaign_id)
        if not self.has_view_permission(request, campaign):
            raise PermissionDenied
        if campaign.is_history or not has_begun(campaign):
            return HttpResponseRedirect(page_of(campaign))
        context = _figures(campaign) | {
            "may_stop": request.user.has_perm(lifecycle.MAY_STOP),
        }
        if request.headers.get("X-Requested-With") == "fetch":
            return render(request, "campaigns/progress_part.html", context)
        frame = self.admin_site.each_context(request) | {"title": campaign.name, "pages": pages_of(campaign)}
        return render(request, "campaigns/progress.html", frame | context)


def _figures(campaign: Campaign) -> dict[str, object]:
    tally = tally_of(campaign)
    now, ways = progress_of(campaign, tally), ways_of(campaign, tally)
    is_planning = campaign.planned_at is None and campaign.status == Campaign.Status.ACTIVE
    return {
        "campaign": campaign,
        "badge": status_badge(campaign),
        "paused_accounts": lifecycle.paused_accounts(campaign),
        "approved": _approved(campaign),
        "ways": ways,
        "spent": spent_on(ways),
        "progress": now,
        "is_planning": is_planning,
        "enrolled": Enrollment.objects.filter(campaign=campaign).count() if is_planning else None,
        "rate": _rate_words(now),
        "time_left": _time_words(now.seconds_left),
        "later_words": _later_words(now),
        "stages": _funnel(now, with_opens=tells_opens(campaign)),
        "failures": [(failed, remedy_of(failed.code)) for failed in failures_of(tally)],
        "unknown": unknown_of(campaign) if now.unknown else [],
        "report": report_url(campaign),
    }


def _approved(campaign: Campaign) -> dict[str, object] | None:
    """Return how many people and what cost the second person agreed to, to compare with what came of it (U-01)."""
    approval = campaign.approvals.filter(decision=Approval.Decision.APPROVED).select_related("decided_by").first()
    if approval is None:
        return None
    people = approval.waterfall[-1]["left"] if approval.waterfall else 0
    return {"people": people, "cost": approval.cost, "by": name_of(approval.decided_by), "at": approval.decided_at}


def _funnel(now: Progress, *, with_opens: bool) -> list[dict[str, object]]:
    delivered = [{"label": _("Delivered"), "count": now.delivered}] if now.delivered else []
    opened = [{"label": _("Opened"), "count": now.opened}] if with_opens else []
    return [
        {"label": _("Targeted"), "count": now.targeted, "tone": "quiet"},
        {"label": _("Sent"), "count": now.sent, "tone": "busy"},
        *delivered,
        *opened,
        {"label": _("Clicked"), "count": now.clicked},
    ]


def _rate_words(now: Progress) -> str:
    if not now.rate:
        return ""
    return _("%s a second") % f"{now.rate:,.0f}" if now.rate >= 10 else _("%s a minute") % f"{now.rate * MINUTE:,.0f}"


def _later_words(now: Progress) -> str:
    words = _("For the morning, a frequency cap or another try; the first at %s")
    return words % moment_text(now.next_at) if now.next_at else ""


def _time_words(seconds: int | None) -> str:
    if seconds is None:
        return ""
    if seconds < MINUTE:
        return _("under a minute")
    if seconds < HOUR:
        minutes = round(seconds / MINUTE)
        return ngettext("about %s minute", "about %s minutes", minutes) % minutes
    hours = round(seconds / HOUR, 1)
    return _("about %s hours") % hours
