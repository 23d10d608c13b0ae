"""One message a customer who entered, planned or skipped with its reason: the truth of who gets what.

Everybody who enters has a row, those in the holdout too (skipped, `HOLDOUT`): the rows with that reason are those who
would have received it, which is what the effect is measured against.
"""

from collections.abc import Iterator

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from campaigns import experiments
from campaigns.models import Campaign, Message, Step
from campaigns.pipeline import content, entry
from campaigns.pipeline.gate import gate_of
from crm_project import queue
from customers.models import Customer

# So many customers a transaction: a cut costs a second of work, and nothing waits long for a lock.
CHUNK = 20_000
# Judged first and written then: a statement that reads the table it fills scans it again and again as it grows.
JUDGE = "CREATE TEMPORARY TABLE judged_chunk AS {judged}"
PLAN = """
    INSERT INTO campaigns_message
        (campaign_id, enrollment_id, step_id, account_id, variant_id, customer_id, status, skip_reason,
         leg, attempt, due_at, planned_at, is_sandbox, failure, failure_detail, kind, cost, provider_id, delivery)
    SELECT enrolled.campaign_id, enrolled.id, %s, %s, chosen.variant_id, enrolled.customer_id,
           CASE WHEN judged.reason = '' THEN 'planned' ELSE 'skipped' END, judged.reason,
           0, 0, %s, %s, false, '', '', '', 0, '', ''
    FROM campaigns_enrollment AS enrolled
    JOIN judged_chunk AS judged ON judged.id = enrolled.customer_id
    JOIN ({chosen}) AS chosen ON chosen.id = enrolled.customer_id
    WHERE enrolled.campaign_id = %s AND enrolled.entry_key = ''
    ORDER BY enrolled.customer_id
    ON CONFLICT (enrollment_id, step_id) DO NOTHING
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
    entry.enter(campaign)
    planned = sum(_plan_chunk(campaign, step, *bounds) for bounds in _chunks(campaign))
    _complete(campaign)
    return planned


def _chunks(campaign: Campaign) -> Iterator[tuple[int, int]]:
    """Yield ranges (above, up to) of customer ids with no more than a chunk of enrolments each."""
    above = 0
    while True:
        page = entry.enrolled(campaign).filter(customer_id__gt=above)[:CHUNK]
        last = page.aggregate(last=Max("customer_id"))["last"]
        if last is None:
            return
        yield above, last
        above = last


@transaction.atomic
def _plan_chunk(campaign: Campaign, step: Step, above: int, last: int) -> int:
    """Plan one range of customers. The row lock keeps a stop from missing rows that are being written."""
    locked = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    if locked.status != Campaign.Status.ACTIVE:
        return 0
    queue.progress()
    customers = Customer.objects.filter(pk__gt=above, pk__lte=last, enrollments__campaign=campaign)
    judged, judged_parameters = gate_of(campaign, at=timezone.now()).judged(customers)
    variant = experiments.variant_of(list(step.variants.filter(fallback=None, locale="")))
    chosen, chosen_parameters = (
        customers.annotate(variant_id=variant).values("id", "variant_id").query.sql_with_params()
    )
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(JUDGE.format(judged=judged), judged_parameters)
        cursor.execute("ANALYZE judged_chunk")
        cursor.execute(
            PLAN.format(chosen=chosen), [step.pk, step.account_id, now, now, *chosen_parameters, campaign.pk]
        )
        planned = cursor.rowcount
        cursor.execute("DROP TABLE judged_chunk")
    return planned


@transaction.atomic
def _complete(campaign: Campaign) -> None:
    """Mark the plan as complete, unless it was stopped half-way, and ask for dispatch."""
    missing = entry.enrolled(campaign).filter(messages=None).exists()
    if not missing:
        active = Campaign.objects.filter(pk=campaign.pk, status=Campaign.Status.ACTIVE)
        active.update(planned_at=timezone.now())
    if Message.objects.filter(campaign=campaign, status=Message.Status.PLANNED).exists():
        queue.kick("campaigns.tasks.dispatch_messages")
