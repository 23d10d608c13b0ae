"""The steps of a version as a tree, read in one query: what comes first, what comes after, what stands in a lane."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from campaigns.models import AutomationStep, AutomationVersion

YES, NO = "yes", "no"
Kind = AutomationStep.Kind


@dataclass(frozen=True)
class Node:
    """A step, and what stands in its lanes, in order; the empty lanes too."""

    step: AutomationStep
    lanes: Mapping[str, Sequence["Node"]]


class Path:
    """All steps of one version. A lane that ends goes on behind the step that holds it."""

    def __init__(self, steps: Sequence[AutomationStep]) -> None:
        self.steps = {step.pk: step for step in steps}
        self._lanes: dict[tuple[int | None, str], list[AutomationStep]] = defaultdict(list)
        for step in sorted(steps, key=lambda step: step.position):
            self._lanes[step.parent_id, step.lane].append(step)

    @classmethod
    def of(cls, version: AutomationVersion) -> "Path":
        """Read the steps of a version, with their campaigns, segments and coupons."""
        return cls(list(version.steps.select_related("campaign", "segment", "coupon").order_by("position", "pk")))

    @property
    def first(self) -> AutomationStep | None:
        """Return the step with which the path begins; None where it has none."""
        return self._first_of(None, "")

    def after(self, step: AutomationStep) -> AutomationStep | None:
        """Return the step behind this one and all its lanes; None at the end of the path."""
        later = [each for each in self._lanes[step.parent_id, step.lane] if each.position > step.position]
        if later:
            return later[0]
        return self.after(self.steps[step.parent_id]) if step.parent_id else None

    def lane(self, step: AutomationStep, name: str) -> AutomationStep | None:
        """Return where one goes on who enters that lane: an empty one leads behind the step."""
        return self._first_of(step.pk, name) or self.after(step)

    def within(self, step: AutomationStep, name: str) -> Sequence[AutomationStep]:
        """Return the steps of a lane, in order."""
        return self._lanes.get((step.pk, name), [])

    def before(self, step: AutomationStep) -> list[AutomationStep]:
        """Return the steps that lead to this one, in order, without those inside other lanes on the way."""
        earlier = [each for each in self._lanes[step.parent_id, step.lane] if each.position < step.position]
        if step.parent_id is None:
            return earlier
        parent = self.steps[step.parent_id]
        return [*self.before(parent), parent, *earlier]

    def nodes(self) -> list[Node]:
        """Return the whole tree, to draw it."""
        return self._nodes(None, "")

    def _first_of(self, parent: int | None, lane: str) -> AutomationStep | None:
        return next(iter(self._lanes.get((parent, lane), ())), None)

    def _nodes(self, parent: int | None, lane: str) -> list[Node]:
        steps = self._lanes.get((parent, lane), ())
        return [Node(step, {name: self._nodes(step.pk, name) for name in lanes_of(step)}) for step in steps]


def lanes_of(step: AutomationStep) -> list[str]:
    """Return the names of the lanes that a step holds."""
    if step.kind == Kind.ONLY_IF:
        return [YES, NO]
    return sorted(step.settings.get("shares", {})) if step.kind == Kind.SPLIT else []


def origins_of(step: AutomationStep) -> list[int]:
    """Return the ids of the steps of older versions from which a step was copied, the latest first."""
    steps = AutomationStep.objects.filter(version__automation__versions=step.version_id)
    origins = dict(steps.values_list("pk", "origin"))
    found: list[int] = []
    origin = step.origin_id
    while origin is not None:
        found.append(origin)
        origin = origins.get(origin)
    return found


def next_step(step: AutomationStep) -> AutomationStep | None:
    """Return the step behind this one, by a query of its own: for one step, not for many."""
    return Path.of(step.version).after(step)


def first_step(version: AutomationVersion) -> AutomationStep | None:
    """Return the step with which a version begins."""
    return Path.of(version).first
