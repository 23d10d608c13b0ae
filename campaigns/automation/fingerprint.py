"""What the decision about a version is about: who enters, each step, each message as a campaign's approval has it."""

from campaigns import fingerprint as of_campaigns
from campaigns.automation.named_segments import named_by
from campaigns.models import AutomationDecision, AutomationStep, AutomationVersion
from customers.models import Segment

Decision = AutomationDecision.Decision
AUTOMATION_FIELDS = ("priority", "exclusion_group", "holdout_percent")
VERSION_FIELDS = ("number", "trigger", "trigger_settings", "exits", "reentry", "reentry_days", "latest_start_hours")
DECIDED = (AutomationVersion.Status.LIVE, AutomationVersion.Status.RETIRED)


def snapshot(version: AutomationVersion) -> dict:
    """Return, as plain JSON, all that a decision about the version covers."""
    steps = version.steps.select_related("campaign", "segment", "coupon").order_by("pk")
    return {
        "automation": {name: getattr(version.automation, name) for name in AUTOMATION_FIELDS},
        **{name: getattr(version, name) for name in VERSION_FIELDS},
        "segment": of_campaigns.segment_snapshot(version.segment),
        "excluded_segment": of_campaigns.segment_snapshot(version.excluded_segment),
        **_named_segments(version),
        "steps": [_step(step) for step in steps],
    }


def fingerprint(version: AutomationVersion) -> str:
    """Return the hash that changes with any edit a decision covers."""
    return of_campaigns.fingerprint_of(snapshot(version))


def valid_decision(version: AutomationVersion) -> AutomationDecision | None:
    """Return the approval that holds: the last decision about a version in force, of which nothing changed since."""
    last = version.decisions.first() if version.status in DECIDED else None
    if last is None or last.decision != Decision.APPROVED:
        return None
    return last if last.fingerprint == fingerprint(version) else None


def _named_segments(version: AutomationVersion) -> dict:
    """Return the segments that trigger and exits name: an edit of their rules changes who enters and who leaves."""
    named = named_by(version)
    segments = Segment.objects.filter(pk__in=named).order_by("pk")
    return {"named_segments": [of_campaigns.segment_snapshot(segment) for segment in segments]} if named else {}


def _step(step: AutomationStep) -> dict:
    return {
        "id": step.pk,
        "inside": step.parent_id,
        "lane": step.lane,
        "position": step.position,
        "kind": step.kind,
        "settings": step.settings,
        "segment": of_campaigns.segment_snapshot(step.segment),
        "coupon": step.coupon_id,
        **({"coupon_name": step.coupon.name} if step.coupon else {}),
        "points": step.points,
        "message": of_campaigns.snapshot(step.campaign) if step.campaign else None,
    }
