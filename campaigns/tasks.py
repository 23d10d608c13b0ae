"""What the queue runs for campaigns."""

import time
from contextlib import ExitStack
from datetime import datetime

from django.utils import timezone

from campaigns import lifecycle
from campaigns.automation import counting, entering_in_turn, expecting, expiry_proofs, leaving, walking
from campaigns.automation import lifecycle as automations
from campaigns.bounces import mailbox
from campaigns.compliance import opt_out_lines
from campaigns.kakao import fetching
from campaigns.models import Campaign
from campaigns.notices import sending
from campaigns.pipeline import asking, brakes, claims, dispatch, outcome, plan, reports
from campaigns.recipes import expected
from campaigns.review import link_check
from crm_project import queue

# What walking has of each run, however long it took to ask who enters; and what one automation may take of it.
SECONDS_TO_WALK, SECONDS_TO_ASK_ONE = 10, 20


@queue.job()
def roll_up_hits() -> None:
    """Judge new hits and add them up on their messages; kicked by the first hit that waits, and every minute."""
    outcome.roll_up_waiting()
    if queue.out_of_time():
        queue.kick("campaigns.tasks.roll_up_hits")


@queue.job()
def launch_due_campaigns() -> None:
    """Begin the approved campaigns whose time has come; every minute, and kicked by an approval."""
    lifecycle.start_due(timezone.now())


@queue.job(cluster="bulk")
def check_links(campaign_id: int) -> None:
    """Ask the links and pictures of a campaign; kicked when its review is asked for, and from the review page."""
    link_check.check(campaign_id)


@queue.job(cluster="bulk")
def plan_campaign(campaign_id: int) -> None:
    """Write who gets what of a campaign that began. May be cut and run again."""
    plan.plan_campaign(campaign_id)
    lifecycle.finish_if_done(campaign_id)


@queue.job(concurrent=True)
def dispatch_messages() -> None:
    """Hand over what is planned; kicked by a plan, and every minute for what is to be tried again."""
    if dispatch.dispatch_due(queue.deadline()):
        queue.kick("campaigns.tasks.dispatch_messages")


@queue.job()
def reclaim_expired() -> None:
    """Take back what lost workers had claimed, and ask for its dispatch; every minute."""
    claims.reclaim_expired(timezone.now())
    queue.kick("campaigns.tasks.dispatch_messages")


@queue.job()
def finish_campaigns() -> None:
    """Finish the campaigns that have nothing open, and go on with plans that were cut; every minute."""
    running = Campaign.objects.own().filter(status=Campaign.Status.ACTIVE, entry=Campaign.Entry.ONCE)
    for campaign in running:
        if campaign.planned_at is None:
            queue.kick("campaigns.tasks.plan_campaign", campaign.pk)
        else:
            lifecycle.finish_if_done(campaign.pk)


@queue.job(cluster="bulk")
def prove_expiry_notices() -> None:
    """Mark the notices of expiring points for which a message was tried; each hour, before points die at midnight."""
    expiry_proofs.prove(timezone.now())


@queue.job()
def settle_reports() -> None:
    """Settle what gateways reported; kicked by each call of theirs, and every minute for what could not be matched."""
    reports.settle_waiting()
    brakes.look_at_all()
    if queue.out_of_time():
        queue.kick("campaigns.tasks.settle_reports")


@queue.job()
def ask_about_lost_messages() -> None:
    """Ask gateways what they have of messages whose answer was lost; every two minutes."""
    asking.ask_about_lost(timezone.now())


@queue.job()
def hear_refusals() -> None:
    """Take in who called a free number that a gateway answers for the shop; every half hour."""
    opt_out_lines.hear_refusals()


@queue.job()
def read_bounce_mailboxes() -> None:
    """Take in the mails that came back to the mailboxes of the accounts; every five minutes."""
    mailbox.read_all(timezone.now())


@queue.job()
def expire_reports() -> None:
    """Stop waiting for reports that never came; every hour."""
    reports.expire(timezone.now())


@queue.job()
def send_notices() -> None:
    """Enrol the duties that are due in their standing campaigns, and mark done those that went out; every minute."""
    sending.settle()
    sending.enrol_due(timezone.now())


@queue.job()
def run_automations() -> None:
    """Let people enter automations and take the steps that are due; every minute, and kicked by an approval.

    Those that look once a day are entered by a job of their own.
    """
    now, enter_until = timezone.now(), queue.deadline() - SECONDS_TO_ASK_ONE
    automations.hold_what_changed()
    with ExitStack() as after:
        # Last come, first done: what fails is told in the end and keeps nobody else waiting.
        after.callback(automations.close_replaced)
        after.callback(_walk, now)
        entering_in_turn.enter_due(now, daily=False, deadline=enter_until, longest=SECONDS_TO_ASK_ONE)
    if time.monotonic() >= enter_until:
        queue.kick("campaigns.tasks.run_automations")


def _walk(now: datetime) -> None:
    walking.walk_due(now, max(queue.deadline(), time.monotonic() + SECONDS_TO_WALK))


@queue.job(cluster="bulk")
def enter_daily_automations() -> None:
    """Let people enter automations that look once a day, of all customers; every minute, but most of them are not due.

    Apart from the others, as what they ask may take minutes and a cart does not wait.
    """
    automations.hold_what_changed()
    if entering_in_turn.enter_due(timezone.now(), daily=True):
        queue.kick("campaigns.tasks.run_automations")


@queue.job(cluster="bulk")
def leave_automations() -> None:
    """Take out of automations who met an exit while they wait; every ten minutes. Steps and dispatch ask too.

    Adds up the counts of steps, which those who walk write in parts.
    """
    with ExitStack() as after:
        after.callback(counting.add_up)
        leaving.sweep(timezone.now())


@queue.job(cluster="bulk")
def expect_entries(version_id: int) -> None:
    """Ask who would enter a version; kicked when its review is requested, and from the review page."""
    expecting.expect(version_id)


@queue.job(cluster="bulk")
def count_recipes() -> None:
    """Count how many people each recipe would have reached; every night, and kicked from the gallery."""
    expected.count_all()


@queue.job()
def fetch_kakao_templates() -> None:
    """Fetch templates of AlimTalk and what Kakao decided about them; every ten minutes."""
    fetching.fetch_all()
