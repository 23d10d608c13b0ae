"""One message a customer who entered, planned or skipped with its reason: the truth of who gets what.

Everybody who enters has a row, those in the holdout too (skipped, `HOLDOUT`): the rows with that reason are those who
would have received it, which is what the effect is measured against.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from campaigns import experiments
from campaigns.models import Campaign, Message, Step
from campaigns.pipeline import content, entry
from campaigns.pipeline.gate import Ways, ways_of
from crm_project import queue
from customers.models import Customer

# So many customers a transaction: a cut costs a second of work, and nothing waits long for a lock.
CHUNK = 20_000
# Judged first and written then: a statement that reads the table it fills scans it again and again as it grows.
JUDGE = "CREATE TEMPORARY TABLE judged_chunk AS {decided}"
# A way that puts a message off says until when, for each code that does.
PLAN = """
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


def plan_campaign(campaign_id: int) -> int:
    """Enrol the audience and write a message for each; return how many rows are new.

    May be cut at any point and called again: what is there stays, what is missing is added. Once the plan is
    complete, calling it adds nothing, whoever has entered the segment since.
    """
    campaign = Campaign.objects.select_related("segment").get(pk=campaign_id)
    if campaign.status != Campaign.Status.ACTIVE or campaign.planned_at:
        return 0
    step = campaign.steps.get()
    for variant in step.variants.all():
        content.store_links(variant)
    if campaign.entry == Campaign.Entry.STANDING:
        return 0  # people enter one by one; whoever sends them in writes their messages (`campaigns/notices/`)
    entry.refresh_audience(campaign)
    if entry.enter(campaign) >= CHUNK:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE campaigns_enrollment")  # else the first chunks are planned as if nobody had entered
    planned = 0
    for bounds in _chunks(campaign):
        planned += _plan_chunk(campaign, step, bounds)
        queue.progress()
    _complete(campaign)
    return planned


def _chunks(campaign: Campaign) -> Iterator[tuple[int, int]]:
    """Yield ranges (above, up to) of customer ids with no more than a chunk of enrolments each.

    Begins at the first who has no message: chunks are written in this order, so a plan that was cut goes on there.
    """
    first = entry.enrolled(campaign).filter(messages=None).values_list("customer_id", flat=True)[:1]
    above = min(first, default=1) - 1
    while True:
        page = entry.enrolled(campaign).filter(customer_id__gt=above)[:CHUNK]
        last = page.aggregate(last=Max("customer_id"))["last"]
        if last is None:
            return
        yield above, last
        above = last


@transaction.atomic
def _plan_chunk(campaign: Campaign, step: Step, bounds: tuple[int, int]) -> int:
    """Plan one range of customers. The row lock keeps a stop from missing rows that are being written."""
    locked = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    if locked.status != Campaign.Status.ACTIVE:
        return 0
    customers = _without_message(campaign, step, bounds)
    now = timezone.now()
    ways = ways_of(campaign, at=now, within=bounds)
    decided, parameters = ways.decided(customers)
    with connection.cursor() as cursor:
        cursor.execute(JUDGE.format(decided=decided), parameters)
        cursor.execute("ANALYZE judged_chunk")
        cursor.execute(*_insert(campaign, step, bounds, ways, now))
        planned = cursor.rowcount
        cursor.execute("DROP TABLE judged_chunk")
    return planned


def _without_message(campaign: Campaign, step: Step, bounds: tuple[int, int]) -> QuerySet[Customer]:
    """Return the enrolled customers of the range to write to.

    The campaign's row is locked, so nobody else writes to them meanwhile; ON CONFLICT would cost a quarter more.
    """
    above, last = bounds
    entered = {"campaign": campaign, "entry_key": "", "customer_id__gt": above, "customer_id__lte": last}
    customers = Customer.objects.filter(
        pk__gt=above, pk__lte=last, **{f"enrollments__{name}": value for name, value in entered.items()}
    )
    written = Message.objects.filter(customer_id__gt=above, customer_id__lte=last, step=step)
    return customers.exclude(pk__in=written.values("customer_id")) if written.exists() else customers


def _insert(
    campaign: Campaign, step: Step, bounds: tuple[int, int], ways: Ways, now: datetime
) -> tuple[str, list[Any]]:
    """Return the statement that writes the messages of a chunk, and its parameters."""
    enrolled, parameters = _enrolled(campaign, step, bounds).query.sql_with_params()
    delays = ways.delays()
    return PLAN.format(enrolled=enrolled), [
        *(step.pk, now, now),
        *parameters,
        [way.leg for way in ways.ways],
        [way.gate.account.pk for way in ways.ways],
        [leg for leg, _code, _until in delays],
        [code for _leg, code, _until in delays],
        [until for _leg, _code, until in delays],
    ]


def _enrolled(campaign: Campaign, step: Step, bounds: tuple[int, int]) -> QuerySet:
    """Return the enrolments of the range, each with the arm of the customer."""
    above, last = bounds
    arm = experiments.variant_of(list(step.variants.filter(fallback=None, locale="")), customer="customer_id")
    of_range = entry.enrolled(campaign).order_by().filter(customer_id__gt=above, customer_id__lte=last)
    return of_range.annotate(arm_id=arm).values("id", "campaign_id", "customer_id", "arm_id")


@transaction.atomic
def _complete(campaign: Campaign) -> None:
    """Mark the plan as complete, unless it was stopped half-way, and ask for dispatch."""
    missing = entry.enrolled(campaign).filter(messages=None).exists()
    if not missing:
        active = Campaign.objects.filter(pk=campaign.pk, status=Campaign.Status.ACTIVE)
        active.update(planned_at=timezone.now())
    if Message.objects.filter(campaign=campaign, status=Message.Status.PLANNED).exists():
        queue.kick("campaigns.tasks.dispatch_messages")
