"""The page on which a second person decides about an automation: who enters, each step, each message as it reads."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from campaigns.automation import lifecycle
from campaigns.automation.checks import in_order, named
from campaigns.automation.fingerprint import fingerprint
from campaigns.automation.path import Path
from campaigns.automation.versions import people_inside
from campaigns.automation_pages.automation_standing import (
    pages_of,
    reviewed_version,
    status_badge,
    trigger_sentence,
    version_badge,
)
from campaigns.automation_pages.expected_entries import expected_of
from campaigns.automation_pages.panels import about, exit_words
from campaigns.automation_pages.path_picture import picture
from campaigns.automation_pages.version_changes import changes_since_approval
from campaigns.models import Automation, AutomationDecision, AutomationStep, AutomationVersion
from campaigns.review import link_check
from campaigns.review.expected_cost import expected_cost
from campaigns.review.review_checks import Check, checks
from campaigns.review.review_samples import ShownWay, ways_shown
from campaigns.review.trial import trials
from campaigns.standing import name_of, sees_names
from customers.models import Segment
from customers.segments import rules
from customers.segments.errors import RuleError

Status, Decision = AutomationVersion.Status, AutomationDecision.Decision
DECISION_LOOKS = {
    Decision.REQUESTED: ("wait", "user-check"),
    Decision.APPROVED: ("good", "circle-check"),
    Decision.RETURNED: ("bad", "undo-2"),
}


@dataclass(frozen=True, slots=True)
class ReviewedMessage:
    """A message of the version, as it reads and as it was checked."""

    step: AutomationStep
    name: str
    ways: list[ShownWay]
    checks: list[Check]

    @property
    def worst(self) -> str:
        """Return the tone of what matters most among its checks."""
        tones = {check.tone for check in self.checks}
        return next((tone for tone in ("bad", "wait") if tone in tones), "good")


class AutomationReview:
    """The reviewing part of the automations' ModelAdmin."""

    def get_urls(self) -> list[URLPattern]:
        review = self.admin_site.admin_view(self.review)
        return [path("<int:automation_id>/review/", review, name="campaigns_automation_review"), *super().get_urls()]

    def review(self, request: HttpRequest, automation_id: int) -> HttpResponse:
        """Show everything a careful person decides from, and the buttons to decide."""
        automation = get_object_or_404(Automation.objects.select_related("live_version"), pk=automation_id)
        if not self.has_view_permission(request, automation):
            raise PermissionDenied
        version = reviewed_version(automation)
        waits = version.status == Status.IN_REVIEW
        context = self.admin_site.each_context(request) | {
            "title": automation.name,
            "automation": automation,
            "version": version,
            "badge": status_badge(automation),
            "version_badge": version_badge(version),
            "pages": pages_of(automation),
            "trigger_words": trigger_sentence(version),
            "audience": _segment_words(version.segment),
            "excluded": _segment_words(version.excluded_segment),
            "exit_words": exit_words(version),
            "about": about(automation, version),
            "nodes": picture(version),
            "expected": expected_of(version),
            "missing": lifecycle.what_is_missing(version) if version.status in (Status.DRAFT, Status.IN_REVIEW) else [],
            "reviewed": reviewed_messages(version, unmasked=sees_names(request.user)),
            "changes": changes_since_approval(version),
            "history": [_entry(each) for each in _decisions(automation)],
            "waits": waits,
            "objection": lifecycle.objection(version, request.user) if waits else "",
            "seen": fingerprint(version) if waits else "",
            "inside": people_inside(automation.live_version).count() if waits and automation.live_version else 0,
        }
        return render(request, "campaigns/automation/review.html", context)


def reviewed_messages(version: AutomationVersion, *, unmasked: bool) -> list[ReviewedMessage]:
    """Return the messages of a version in the order of its path, each rendered and checked."""
    steps = in_order(Path.of(version).nodes())
    found = []
    for number, step in enumerate(steps, start=1):
        if step.campaign is None or not step.campaign.steps.exists():
            continue
        tried = trials(step.campaign)
        cost = expected_cost(step.campaign, tried)
        checked = checks(step.campaign, tried, [], cost, link_check.results(step.campaign))
        ways = ways_shown(step.campaign, unmasked=unmasked)
        found.append(ReviewedMessage(step, named(step, number), ways, checked))
    return found


def _decisions(automation: Automation) -> list[AutomationDecision]:
    known = AutomationDecision.objects.filter(version__automation=automation)
    return list(known.select_related("decided_by", "version").defer("content")[:20])


def _segment_words(segment: Segment | None) -> tuple[Segment, str] | None:
    if segment is None:
        return None
    try:
        return segment, rules.sentence(segment.rule)
    except RuleError as error:
        return segment, str(error)


def _entry(decision: AutomationDecision) -> dict[str, Any]:
    tone, icon = DECISION_LOOKS[Decision(decision.decision)]
    words = {
        "number": decision.version.number,
        "decision": decision.get_decision_display(),
        "who": name_of(decision.decided_by),
    }
    title = _("Version %(number)s: %(decision)s by %(who)s") % words
    return {"at": decision.decided_at, "title": title, "detail": decision.note, "tone": tone, "icon": icon}
