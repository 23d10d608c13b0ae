"""One message a customer who entered, planned or skipped with its reason: the truth of who gets what.

Everybody who enters has a row, those in the holdout too (skipped, `HOLDOUT`): the rows with that reason are those who
would have received it, which is what the effect is measured against.
"""

from collections.abc import Iterator

from django.db import connection, transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from campaigns.models import Campaign, Enrollment, Message, Step
from campaigns.pipeline import content, entry, writing
from campaigns.pipeline.gate import ways_of
from crm_project import queue
from customers.models import Customer

# So many customers a transaction: a cut costs a second of work, and nothing waits long for a lock.
CHUNK = 20_000


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
    return writing.write(
        step,
        customers=customers,
        enrolled=_enrolled(campaign, bounds),
        ways=ways_of(campaign, at=now, within=bounds),
        now=now,
    )


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


def _enrolled(campaign: Campaign, bounds: tuple[int, int]) -> QuerySet[Enrollment]:
    """Return the enrolments of the range."""
    above, last = bounds
    return entry.enrolled(campaign).filter(customer_id__gt=above, customer_id__lte=last)


@transaction.atomic
def _complete(campaign: Campaign) -> None:
    """Mark the plan as complete, unless it was stopped half-way, and ask for dispatch."""
    missing = entry.enrolled(campaign).filter(messages=None).exists()
    if not missing:
        active = Campaign.objects.filter(pk=campaign.pk, status=Campaign.Status.ACTIVE)
        active.update(planned_at=timezone.now())
    if Message.objects.filter(campaign=campaign, status=Message.Status.PLANNED).exists():
        queue.kick("campaigns.tasks.dispatch_messages")
