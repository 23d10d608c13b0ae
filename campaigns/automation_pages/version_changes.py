"""What a version does otherwise than the one that was approved before it. Both stand as rows and are compared."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from campaigns.automation import exits
from campaigns.automation.checks import in_order, named
from campaigns.automation.path import Path
from campaigns.automation_pages.automation_standing import trigger_sentence
from campaigns.automation_pages.path_picture import title_of
from campaigns.fingerprint import differences, snapshot
from campaigns.models import AutomationStep, AutomationVersion
from campaigns.review.change_words import ShownChange, in_words
from crm_project.templatetags.formats import NOTHING

Status = AutomationVersion.Status


@dataclass(frozen=True, slots=True)
class VersionChanges:
    """The version that was approved before, and what differs from it."""

    before: AutomationVersion
    changes: list[ShownChange]


def changes_since_approval(version: AutomationVersion) -> VersionChanges | None:
    """Return what changed since the last approved version; None where this is the first."""
    known = version.automation.versions.select_related("automation", "segment", "excluded_segment")
    decided = known.filter(status__in=[Status.LIVE, Status.RETIRED], number__lt=version.number)
    before = decided.order_by("-number").first()
    if before is None:
        return None
    return VersionChanges(before, [*_of_version(before, version), *_of_steps(before, version)])


def _of_version(before: AutomationVersion, after: AutomationVersion) -> Iterator[ShownChange]:
    was, now = _words(before), _words(after)
    for label in was:
        if was[label] != now[label]:
            yield ShownChange(label, was[label], now[label])


def _words(version: AutomationVersion) -> dict[str, str]:
    """Return what a version says about entering and leaving, by what it is called."""
    often = str(version.get_reentry_display())
    if version.reentry == AutomationVersion.Reentry.AFTER_DAYS:
        often = f"{often} ({version.reentry_days})"
    return {
        _("Begins"): trigger_sentence(version),
        _("Only those in"): str(version.segment or NOTHING),
        _("But not those in"): str(version.excluded_segment or NOTHING),
        _("How often"): often,
        _("Ends early when"): exits.sentence(version.exits) or NOTHING,
        _("Latest start"): _("%s hours") % version.latest_start_hours,
    }


def _of_steps(before: AutomationVersion, after: AutomationVersion) -> Iterator[ShownChange]:
    old = {step.pk: (number, step) for number, step in _numbered(before)}
    kept = set()
    for number, step in _numbered(after):
        found = old.get(_origin(step, old) or 0)
        if found is None:
            yield ShownChange(named(step, number), NOTHING, _("added: %s") % title_of(step))
            continue
        kept.add(found[1].pk)
        yield from _of_step(found, (number, step))
    for number, step in old.values():
        if step.pk not in kept:
            yield ShownChange(named(step, number), title_of(step), _("taken out"))


def _of_step(was: tuple[int, AutomationStep], now: tuple[int, AutomationStep]) -> Iterator[ShownChange]:
    (before_number, before), (number, step) = was, now
    name = named(step, number)
    if _where(before) != _where(step) and before_number != number:
        yield ShownChange(name, _("step %s") % before_number, _("step %s") % number)
    if title_of(before) != title_of(step) or before.settings != step.settings:
        yield ShownChange(name, _in_full(before), _in_full(step))
    if before.campaign and step.campaign:
        for change in in_words(differences(snapshot(before.campaign), snapshot(step.campaign))):
            yield ShownChange(f"{name}: {change.label}", change.before, change.after, change.places)


def _in_full(step: AutomationStep) -> str:
    shares = step.settings.get("shares", {})
    parts = [f"{lane.upper()} {share} %" for lane, share in shares.items()]
    return capfirst(" · ".join([title_of(step), *parts]))


def _where(step: AutomationStep) -> tuple[object, ...]:
    return step.lane, step.position


def _numbered(version: AutomationVersion) -> list[tuple[int, AutomationStep]]:
    return list(enumerate(in_order(Path.of(version).nodes()), start=1))


def _origin(step: AutomationStep, old: Mapping[int, object]) -> int | None:
    """Return the step of the older version from which this one was copied, through copies between."""
    origin_id = step.origin_id
    while origin_id is not None and origin_id not in old:
        origin_id = AutomationStep.objects.values_list("origin", flat=True).get(pk=origin_id)
    return origin_id
