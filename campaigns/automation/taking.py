"""What comes of a step for those who stand at it: one function for each kind of step, for all of them at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models.expressions import RawSQL

from campaigns.automation import offers, sending, splits, waits
from campaigns.automation.candidates import is_in
from campaigns.automation.path import NO, YES, origins_of
from campaigns.models import AutomationStep, AutomationVersion, Campaign, StepTaken
from customers.models import Customer, Segment
from customers.segments.clock import Moment

Kind, Outcome = AutomationStep.Kind, StepTaken.Outcome
# A message of these is not written any more, and nobody waits for it.
OVER = (Campaign.Status.FINISHED, Campaign.Status.CANCELLED)
MAY_PASS = (Campaign.Status.ACTIVE, *OVER)
THESE = "SELECT unnest(%s::bigint[])"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a journey stands: the step it takes next, and when that is due."""

    journey_id: int
    customer_id: int
    anchor_at: datetime
    is_control: bool
    step_id: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a step for one journey; where a wait ends, when the next step is due."""

    outcome: str
    lane: str = ""
    due_at: datetime | None = None


@dataclass(frozen=True)
class Moving:
    """The circumstances in which steps are taken: when, by which version, and where its campaigns stand (by id)."""

    version: AutomationVersion
    now: datetime
    campaigns: Mapping[int, str]

    @property
    def earliest(self) -> datetime:
        """Return since when messages and offers must have been due to make sense still."""
        return self.now - timedelta(hours=self.version.latest_start_hours)


# What came of it, by journey.
Outcomes = dict[int, Taken]


def take(step: AutomationStep, places: Sequence[Place], moving: Moving) -> Outcomes:
    """Let journeys take the step at which they stand, in the caller's transaction.

    Raises:
        BusinessError: staff have to mend something first: a rule, a coupon.
    """
    return TAKE[step.kind](step, places, moving)


def fit(step: AutomationStep, customer_ids: Sequence[int], now: datetime) -> set[int]:
    """Return those of the customers who are in the step's segment by its rule now, whoever was found at its refresh.

    Raises:
        RuleError: the rule cannot be asked any more.
    """
    moment = Moment(now, among=tuple(sorted(set(customer_ids))))
    condition = is_in(Segment.objects.get(pk=step.segment_id), moment)
    fitting = Customer.objects.filter(condition, erased_at=None, merged_into=None, pk__in=moment.ids_among())
    return set(fitting.order_by().values_list("pk", flat=True))


def _wait(step: AutomationStep, places: Sequence[Place], _moving: Moving) -> Outcomes:
    return {
        place.journey_id: Taken(
            Outcome.WAITED, due_at=waits.until(step.settings, place.due_at, anchor_at=place.anchor_at)
        )
        for place in places
    }


def _ask(step: AutomationStep, places: Sequence[Place], moving: Moving) -> Outcomes:
    fitting = fit(step, [place.customer_id for place in places], moving.now)
    lanes = {place.journey_id: YES if place.customer_id in fitting else NO for place in places}
    return {journey_id: Taken(lane, lane) for journey_id, lane in lanes.items()}


def _split(step: AutomationStep, places: Sequence[Place], _moving: Moving) -> Outcomes:
    salt = splits.salt_of(step)
    return {
        place.journey_id: Taken(Outcome.LANE, splits.lane_of(step.settings["shares"], salt, place.customer_id))
        for place in places
    }


def _leave(_step: AutomationStep, places: Sequence[Place], _moving: Moving) -> Outcomes:
    return {place.journey_id: Taken(Outcome.LEFT) for place in places}


def _say(step: AutomationStep, places: Sequence[Place], moving: Moving) -> Outcomes:
    taken, in_time = _parted(places, moving)
    had_it = _had(step, in_time)
    taken |= dict.fromkeys(had_it, Taken(Outcome.SKIPPED))
    ids = [place.journey_id for place in in_time if place.journey_id not in had_it]
    if step.campaign_id is None or moving.campaigns[step.campaign_id] in OVER:
        return taken | dict.fromkeys(ids, Taken(Outcome.SKIPPED))
    outcomes = sending.write_messages(step, ids, moving.now) if ids else {}
    return taken | {journey_id: Taken(outcome) for journey_id, outcome in outcomes.items()}


def _give(step: AutomationStep, places: Sequence[Place], moving: Moving) -> Outcomes:
    """Give what the step gives, but to the holdout: the effect is that of message and offer together."""
    taken, in_time = _parted(places, moving)
    taken |= {place.journey_id: Taken(Outcome.HELD_OUT) for place in in_time if place.is_control}
    had_it = _had(step, in_time)
    taken |= {journey_id: Taken(Outcome.NOT_GIVEN) for journey_id in had_it if journey_id not in taken}
    going = {place.journey_id: place.customer_id for place in in_time if place.journey_id not in taken}
    given = offers.give(step, going, moving.now)
    return taken | {pk: Taken(Outcome.GIVEN if pk in given else Outcome.NOT_GIVEN) for pk in going}


def _had(step: AutomationStep, places: Sequence[Place]) -> set[int]:
    """Return the journeys that took the step in an older version, where it stood before the place they moved from."""
    if step.origin_id is None:
        return set()
    journeys = RawSQL(THESE, [[place.journey_id for place in places]])  # noqa: S611  # ours
    taken = StepTaken.objects.filter(step__in=origins_of(step), journey__in=journeys)
    return set(taken.values_list("journey", flat=True))


def _parted(places: Sequence[Place], moving: Moving) -> tuple[Outcomes, list[Place]]:
    """Return what came of it for those who are later than the version allows, and all others."""
    late = {place.journey_id: Taken(Outcome.TOO_LATE) for place in places if place.due_at < moving.earliest}
    return late, [place for place in places if place.journey_id not in late]


TAKE: Mapping[str, Callable[[AutomationStep, Sequence[Place], Moving], Outcomes]] = {
    Kind.WAIT: _wait,
    Kind.ONLY_IF: _ask,
    Kind.SPLIT: _split,
    Kind.MESSAGE: _say,
    Kind.OFFER: _give,
    Kind.EXIT: _leave,
}
