"""Where an automation stands, in the words, colours and pages in which staff see it."""

from django.shortcuts import get_object_or_404
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from campaigns.models import Automation, AutomationVersion, Journey
from campaigns.triggers.every import TRIGGERS
from crm_project.errors import BusinessError
from crm_project.templatetags.components import badge

Status = Automation.Status
REPORT = "automation_report"
LOOKS = {
    Status.DRAFT: ("quiet", "pencil"),
    Status.ACTIVE: ("busy", "play"),
    Status.PAUSED: ("wait", "pause"),
    Status.STOPPED: ("bad", "octagon-x"),
}
VERSION_LOOKS = {
    AutomationVersion.Status.DRAFT: ("quiet", "pencil"),
    AutomationVersion.Status.IN_REVIEW: ("wait", "user-check"),
    AutomationVersion.Status.LIVE: ("good", "circle-check"),
    AutomationVersion.Status.RETIRED: ("quiet", "history"),
}
JOURNEY_LOOKS = {
    Journey.Status.INSIDE: ("busy", "route"),
    Journey.Status.FINISHED: ("good", "circle-check"),
    Journey.Status.EXITED: ("quiet", "log-out"),
    Journey.Status.TOO_LATE: ("wait", "clock"),
    Journey.Status.GAVE_WAY: ("quiet", "split"),
}


def status_badge(automation: Automation) -> SafeString:
    """Return where the automation stands as a badge."""
    return badge(automation.get_status_display(), *LOOKS[Status(automation.status)])


def version_badge(version: AutomationVersion) -> SafeString:
    """Return where a version stands as a badge, with its number."""
    words = _("Version %(number)s, %(status)s") % {"number": version.number, "status": version.get_status_display()}
    return badge(words, *VERSION_LOOKS[AutomationVersion.Status(version.status)])


def journey_badge(journey: Journey) -> SafeString:
    """Return how a journey goes as a badge."""
    return badge(journey.get_status_display(), *JOURNEY_LOOKS[Journey.Status(journey.status)])


def trigger_sentence(version: AutomationVersion) -> str:
    """Say when somebody enters; where the settings are not filled in yet, what the trigger is called."""
    trigger = TRIGGERS.get(version.trigger)
    if trigger is None:
        return _("The trigger “%s” is not known here. Choose another one.") % version.trigger
    try:
        trigger.check(version.trigger_settings)
        return trigger.sentence(version.trigger_settings)
    except BusinessError:
        return str(trigger.label)


def reviewed_version(automation: Automation) -> AutomationVersion:
    """Return what waits for a decision, else what is in force, else the draft.

    Raises:
        Http404: it has no version.
    """
    known = automation.versions.select_related("automation", "segment", "excluded_segment", "author")
    waiting = known.filter(status=AutomationVersion.Status.IN_REVIEW).first()
    live = known.filter(pk=automation.live_version_id).first()
    return waiting or live or get_object_or_404(known.order_by("-number")[:1])


def address(name: str, automation: Automation, *args: object) -> str:
    """Return the address of a page of the automation."""
    return reverse(f"admin:campaigns_automation_{name}", args=[automation.pk, *args])


def report_url(automation: Automation) -> str:
    """Return the address of its report, which belongs to a part above; empty where it is not there."""
    try:
        return reverse(REPORT, args=[automation.pk])
    except NoReverseMatch:
        return ""


def pages_of(automation: Automation) -> list[dict[str, object]]:
    """Return the pages of an automation as tabs."""
    report = report_url(automation) if automation.live_version_id else ""
    return [
        {"key": "path", "label": _("Path"), "icon": "workflow", "url": address("change", automation)},
        {"key": "trial", "label": _("Try it"), "icon": "play", "url": address("trial", automation)},
        {"key": "review", "label": _("Review"), "icon": "shield-check", "url": address("review", automation)},
        {"key": "people", "label": _("People"), "icon": "users", "url": address("people", automation)},
        *([{"key": "report", "label": _("Report"), "icon": "chart-line", "url": report}] if report else []),
    ]
