"""Where a campaign stands, in the words, colours and pages in which staff see it."""

from django.contrib.auth.models import User
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from campaigns.channels.base import channel_of
from campaigns.models import AutomationStep, Campaign
from crm_project.templatetags.components import badge
from crm_project.templatetags.formats import in_korean
from customers.access_log import MAY_UNMASK

Status = Campaign.Status
LOOKS = {
    Status.DRAFT: ("quiet", "pencil"),
    Status.IN_REVIEW: ("wait", "user-check"),
    Status.SCHEDULED: ("accent", "calendar"),
    Status.ACTIVE: ("busy", "send"),
    Status.PAUSED: ("wait", "pause"),
    Status.FINISHED: ("good", "circle-check"),
    Status.CANCELLED: ("bad", "octagon-x"),
}
REPORT = "campaign_report"
BEGUN = (Status.ACTIVE, Status.PAUSED, Status.FINISHED)


def status_badge(campaign: Campaign) -> SafeString:
    """Return the status as a badge; a stopped campaign is not called cancelled."""
    label = campaign.get_status_display()
    if campaign.status == Status.CANCELLED and campaign.started_at:
        label = _("stopped")
    return badge(label, *LOOKS[Status(campaign.status)])


def name_of(user: User) -> str:
    """Return how a colleague is called: in Korean the family name comes first."""
    name = f"{user.last_name}{user.first_name}" if in_korean() else user.get_full_name()
    return name or user.get_username()


def sees_names(user: User) -> bool:
    """Tell whether this person may read customers' names; for everybody else they are masked."""
    return user.has_perm(MAY_UNMASK)


def has_begun(campaign: Campaign) -> bool:
    """Tell whether there is something to watch or to report, a stopped campaign included."""
    return campaign.status in BEGUN or campaign.started_at is not None


def tells_opens(campaign: Campaign) -> bool:
    """Tell whether any of its channels says who opened. Where none does, no figure is shown, not one of zero (K-11)."""
    return any(channel_of(account).reports_opens for account in campaign.accounts())


def page_of(campaign: Campaign, *, may_edit: bool = True) -> str:
    """Return the address of the page that fits where the campaign stands; who may not edit a draft reads it."""
    if campaign.is_history:
        return report_url(campaign) or list_url()
    if has_begun(campaign):
        is_over = campaign.status in (Status.FINISHED, Status.CANCELLED)
        return (report_url(campaign) if is_over else "") or _url("progress", campaign)
    return _url("change" if may_edit and campaign.status == Status.DRAFT else "review", campaign)


def path_url(campaign: Campaign) -> str:
    """Return where a message of an automation stands in the picture of its steps."""
    step = AutomationStep.objects.filter(campaign=campaign).select_related("version").first()
    url = reverse("admin:campaigns_automation_change", args=[campaign.automation_id])
    return f"{url}?version={step.version.number}&step={step.pk}#step-{step.pk}" if step else url


def list_url() -> str:
    """Return the address of the list of campaigns."""
    return reverse("admin:campaigns_campaign_changelist")


def pages_of(campaign: Campaign) -> list[dict[str, object]]:
    """Return the pages of a campaign as tabs, those that exist for where it stands."""
    pages = [{"key": "review", "label": _("Review"), "icon": "shield-check", "url": _url("review", campaign)}]
    if has_begun(campaign):
        pages += [
            {"key": "progress", "label": _("Progress"), "icon": "activity", "url": _url("progress", campaign)},
            {"key": "messages", "label": _("Messages"), "icon": "mail", "url": _url("recipients", campaign)},
        ]
        report = report_url(campaign)
        pages += [{"key": "report", "label": _("Report"), "icon": "chart-line", "url": report}] if report else []
    return pages


def report_url(campaign: Campaign) -> str:
    """Return the address of the campaign's report, which belongs to a part above; empty where it is not there."""
    try:
        return reverse(REPORT, args=[campaign.pk])
    except NoReverseMatch:
        return ""


def _url(name: str, campaign: Campaign) -> str:
    return reverse(f"admin:campaigns_campaign_{name}", args=[campaign.pk])
