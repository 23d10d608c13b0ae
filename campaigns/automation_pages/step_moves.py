"""Where a step is put in the picture: places as an address names them, and moves by one place."""

import re
from dataclasses import dataclass
from typing import Any

from django.http import Http404

from campaigns.automation import versions
from campaigns.automation.path import lanes_of
from campaigns.models import AutomationStep, AutomationVersion

AFTER, INSIDE, BEGINNING = re.compile(r"after-(\d{1,18})"), re.compile(r"in-(\d{1,18})-([a-z]{1,10})"), "start"


@dataclass(frozen=True, slots=True)
class Place:
    """A place between two steps, as `versions.add_step` is told of it."""

    where: dict[str, Any]

    @classmethod
    def read(cls, version: AutomationVersion, text: str) -> "Place":
        """Return the place of an address: `after-12`, `in-12-yes` or `start`.

        Raises:
            Http404: there is no such step in the version, or it has no such lane.
        """
        if text == BEGINNING:
            return cls({"position": 1})
        if found := AFTER.fullmatch(text):
            return cls({"after": _step(version, found[1])})
        if found := INSIDE.fullmatch(text):
            holder = _step(version, found[1])
            if found[2] not in lanes_of(holder):
                raise Http404
            return cls({"parent": holder, "lane": found[2], "position": 1})
        raise Http404


def up(step: AutomationStep) -> None:
    """Put a step before the one above it; the first of a lane before the step that holds the lane."""
    if step.position > 1:
        versions.move_step(step, parent=step.parent, lane=step.lane, position=step.position - 1)
    elif step.parent is not None:
        holder = step.parent
        versions.move_step(step, parent=holder.parent, lane=holder.lane, position=holder.position)


def down(step: AutomationStep) -> None:
    """Put a step behind the one below it; the last of a lane behind the step that holds the lane."""
    below = step.version.steps.filter(parent=step.parent, lane=step.lane, position__gt=step.position).first()
    if below is not None:
        versions.move_step(step, after=below)
    elif step.parent is not None:
        versions.move_step(step, after=step.parent)


MOVES = {"up": up, "down": down}


def moved(step: AutomationStep, way: str) -> AutomationStep:
    """Move a step up or down by one place and return it."""
    MOVES[way](step)
    return step


def _step(version: AutomationVersion, number: str) -> AutomationStep:
    step = version.steps.select_related("parent").filter(pk=int(number)).first()
    if step is None:
        raise Http404
    return step
