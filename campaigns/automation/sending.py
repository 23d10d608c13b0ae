"""Messages of a step to those who came to it: enrolled in the step's own campaign and judged by its gate, as a set."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from campaigns.models import AutomationStep, Campaign, Enrollment, Message, SkipReason, StepTaken
from campaigns.pipeline import writing
from campaigns.pipeline.gate import ways_of
from crm_project import queue
from customers.models import Customer

Outcome = StepTaken.Outcome
ENTER = """
    INSERT INTO campaigns_enrollment (campaign_id, customer_id, entry_key, is_control, entered_at)
    SELECT %(campaign)s, journey.customer_id, 'journey/' || journey.id, journey.is_control AND %(held_out)s, %(now)s
    FROM campaigns_journey AS journey WHERE journey.id = ANY(%(ids)s) ORDER BY journey.customer_id
    RETURNING id, customer_id, substring(entry_key FROM 9)::bigint
"""
THESE = "SELECT unnest(%s::bigint[])"


def write_messages(step: AutomationStep, journey_ids: Sequence[int], now: datetime) -> dict[int, str]:
    """Write a message for each of these journeys, planned or skipped with its reason; return what came of each.

    To be called in a transaction that holds the journeys, with the campaign known to be sending.
    """
    campaign = Campaign.objects.get(pk=step.campaign_id)
    entered = _enter(campaign, journey_ids, now)
    writing.write(
        campaign.steps.get(),
        customers=_these(Customer.objects.all(), [customer_id for customer_id, _journey in entered.values()]),
        enrolled=_these(Enrollment.objects.all(), list(entered)),
        ways=ways_of(campaign, at=now),
        now=now,
    )
    written = _these(Message.objects.all(), list(entered), column="enrollment_id")
    outcomes = {
        entered[enrollment_id][1]: _outcome(status, reason)
        for enrollment_id, status, reason in written.values_list("enrollment_id", "status", "skip_reason")
    }
    if Outcome.PLANNED in outcomes.values():
        queue.kick("campaigns.tasks.dispatch_messages")
    return outcomes


def _enter(campaign: Campaign, journey_ids: Sequence[int], now: datetime) -> dict[int, tuple[int, int]]:
    """Enrol the customers of journeys; return (customer, journey) by enrolment.

    Information goes to the holdout too, so nobody is held out of it.
    """
    told = {
        "campaign": campaign.pk,
        "ids": list(journey_ids),
        "held_out": campaign.purpose == Campaign.MessagePurpose.ADVERTISING,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(ENTER, told)
        return {row[0]: (row[1], row[2]) for row in cursor.fetchall()}


def _these(rows: QuerySet, ids: list[int], *, column: str = "pk") -> QuerySet:
    """Return the rows with these ids, as one parameter: a list of thousands is slow to read."""
    return rows.filter(**{f"{column}__in": RawSQL(THESE, [ids])})  # noqa: S611  # ours


def _outcome(status: str, reason: str) -> str:
    if status == Message.Status.PLANNED:
        return Outcome.PLANNED
    return Outcome.HELD_OUT if reason == SkipReason.HOLDOUT else Outcome.SKIPPED
