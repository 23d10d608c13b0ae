"""From a duty that is due to a message, and from the message that left to a duty done.

Both halves may be cut and run again: a duty has one message over each way at most, and one way at a time. A message
that comes back told nobody: its duty waits again, for the next way, and where none is left for a letter.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.compliance import window
from campaigns.models import Campaign, Enrollment, Message, Step
from campaigns.notices import keys, routes
from campaigns.pipeline.gate import gate_of
from crm_project import queue
from customers.consent import duties
from customers.models import Customer, NoticeDuty

CHUNK = 1_000
# So many are looked for at once: that takes as long as to look for one chunk, and everybody may have been told.
FOUND_AT_ONCE = 50 * CHUNK
# What really left and, as far as anybody knows, arrived.
REACHED = Q(status=Message.Status.SENT, is_sandbox=False) & ~Q(delivery=Message.Delivery.UNDELIVERED)
# No report of a message that never arrived comes later than this.
COMES_BACK_WITHIN = timedelta(days=30)


def standing_campaigns() -> list[Campaign]:
    """Return the campaigns of notices that are running, oldest first."""
    running = Campaign.objects.filter(entry=Campaign.Entry.STANDING, status=Campaign.Status.ACTIVE).exclude(duty="")
    return list(running.prefetch_related("steps__account").order_by("pk"))


def enrol_due(now: datetime) -> int:
    """Write a message for each duty that is due, over the first way that reaches its customer; return how many.

    By day only: the law lets information go at night, but nobody is grateful for it.
    """
    if not window.shop_hours().hold(window.clock(now)):
        return 0
    return sum(_enrol(campaign, about, now) for campaign, about in routes.rounds(standing_campaigns()))


def settle() -> int:
    """Mark the duties done whose message really left; return how many. What only went to the sandbox told nobody.

    Those whose message came back while it was being counted as told wait again.
    """
    begun = list(Campaign.objects.exclude(duty="").exclude(started_at=None))
    for campaign in begun:
        _reopen(campaign)
    return sum(_settle(campaign) for campaign in begun)


def take_back(message_ids: Sequence[int]) -> int:
    """Have the duties wait again that these messages had told of, which came back; return how many.

    Call it in the transaction that writes that they did, before they go on over the next way of their campaign.
    """
    notices = Message.objects.filter(pk__in=message_ids).exclude(campaign__duty="")
    duty_ids = [keys.duty_of(key) for key in notices.values_list("enrollment__entry_key", flat=True)]
    told_nobody = NoticeDuty.objects.filter(pk__in=duty_ids).exclude(Exists(keys.messages_for().filter(REACHED)))
    return duties.reopen(told_nobody.values_list("pk", flat=True)) if duty_ids else 0


def waiting(campaign: Campaign, about: Sequence[str], now: datetime) -> QuerySet[NoticeDuty]:
    """Return the due duties that this campaign may serve and that no other way has in hand."""
    kind = keys.kind_of(campaign.steps.all()[0].account)
    told = Q(status__in=Message.OPEN) | REACHED
    if kind == keys.REHEARSAL:
        told |= Q(status=Message.Status.SENT)
    tried = keys.messages_for(kinds=[kind]).filter(campaign=campaign)
    # One notice at a time to a customer: what a message tells is looked up by its customer.
    busy = Message.objects.filter(campaign__duty=campaign.duty, customer=OuterRef("customer"), status__in=Message.OPEN)
    due = duties.due(campaign.duty, now).filter(channel__in=about)
    return due.exclude(Exists(tried)).exclude(Exists(keys.messages_for().filter(told))).exclude(Exists(busy))


def _enrol(campaign: Campaign, about: Sequence[str], now: datetime) -> int:
    # Asked in the same statement: many thousands whom this way never reaches must not keep the others waiting.
    customers = Customer.objects.filter(pk=OuterRef("customer"))
    reached = Exists(gate_of(campaign, at=now).asked(customers).filter(reason=""))
    written, above = 0, 0
    while not queue.out_of_time():
        chunk = list(waiting(campaign, about, now).filter(reached, pk__gt=above).order_by("pk")[:CHUNK])
        if not chunk:
            break
        above = chunk[-1].pk
        first = {duty.customer_id: duty for duty in reversed(chunk)}
        written += _write(campaign, list(first.values()), now)
        queue.progress()
    return written


@transaction.atomic
def _write(campaign: Campaign, chosen: Sequence[NoticeDuty], now: datetime) -> int:
    """Enrol and plan these duties. The row lock keeps a stop from missing rows that are being written."""
    locked = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    if locked.status != Campaign.Status.ACTIVE or not chosen:
        return 0
    step = Step.objects.select_related("account").get(campaign=campaign)
    variant = step.variants.filter(fallback=None, locale="").order_by("pk")[0]
    kind = keys.kind_of(step.account)
    enrolled = Enrollment.objects.bulk_create(
        [
            Enrollment(campaign=campaign, customer_id=duty.customer_id, entry_key=keys.key_of(duty.pk, kind))
            for duty in sorted(chosen, key=lambda duty: duty.pk)
        ]
    )
    Message.objects.bulk_create(
        [
            Message(
                campaign=campaign,
                enrollment=entry,
                step=step,
                account=step.account,
                variant=variant,
                customer_id=entry.customer_id,
                due_at=now,
                planned_at=now,
            )
            for entry in enrolled
        ]
    )
    queue.kick("campaigns.tasks.dispatch_messages")
    return len(enrolled)


def _reopen(campaign: Campaign) -> None:
    lost = Q(campaign=campaign, status=Message.Status.SENT, is_sandbox=False, delivery=Message.Delivery.UNDELIVERED)
    noticed = NoticeDuty.objects.filter(
        kind=campaign.duty,
        outcome=NoticeDuty.Outcome.NOTICED,
        done_by=None,
        done_at__gte=timezone.now() - COMES_BACK_WITHIN,
        # Few come back: to begin with these keeps the many who were told out of it.
        customer__in=Message.objects.filter(lost).values("customer"),
    )
    came_back = noticed.filter(Exists(keys.messages_for().filter(lost))).exclude(
        Exists(keys.messages_for().filter(REACHED))
    )
    while not queue.out_of_time() and (ids := list(came_back.order_by("pk").values_list("pk", flat=True)[:CHUNK])):
        duties.reopen(ids)
        queue.progress()


def _settle(campaign: Campaign) -> int:
    left = keys.messages_for().filter(REACHED, campaign=campaign)
    done = NoticeDuty.objects.filter(Exists(left), kind=campaign.duty, done_at=None)
    how = _("message “%(name)s”, campaign %(number)s") % {"name": campaign.name, "number": campaign.pk}
    marked = 0
    while ids := list(done.order_by("pk").values_list("pk", flat=True)[:FOUND_AT_ONCE]):
        for begin in range(0, len(ids), CHUNK):
            if queue.out_of_time():
                return marked
            marked += duties.mark_done(ids[begin : begin + CHUNK], how[:200])
            queue.progress()
    return marked
