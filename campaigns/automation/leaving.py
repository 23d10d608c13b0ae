"""Journeys that end before their path does, and the messages that are not sent any more then."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q

from campaigns.automation import exits
from campaigns.automation.holding import hold
from campaigns.models import Automation, AutomationVersion, Journey
from crm_project import queue

Status = Journey.Status
CHUNK = 5_000
# The moment of a journey and its id: where a sweep goes on.
Place = tuple[datetime, int]
FIRST: Place = (datetime.min.replace(tzinfo=UTC), 0)
END = """
    UPDATE campaigns_journey AS journey
    SET status = %(status)s, end_reason = ended.reason, ended_at = %(now)s, step_id = NULL, due_at = NULL
    FROM unnest(%(ids)s::bigint[], %(reasons)s::text[]) AS ended(id, reason)
    WHERE journey.id = ended.id AND journey.status = 'inside'
"""
# One that may have been accepted at an earlier attempt is left to dispatch, which can tell that of it.
TAKE_ALONG = """
    UPDATE campaigns_message AS message SET status = 'skipped', skip_reason = 'EXITED'
    FROM campaigns_journey AS journey
    JOIN campaigns_campaign AS campaign ON campaign.automation_id = journey.automation_id
    JOIN campaigns_enrollment AS entered ON entered.campaign_id = campaign.id
     AND entered.customer_id = journey.customer_id AND entered.entry_key = 'journey/' || journey.id
    WHERE journey.id = ANY(%(ids)s) AND message.enrollment_id = entered.id
      AND message.status = 'planned' AND message.sending_at IS NULL
"""
MET = """
    SELECT asked.id, asked.reason FROM (
        SELECT journey.id, {met} AS reason FROM campaigns_journey AS journey WHERE journey.id = ANY(%(ids)s)
    ) AS asked WHERE asked.reason <> ''
"""
INSIDE = """
    SELECT due_at, id FROM campaigns_journey
    WHERE version_id = %(version)s AND status = 'inside' AND (due_at, id) > (%(after)s, %(above)s)
    ORDER BY due_at, id LIMIT %(most)s FOR NO KEY UPDATE SKIP LOCKED
"""
# Whoever went to the end may still have a message that waits, such as for the morning.
WITH_OPEN_MESSAGE = """
    SELECT journey.anchor_at, journey.id FROM campaigns_message AS message
    JOIN campaigns_automationstep AS step ON step.campaign_id = message.campaign_id
    JOIN campaigns_enrollment AS entered ON entered.id = message.enrollment_id
    JOIN campaigns_journey AS journey
      ON entered.entry_key = 'journey/' || journey.id AND journey.customer_id = entered.customer_id
    WHERE step.version_id = %(version)s AND journey.automation_id = %(automation)s AND message.status = 'planned'
      AND journey.status = 'finished' AND (journey.anchor_at, journey.id) > (%(after)s, %(above)s)
    ORDER BY journey.anchor_at, journey.id LIMIT %(most)s
"""


def who_met_an_exit(version: AutomationVersion, journey_ids: Iterable[int], now: datetime) -> dict[int, str]:
    """Return those of the journeys that have met an exit of the version, each with which."""
    ids = list(journey_ids)
    if not ids:
        return {}
    statement = MET.format(met=exits.met(version, at="%(now)s"))
    with connection.cursor() as cursor:
        cursor.execute(statement, {"ids": ids, "now": now})
        return dict(cursor.fetchall())


def end(journey_ids: Iterable[int], *, reason: str, now: datetime, status: str = Status.EXITED) -> int:
    """End journeys that are inside, and skip their messages that are still planned; return how many were inside."""
    return end_each(dict.fromkeys(journey_ids, reason), now=now, status=status)


@transaction.atomic
def end_each(reasons: Mapping[int, str], *, now: datetime, status: str = Status.EXITED) -> int:
    """End each of these journeys for its reason, as `end` does; what is left of the finished ones goes too."""
    if not reasons:
        return 0
    told = {"ids": sorted(reasons), "reasons": [reasons[pk] for pk in sorted(reasons)], "now": now, "status": status}
    with connection.cursor() as cursor:
        cursor.execute(END, told)
        ended = cursor.rowcount
        cursor.execute(TAKE_ALONG, told)
    return ended


def sweep(now: datetime) -> int:
    """End the journeys of running automations that met an exit, wherever they are; return how many.

    Steps and dispatch ask by themselves: this keeps counts true, and takes back early what waits for the morning.
    """
    running = AutomationVersion.objects.filter(automation__status=Automation.Status.ACTIVE)
    # By the step they wait for, of which an index holds those inside alone.
    inside = Journey.objects.filter(step__version=OuterRef("pk"), status=Status.INSIDE)
    in_use = running.filter(Q(status=AutomationVersion.Status.LIVE) | Exists(inside))
    return sum(_sweep(version, now) for version in in_use.order_by("pk"))


def _sweep(version: AutomationVersion, now: datetime) -> int:
    ended = 0
    for found in (INSIDE, WITH_OPEN_MESSAGE):
        last: Place | None = FIRST
        while last and not queue.out_of_time():
            last, came_out = _sweep_chunk(version, found, last, now)
            ended += came_out
            queue.progress()
    return ended


@transaction.atomic
def _sweep_chunk(version: AutomationVersion, found: str, last: Place, now: datetime) -> tuple[Place | None, int]:
    """Return the last journey looked at, None where there is none left, and how many ended."""
    if hold(version.automation_id) is None:
        return None, 0
    after, above = last
    told = {"version": version.pk, "automation": version.automation_id, "after": after, "above": above, "most": CHUNK}
    with connection.cursor() as cursor:
        cursor.execute(found, told)
        places = cursor.fetchall()
    met = who_met_an_exit(version, [journey_id for _at, journey_id in places], now)
    return (places[-1] if places else None), end_each(met, now=now)
