"""Judge customers and write a message for each of their enrolments, planned or skipped: three statements for a set."""

from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from campaigns import experiments
from campaigns.models import Enrollment, Step
from campaigns.pipeline.gate import Ways
from customers.models import Customer

# Judged first and written then: a statement that reads the table it fills scans it again and again as it grows.
JUDGE = "CREATE TEMPORARY TABLE judged_chunk AS {decided}"
# A way that puts a message off says until when, for each code that does.
WRITE = """
    INSERT INTO campaigns_message
        (campaign_id, enrollment_id, step_id, account_id, variant_id, customer_id, status, skip_reason,
         leg, attempt, due_at, planned_at, is_sandbox, failure, failure_detail, kind, cost, provider_id, delivery)
    SELECT enrolled.campaign_id, enrolled.id, %s, way.account_id, enrolled.arm_id, enrolled.customer_id,
           CASE WHEN judged.reason = '' THEN 'planned' ELSE 'skipped' END,
           CASE WHEN judged.reason = '' THEN judged.waits_for ELSE judged.reason END,
           judged.leg, 0, coalesce(delay.until, %s), %s, false, '', '', '', 0, '', ''
    FROM ({enrolled}) AS enrolled
    JOIN judged_chunk AS judged ON judged.id = enrolled.customer_id
    JOIN unnest(%s::int[], %s::bigint[]) AS way(leg, account_id) ON way.leg = judged.leg
    LEFT JOIN unnest(%s::int[], %s::text[], %s::timestamptz[])
         AS delay(leg, code, until) ON delay.leg = judged.leg AND delay.code = judged.waits_for
    ORDER BY enrolled.customer_id
"""


def write(
    step: Step, *, customers: QuerySet[Customer], enrolled: QuerySet[Enrollment], ways: Ways, now: datetime
) -> int:
    """Write the messages of enrolments whose customers are among those given; return how many.

    To be called in a transaction that keeps others from writing them too.
    """
    decided, parameters = ways.decided(customers)
    with connection.cursor() as cursor:
        cursor.execute(JUDGE.format(decided=decided), parameters)
        cursor.execute("ANALYZE judged_chunk")
        cursor.execute(*_insert(step, enrolled, ways, now))
        written = cursor.rowcount
        cursor.execute("DROP TABLE judged_chunk")
    return written


def _insert(step: Step, enrolled: QuerySet[Enrollment], ways: Ways, now: datetime) -> tuple[str, list[Any]]:
    """Return the statement that writes the messages, each in the arm of its customer, and its parameters."""
    arm = experiments.variant_of(list(step.variants.filter(fallback=None, locale="")), customer="customer_id")
    in_arms = enrolled.order_by().annotate(arm_id=arm).values("id", "campaign_id", "customer_id", "arm_id")
    sql, parameters = in_arms.query.sql_with_params()
    delays = ways.delays()
    return WRITE.format(enrolled=sql), [
        *(step.pk, now, now),
        *parameters,
        [way.leg for way in ways.ways],
        [way.gate.account.pk for way in ways.ways],
        [leg for leg, _code, _until in delays],
        [code for _leg, code, _until in delays],
        [until for _leg, _code, until in delays],
    ]
