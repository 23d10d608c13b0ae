"""How many journeys took each step, and with which outcome: added up as they go, so that no page counts millions."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import connection
from django.db.models import Sum

from campaigns.models import StepCount

# (journey, step, outcome, lane, due_at) of one step that one journey took.
Row = tuple[int, int, str, str, datetime]
# (step, outcome, lane, count)
Counted = tuple[int, str, str, int]
TOOK = """
    WITH taken AS (
        INSERT INTO campaigns_steptaken (taken_at, journey_id, step_id, outcome, lane, due_at)
        SELECT %s, * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::timestamptz[])
        RETURNING step_id, outcome, lane
    )
    INSERT INTO campaigns_stepcount (step_id, outcome, lane, count)
    SELECT step_id, outcome, lane, count(*) FROM taken GROUP BY step_id, outcome, lane
"""
# Of one statement, so that nobody ever reads a part twice or not at all.
ADD_UP = """
    WITH parts AS (
        DELETE FROM campaigns_stepcount WHERE step_id IN (
            SELECT step_id FROM campaigns_stepcount GROUP BY step_id, outcome, lane HAVING count(*) > 1
        ) RETURNING step_id, outcome, lane, count
    )
    INSERT INTO campaigns_stepcount (step_id, outcome, lane, count)
    SELECT step_id, outcome, lane, sum(count) FROM parts GROUP BY step_id, outcome, lane
"""


def record(rows: Collection[Row], now: datetime) -> None:
    """Write steps that were taken, and count them, in one statement."""
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(TOOK, [now, *map(list, zip(*rows, strict=True))])


def counted(step_ids: Iterable[int]) -> list[Counted]:
    """Return how often each of these steps was taken, by outcome and lane."""
    rows = StepCount.objects.filter(step__in=list(step_ids)).order_by().values_list("step", "outcome", "lane")
    return list(rows.annotate(n=Sum("count")))


def add_up() -> None:
    """Join the rows of each count into one."""
    with connection.cursor() as cursor:
        cursor.execute(ADD_UP)
