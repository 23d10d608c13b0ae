"""Writing what an automation does: its drafts and their steps. What is in review or in force is never edited.

The steps of a lane stand in `position` from 1 on. Each message step has a campaign of its own, written with the same
editor as any campaign.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Case, F, Max, Value, When
from django.utils.translation import gettext as _

from campaigns import lifecycle
from campaigns.automation.copies import copied_campaign, copied_steps
from campaigns.automation.moving_over import move_people, people_inside
from campaigns.errors import NotAllowed, WrongVersionStatus
from campaigns.models import Automation, AutomationStep, AutomationVersion, Campaign

__all__ = [
    "add_step", "change_automation", "change_step", "change_version", "draft_of", "hold_draft", "move_people",
    "move_step", "new_automation", "people_inside", "remove_step",
]  # fmt: skip

Kind = AutomationStep.Kind
Status = AutomationVersion.Status
MAY_WRITE = "campaigns.change_automation"
MAY_ADD = "campaigns.add_automation"
# What belongs to the automation itself, whatever its version.
OF_AUTOMATION = ("note", "recipe", "priority", "exclusion_group", "holdout_percent")
# What is carried from a version to its copy.
OF_VERSION = (
    "trigger", "trigger_settings", "segment", "excluded_segment", "exits", "reentry", "reentry_days",
    "latest_start_hours",
)  # fmt: skip
# Above every position, so that the steps of a lane can change places without meeting.
ASIDE = 10_000


@transaction.atomic
def new_automation(*, name: str, trigger: str, by: User | None, **terms: Any) -> Automation:
    """Make an automation that has not run yet, with its first draft; `terms` are fields of either.

    Raises:
        NotAllowed: `by` may not write automations.
    """
    lifecycle.permit(by, MAY_ADD)
    own = {field: terms.pop(field) for field in OF_AUTOMATION if field in terms}
    automation = Automation.objects.create(name=name, author=by, **own)
    AutomationVersion.objects.create(automation=automation, trigger=trigger, author=by, **terms)
    return automation


@transaction.atomic
def draft_of(automation: Automation, *, by: User | None) -> AutomationVersion:
    """Return the draft of an automation; where there is none, one is made as a copy of its newest version.

    Raises:
        NotAllowed: `by` may not write automations.
        WrongVersionStatus: the draft is in review.
    """
    lifecycle.permit(by, MAY_WRITE)
    Automation.objects.select_for_update(no_key=True).get(pk=automation.pk)
    newest = automation.versions.order_by("-number").first()
    if newest is None:
        return AutomationVersion.objects.create(automation=automation, author=by)
    if newest.status == Status.IN_REVIEW:
        raise WrongVersionStatus(newest.get_status_display(), wanted=Status.DRAFT.label)
    return newest if newest.status == Status.DRAFT else _copy(automation.live_version or newest, newest.number + 1, by)


def hold_draft(version: AutomationVersion) -> None:
    """Keep a draft a draft until the transaction ends, so that an edit cannot overtake a review.

    Raises:
        WrongVersionStatus: it is no draft any more.
    """
    now = AutomationVersion.objects.select_for_update(no_key=True).get(pk=version.pk)
    if now.status != Status.DRAFT:
        raise WrongVersionStatus(now.get_status_display(), wanted=Status.DRAFT.label)


@transaction.atomic
def change_version(version: AutomationVersion, **changes: Any) -> None:
    """Change who enters a draft and how it ends; `changes` are fields of the version.

    Raises:
        WrongVersionStatus: it is no draft any more.
    """
    hold_draft(version)
    for field, value in changes.items():
        setattr(version, field, value)
    version.save(update_fields=list(changes))


@transaction.atomic
def change_automation(automation: Automation, **changes: Any) -> None:
    """Change the name, note, priority, group and holdout of an automation; all but the words only before it ran.

    What is in force was approved with them, and an effect is measured against one holdout.

    Raises:
        NotAllowed: it has run, or is in review.
    """
    now = Automation.objects.select_for_update(no_key=True).get(pk=automation.pk)
    differs = {field for field, value in changes.items() if getattr(now, field) != value}
    fixed = differs - {"name", "note"}
    in_review = now.versions.filter(status=Status.IN_REVIEW).exists()
    if fixed and (now.status != Automation.Status.DRAFT or in_review):
        raise NotAllowed(
            _("Priority, group and holdout stay as they were approved. Make another automation to change them.")
        )
    for field, value in changes.items():
        setattr(automation, field, value)
    automation.save(update_fields=list(changes))


@transaction.atomic
def add_step(
    version: AutomationVersion,
    kind: str,
    *,
    after: AutomationStep | None = None,
    parent: AutomationStep | None = None,
    lane: str = "",
    position: int | None = None,
    message: Mapping[str, Any] | None = None,
    **fields: Any,
) -> AutomationStep:
    """Put a step behind `after`, or into a lane at `position`: at its end where that is not said.

    Args:
        message: fields of the campaign of a message step, such as its name and purpose.
        fields: of the step: settings, segment, coupon, points.

    Raises:
        WrongVersionStatus: the version is no draft.
    """
    hold_draft(version)
    if after is not None:
        parent, lane, position = after.parent, after.lane, after.position + 1
    position = _make_room(version, parent, lane, position)
    if kind == Kind.MESSAGE and "campaign" not in fields:
        fields["campaign"] = _new_campaign(version, message or {})
    return AutomationStep.objects.create(
        version=version, kind=kind, parent=parent, lane=lane, position=position, **fields
    )


@transaction.atomic
def change_step(step: AutomationStep, **changes: Any) -> None:
    """Change the settings, segment, coupon or points of a step of a draft.

    Raises:
        WrongVersionStatus: the version is no draft.
    """
    hold_draft(step.version)
    for field, value in changes.items():
        setattr(step, field, value)
    step.save(update_fields=list(changes))


@transaction.atomic
def remove_step(step: AutomationStep) -> None:
    """Take a step out of a draft, with all that stands in its lanes and their messages.

    Raises:
        WrongVersionStatus: the version is no draft.
    """
    hold_draft(step.version)
    messages = Campaign.objects.filter(automation_step__in=_with_those_inside(step))
    campaigns = list(messages)
    parent, lane, version = step.parent, step.lane, step.version
    step.delete()
    for campaign in campaigns:
        _discard(campaign)
    _renumber(_lane_ids(version, parent, lane))


@transaction.atomic
def move_step(
    step: AutomationStep,
    *,
    after: AutomationStep | None = None,
    parent: AutomationStep | None = None,
    lane: str = "",
    position: int | None = None,
) -> None:
    """Put a step of a draft elsewhere, with what stands in its lanes: behind `after`, or into a lane at `position`.

    Raises:
        NotAllowed: it would stand inside itself.
        WrongVersionStatus: the version is no draft.
    """
    hold_draft(step.version)
    if after is not None:
        parent, lane = after.parent, after.lane
    inside = _with_those_inside(step)
    if parent is not None and parent.pk in inside:
        raise NotAllowed(_("A step cannot stand inside itself. Choose another place."))
    former = [pk for pk in _lane_ids(step.version, step.parent, step.lane) if pk != step.pk]
    order = [pk for pk in _lane_ids(step.version, parent, lane) if pk != step.pk]
    if after is not None:
        position = order.index(after.pk) + 2 if after.pk in order else None
    order.insert(len(order) if position is None else max(position - 1, 0), step.pk)
    AutomationStep.objects.filter(pk=step.pk).update(parent=parent, lane=lane, position=ASIDE + ASIDE)
    _renumber(former)
    _renumber(order)
    step.refresh_from_db()


def _copy(origin: AutomationVersion, number: int, by: User | None) -> AutomationVersion:
    carried = {field: getattr(origin, field) for field in OF_VERSION}
    draft = AutomationVersion.objects.create(automation=origin.automation, number=number, author=by, **carried)
    copied_steps(origin, draft, author=by)
    return draft


def _new_campaign(version: AutomationVersion, terms: Mapping[str, Any]) -> Campaign:
    """Return a campaign that people enter one by one, by their journeys; its holdout is the automation's."""
    if "origin" in terms:
        return copied_campaign(terms["origin"], automation=version.automation, author=version.author)
    number = version.automation.campaigns.count() + 1
    named = {"name": f"{version.automation.name} · {number}"[:120], "author": version.author}
    fixed = {"entry": Campaign.Entry.STANDING, "automation": version.automation, "holdout_percent": 0}
    return Campaign.objects.create(**named | dict(terms) | fixed)


