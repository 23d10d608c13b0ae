"""What changed about a campaign since a decision, as an approver reads it: a field, before, after."""

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.fingerprint import Change, changes_since
from campaigns.models import Approval, Campaign
from crm_project.errors import BusinessError
from crm_project.templatetags.formats import NOTHING, moment_text
from customers.models import Segment
from customers.segments import rules

LABELS = {
    "name": gettext_lazy("Name"),
    "purpose": gettext_lazy("Purpose"),
    "information_basis": gettext_lazy("Why it is not advertising"),
    "holdout_percent": gettext_lazy("Holdout"),
    "scheduled_at": gettext_lazy("Send at"),
    "latest_start_hours": gettext_lazy("Latest start"),
    "attribution_days": gettext_lazy("Attribution window"),
    "cost_limit": gettext_lazy("Cost limit"),
    "coupons": gettext_lazy("Coupons"),
    "account": gettext_lazy("Sending account"),
    "subject": gettext_lazy("Subject"),
    "preheader": gettext_lazy("Preheader"),
    "html": gettext_lazy("Content"),
    "text": gettext_lazy("Plain text"),
    "weight": gettext_lazy("Share of the variant"),
}
FIELD_OF = re.compile(r"(?:steps\.\d+\.(?:variants\.\d+\.)?)?([a-z_]+)")
LONG = ("html", "text")


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of a text that came ("+") or went ("-")."""

    sign: str
    text: str


@dataclass(frozen=True, slots=True)
class ShownChange:
    """One field that differs; long texts as the lines that differ."""

    label: str
    before: str = ""
    after: str = ""
    lines: tuple[DiffLine, ...] = ()


def last_decision(campaign: Campaign) -> Approval | None:
    """Return the last time somebody approved or returned the campaign; a request for review decides nothing."""
    return campaign.approvals.exclude(decision=Approval.Decision.REQUESTED).select_related("decided_by").first()


def shown_changes(approval: Approval) -> list[ShownChange]:
    """Return what differs from what was decided on, a line a field, the audience as one sentence."""
    changes = changes_since(approval)
    return [*_audience(approval, changes), *_fields(changes)]


def _audience(approval: Approval, changes: Iterable[Change]) -> Iterator[ShownChange]:
    if not any(change.path.startswith("audience.") for change in changes):
        return
    before = approval.content.get("audience", {})
    campaign = approval.campaign
    now = {
        "segment": _as_stored(campaign.segment),
        "excluded": [_as_stored(segment) for segment in campaign.excluded_segments.order_by("pk")],
    }
    yield ShownChange(_("Audience"), before=_in_words(before), after=_in_words(now))


def _as_stored(segment: Segment | None) -> dict | None:
    return {"id": segment.pk, "rules": {str(segment.pk): segment.rule}} if segment else None


def _in_words(audience: dict) -> str:
    wanted = _sentence(audience.get("segment"))
    unwanted = [_sentence(each) for each in audience.get("excluded", [])]
    return (
        _("%(wanted)s, but not: %(unwanted)s") % {"wanted": wanted, "unwanted": "; ".join(unwanted)}
        if unwanted
        else wanted
    )


def _sentence(segment: dict | None) -> str:
    if not segment:
        return NOTHING
    try:
        return rules.sentence(segment["rules"][str(segment["id"])])
    except (BusinessError, KeyError):
        return _("a rule that can no longer be read")


def _fields(changes: Iterable[Change]) -> Iterator[ShownChange]:
    seen = set()
    for change in changes:
        match = FIELD_OF.match(change.path)
        name = match[1] if match else change.path
        # Of an account or the coupons, however many values changed, one line says so.
        key = change.path if name not in ("account", "coupons") else name
        if name == "audience" or name not in LABELS or key in seen:
            continue
        seen.add(key)
        yield _shown(name, change)


def _shown(name: str, change: Change) -> ShownChange:
    label = str(LABELS[name])
    if name in LONG:
        return ShownChange(label, lines=tuple(_diff(str(change.before or ""), str(change.after or ""))))
    if name == "coupons":
        return ShownChange(label)
    part = change.path.rpartition(".")[2]
    return ShownChange(
        label if name != "account" else f"{label}: {part}", _value(name, change.before), _value(name, change.after)
    )


def _value(name: str, value: object) -> str:
    if value in (None, "", [], {}):
        return NOTHING
    if name == "purpose":
        return str(dict(Campaign.MessagePurpose.choices).get(value, value))
    if name == "scheduled_at":
        return moment_text(datetime.fromisoformat(str(value)))
    return str(value)


def _diff(before: str, after: str) -> Iterator[DiffLine]:
    for line in difflib.ndiff(before.splitlines(), after.splitlines()):
        if line[0] in "+-" and line[2:].strip():
            yield DiffLine("+" if line[0] == "+" else "−", line[2:].strip())
