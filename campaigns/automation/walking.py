"""Journeys take the steps that are due: a chunk of one version at a time, all who stand at a step together.

Several workers walk at once: a chunk is locked, and what another worker holds is passed over. One transaction a chunk,
so a worker that is killed has walked all of it or nothing. What counts is when a step was due, not when a worker came
by. Automation and campaigns are held while their chunk is written (`holding`).
"""

import math
import time
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.db import connection, transaction

from campaigns.automation import counting, leaving
from campaigns.automation.holding import hold
from campaigns.automation.path import Path
from campaigns.automation.taking import MAY_PASS, Moving, Outcome, Place, Taken, take
from campaigns.errors import JourneysHeldUp
from campaigns.models import Automation, AutomationStep, AutomationVersion, Journey
from campaigns.offers import giving
from crm_project import queue
from crm_project.errors import BusinessError

CHUNK = 5_000
EXIT_STEP = "exit_step"

# Whoever is being merged or erased is passed over too: that takes the customer first and then their journeys.
CLAIM = """
    SELECT journey.id, journey.customer_id, journey.anchor_at, journey.is_control, journey.step_id, journey.due_at
    FROM campaigns_journey AS journey JOIN customers_customer AS customer ON customer.id = journey.customer_id
    WHERE journey.version_id = %s AND journey.status = 'inside' AND journey.due_at <= %s
      AND journey.step_id <> ALL(%s)
    ORDER BY journey.due_at, journey.id LIMIT %s
    FOR NO KEY UPDATE OF journey SKIP LOCKED FOR KEY SHARE OF customer SKIP LOCKED
"""
GO_ON = """
    UPDATE campaigns_journey AS journey SET step_id = mine.step_id, due_at = mine.due_at
    FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[]) AS mine(id, step_id, due_at)
    WHERE journey.id = mine.id
"""
FINISH = """
    UPDATE campaigns_journey AS journey
    SET status = 'finished', end_reason = mine.reason, step_id = NULL, due_at = NULL, ended_at = %s
    FROM unnest(%s::bigint[], %s::text[]) AS mine(id, reason)
    WHERE journey.id = mine.id
"""
Round = Sequence[tuple[Place, Taken]]


def walk_due(now: datetime, deadline: float | None = None) -> int:
    """Let every journey whose next step is due go on, until `deadline` (of `time.monotonic`); return how many did.

    Raises:
        JourneysHeldUp: some steps cannot be taken, with why; everybody else went on.
        Exception: what went wrong with one version, an ExceptionGroup of several; the others went on.
    """
    ends = math.inf if deadline is None else deadline
    walks = [Walk(version, now) for version in _versions_due(now)]
    going, walked, failures = list(walks), 0, list[Exception]()
    while going and time.monotonic() < ends:
        for walk in list(going):
            went = _chunk(walk, failures)
            walked += went
            if not went:
                going.remove(walk)
            queue.progress()
    held_up = [f"{walk.version.automation}: {why}" for walk in walks for why in walk.held_up.values()]
    if held_up:
        failures.append(JourneysHeldUp(held_up))
    if failures:
        raise ExceptionGroup("Some automations could not go on", failures) if len(failures) > 1 else failures[0]
    return walked


def waiting_for(version: AutomationVersion) -> Mapping[int, str]:
    """Return, by step, why journeys wait at it besides its time: its message is not being sent."""
    steps = version.steps.filter(campaign__isnull=False).exclude(campaign__status__in=MAY_PASS)
    told = {step.pk: step.campaign for step in steps.select_related("campaign") if step.campaign}
    return {pk: ": ".join(filter(None, (each.get_status_display(), each.status_reason))) for pk, each in told.items()}


def _chunk(walk: "Walk", failures: list[Exception]) -> int:
    try:
        return walk.chunk()
    except Exception as error:  # one version that is broken must not keep people waiting in the others
        error.add_note(f"version {walk.version}")
        failures.append(error)
        return 0


