"""What changed about a campaign since a decision, as an approver reads it: a field, before, after."""

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.fingerprint import Change, changes_since
from campaigns.models import Approval, Campaign, ChannelAccount
from crm_project.errors import BusinessError
from crm_project.templatetags.formats import NOTHING, moment_text
from customers.models import Segment, Survey
from customers.segments import rules
from loyalty.models import Coupon

LABELS = {
    "name": gettext_lazy("Name"),
    "purpose": gettext_lazy("Purpose"),
    "information_basis": gettext_lazy("Why it is not advertising"),
    "duty": gettext_lazy("Serves the duty"),
    "entry": gettext_lazy("Who enters"),
    "holdout_percent": gettext_lazy("Holdout"),
    "scheduled_at": gettext_lazy("Send at"),
    "latest_start_hours": gettext_lazy("Latest start"),
    "attribution_days": gettext_lazy("Attribution window"),
    "cost_limit": gettext_lazy("Cost limit"),
    "coupons": gettext_lazy("Coupons"),
    "coupon": gettext_lazy("Coupon given"),
    "coupon_name": gettext_lazy("Coupon given"),
    "points": gettext_lazy("Points given"),
    "survey": gettext_lazy("Survey"),
    "account": gettext_lazy("Sending account"),
    "subject": gettext_lazy("Subject"),
    "preheader": gettext_lazy("Preheader"),
    "html": gettext_lazy("Content"),
    "text": gettext_lazy("Plain text"),
    "weight": gettext_lazy("Share of the variant"),
    "locale": gettext_lazy("Language"),
    "details": gettext_lazy("What only this channel has"),
    "template": gettext_lazy("AlimTalk template"),
    "priority": gettext_lazy("Priority"),
    "at_night": gettext_lazy("At night"),
    "over_cap": gettext_lazy("Over the frequency cap"),
    "is_to_existing_customers": gettext_lazy("Existing-customer exception"),
    "existing_customer_category": gettext_lazy("Kind of goods"),
}
FIELD_OF = re.compile(r"(?:steps\.\d+\.(?:fallbacks\.(?P<way>\d+)\.)?(?:variants\.\d+\.)?)?(?P<name>[a-z_]+)")
# Their parts change together: each is told by its own name.
IN_PARTS = ("account", "details", "template")
LONG = ("html", "text")
CHOSEN = ("purpose", "information_basis", "duty", "entry", "at_night", "over_cap")
# Tags, words and the space between them.
WORD = re.compile(r"<[^>]*>|[^<\s]+|\s+|<")
WORDS_AROUND = 6


@dataclass(frozen=True, slots=True)
class Place:
    """A place of a long text that differs, with a few words around it."""

    lead: str
    before: str
    after: str
    tail: str


@dataclass(frozen=True, slots=True)
class ShownChange:
    """One field that differs; a long text as the places that differ."""

    label: str
    before: str = ""
    after: str = ""
    places: tuple[Place, ...] = ()


def last_decision(campaign: Campaign) -> Approval | None:
    """Return the last time somebody approved or returned the campaign; a request for review decides nothing."""
    return campaign.approvals.exclude(decision=Approval.Decision.REQUESTED).select_related("decided_by").first()


def shown_changes(approval: Approval) -> list[ShownChange]:
    """Return what differs from what was decided on, a line a field, the audience as one sentence."""
    changes = changes_since(approval)
    return [*_audience(approval, changes), *in_words(changes)]


def since_approval(campaign: Campaign) -> str:
    """Return what whoever wants to go on reads: what is no longer as it was approved, and what can be done."""
    last = last_decision(campaign)
    names = dict.fromkeys(change.label for change in shown_changes(last)) if last else {}
    if not names:
        return _("The campaign changed since it was approved. Stop it, and have a copy approved.")
    advice = _(
        "This changed since the campaign was approved: %s. Put it back and the campaign can go on; or stop it, and"
        " have a copy approved."
    )
    return advice % ", ".join(names)


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


def in_words(changes: Iterable[Change]) -> Iterator[ShownChange]:
    """Yield changes of a campaign as they are read, a line a field; those of its audience are not among them."""
    seen = set()
    for change in changes:
        match = FIELD_OF.match(change.path)
        name = match["name"] if match else change.path
        # Of the coupons, and of another account in a way, one line says so however many values differ; another coupon
        # has another name.
        whole = change.path.partition(name)[0] + name
        is_whole = name == "coupons" or change.path == f"{whole}.id"
        key = whole if is_whole else change.path.removesuffix("_name")
        if name == "audience" or name not in LABELS or not seen.isdisjoint((key, whole)):
            continue
        seen.add(key)
        yield _shown(name, change)


def _shown(name: str, change: Change) -> ShownChange:
    label = _of_way(str(LABELS[name]), change)
    if name in LONG:
        return ShownChange(label, places=tuple(_places(str(change.before or ""), str(change.after or ""))))
    if name == "coupons":
        return ShownChange(label)
    part = f"{label}: {_part(name, change)}" if name in IN_PARTS else label
    return ShownChange(part, _value(name, change.before), _value(name, change.after))


def _part(name: str, change: Change) -> str:
    """Name which part of an account, a template or a channel's own details it is."""
    part = change.path.rpartition(f"{name}.")[2]
    if name != "account" or part == "id":
        return part.rpartition(".")[2]
    field, _dot, setting = part.partition(".")
    words = capfirst(str(ChannelAccount._meta.get_field(field).verbose_name))
    return f"{words} ({setting})" if setting else words


def _of_way(label: str, change: Change) -> str:
    """Say of which way a field is, where that is not the first."""
    match = FIELD_OF.match(change.path)
    if match is None or match["way"] is None:
        return label
    return _("%(label)s (way %(number)s)") % {"label": label, "number": int(match["way"]) + 1}


def _value(name: str, value: object) -> str:
    if value in (None, "", [], {}):
        return NOTHING
    if name in CHOSEN:
        return str(dict(Campaign._meta.get_field(name).flatchoices).get(value, value))
    if name == "coupon":
        return str(Coupon.objects.filter(pk=value).first() or value)
    if name == "survey":
        return str(Survey.objects.filter(pk=value).first() or value)
    if name == "scheduled_at":
        return moment_text(datetime.fromisoformat(str(value)))
    return str(value)


def _places(before: str, after: str) -> Iterator[Place]:
    old, new = WORD.findall(before), WORD.findall(after)
    for kind, from_, to, new_from, new_to in difflib.SequenceMatcher(None, old, new).get_opcodes():
        if kind != "equal":
            yield Place(
                lead="".join(old[max(0, from_ - WORDS_AROUND) : from_]),
                before="".join(old[from_:to]),
                after="".join(new[new_from:new_to]),
                tail="".join(old[to : to + WORDS_AROUND]),
            )