def _discard(campaign: Campaign) -> None:
    """Take away a message that no step has any more; one that was reviewed stays as a record, cancelled."""
    if campaign.approvals.exists():
        lifecycle.cancel(campaign, by=None)
    else:
        campaign.delete()


def _make_room(version: AutomationVersion, parent: AutomationStep | None, lane: str, position: int | None) -> int:
    """Return where a new step may stand in a lane: at `position`, from which the others moved on, or at its end."""
    steps = version.steps.filter(parent=parent, lane=lane)
    end = (steps.aggregate(last=Max("position"))["last"] or 0) + 1
    if position is None or position >= end:
        return end
    later = steps.filter(position__gte=position)
    later.update(position=F("position") + ASIDE)
    steps.filter(position__gte=ASIDE).update(position=F("position") - ASIDE + 1)
    return position


def _lane_ids(version: AutomationVersion, parent: AutomationStep | None, lane: str) -> list[int]:
    steps = version.steps.filter(parent=parent, lane=lane)
    return list(steps.order_by("position").values_list("pk", flat=True))


def _renumber(ids: Sequence[int]) -> None:
    """Let these steps of one lane stand in this order, from 1 on."""
    if not ids:
        return
    steps = AutomationStep.objects.filter(pk__in=ids)
    steps.filter(position__lt=ASIDE).update(position=F("position") + ASIDE)
    places = [When(pk=pk, then=Value(number)) for number, pk in enumerate(ids, start=1)]
    steps.update(position=Case(*places))


def _with_those_inside(step: AutomationStep) -> set[int]:
    """Return the ids of a step and of all that stand in its lanes, however deep."""
    parents = dict(AutomationStep.objects.filter(version=step.version_id).values_list("pk", "parent"))
    inside = {step.pk}
    while more := {pk for pk, parent in parents.items() if parent in inside} - inside:
        inside |= more
    return inside