class Walk:
    """The walking of one version at one moment. Its path is read once; `held_up` says why steps cannot be taken."""

    def __init__(self, version: AutomationVersion, now: datetime) -> None:
        self.version, self.now = version, now
        self.path = Path.of(version)
        self.held_up: dict[int, str] = {}

    @transaction.atomic
    def chunk(self) -> int:
        """Let some journeys take all their steps that are due; return how many journeys that were."""
        campaigns = hold(self.version.automation_id)
        if campaigns is None:
            return 0
        paused = self._paused(campaigns)
        with connection.cursor() as cursor:
            cursor.execute(CLAIM, [self.version.pk, self.now, [*paused, *self.held_up], CHUNK])
            places = [Place(*row) for row in cursor.fetchall()]
        if not places:
            return 0
        self._hold_accounts(places)
        gone = leaving.who_met_an_exit(self.version, [place.journey_id for place in places], self.now)
        leaving.end_each(gone, now=self.now)
        moving = Moving(self.version, self.now, campaigns)
        self._walk([place for place in places if place.journey_id not in gone], moving, paused)
        return len(places)

    def _hold_accounts(self, places: Sequence[Place]) -> None:
        """Lock accounts of points before any coupon, as every sale does: else the two may wait for each other."""
        if any(step.kind == AutomationStep.Kind.OFFER for step in self.path.steps.values()):
            giving.lock_accounts({place.journey_id: place.customer_id for place in places})

    def _paused(self, campaigns: Mapping[int, str]) -> set[int]:
        """Return the steps whose message is not being sent: journeys wait there until it is again."""
        messages = [step for step in self.path.steps.values() if step.campaign_id is not None]
        return {step.pk for step in messages if campaigns[step.campaign_id] not in MAY_PASS}

    def _walk(self, places: Sequence[Place], moving: Moving, paused: Collection[int]) -> None:
        """Take steps until nobody has one that is due."""
        going = list(places)
        while going:
            round_ = self._round(going, moving)
            onward = self._write(round_)
            going = [place for place in onward if place.due_at <= self.now and place.step_id not in paused]

    def _round(self, places: Sequence[Place], moving: Moving) -> Round:
        """Let each journey take one step; those whose step cannot be taken stay where they are."""
        at_step: dict[int, list[Place]] = defaultdict(list)
        for place in places:
            at_step[place.step_id].append(place)
        taken: list[tuple[Place, Taken]] = []
        for step_id, standing in at_step.items():
            try:
                with transaction.atomic():
                    outcomes = take(self.path.steps[step_id], standing, moving)
            except BusinessError as error:
                # A rule or coupon that staff must mend: the others go on, and the run fails with it at its end.
                self.held_up[step_id] = str(error)
                continue
            taken += [(place, outcomes[place.journey_id]) for place in standing]
        return taken

    def _write(self, taken: Round) -> list[Place]:
        """Write what came of a round and where everybody came to; return the places of those still inside."""
        rows = [(place.journey_id, place.step_id, what.outcome, what.lane, place.due_at) for place, what in taken]
        counting.record(rows, self.now)
        onward, finished = self._onward(taken)
        ids = [place.journey_id for place in onward]
        with connection.cursor() as cursor:
            cursor.execute(GO_ON, [ids, [place.step_id for place in onward], [place.due_at for place in onward]])
            cursor.execute(FINISH, [self.now, list(finished), list(finished.values())])
        return onward

    def _onward(self, taken: Round) -> tuple[list[Place], dict[int, str]]:
        """Return where journeys go on, and which are at the end of the path, with the reason where it leads out.

        Whoever is led out keeps the messages that are on their way: they were meant to have them.
        """
        onward: list[Place] = []
        finished: dict[int, str] = {}
        for place, what in taken:
            step = self.path.steps[place.step_id]
            next_ = self.path.lane(step, what.lane) if what.lane else self.path.after(step)
            if what.outcome == Outcome.LEFT:
                finished[place.journey_id] = EXIT_STEP
            elif next_ is None:
                finished[place.journey_id] = ""
            else:
                onward.append(replace(place, step_id=next_.pk, due_at=what.due_at or place.due_at))
        return onward, finished


def _versions_due(now: datetime) -> Sequence[AutomationVersion]:
    """Return the versions, replaced ones too, in which somebody has a step that is due."""
    inside = Journey.objects.filter(status=Journey.Status.INSIDE, due_at__lte=now)
    ids = inside.filter(automation__status=Automation.Status.ACTIVE).order_by().values_list("version", flat=True)
    versions = AutomationVersion.objects.filter(pk__in=ids.distinct())
    return list(versions.select_related("automation").order_by("pk"))
