"""The clock's and the queue's door to this app."""

from django.utils import timezone

from crm_project import queue
from crm_project.queue import job, kick
from loyalty.coupons import expiry as coupon_expiry
from loyalty.coupons import issue_runs
from loyalty.desk import order_returns
from loyalty.earning import orders
from loyalty.facts import expiry_notices
from loyalty.figures import open_points
from loyalty.ledger import checking, expiry, snapshots
from loyalty.referrals import claims as referral_claims
from loyalty.referrals import codes as referral_codes
from loyalty.referrals import settling as referral_settling
from loyalty.referrals import taking_back as referral_returns
from loyalty.referrals.terms import terms_in_force
from loyalty.staff_alerts import looking as staff_alerts
from loyalty.tiers import credits as tier_credits
from loyalty.tiers import evaluation as tier_evaluation
from loyalty.till import idempotency as till_idempotency

# More than a light job gets done in its minute: a first load, or a year that was imported anew.
MANY_ORDERS = 50_000


@job()
def earn_orders() -> None:
    """Count the points of the orders that came in or changed since the last run; very many of them in bulk."""
    if orders.earn_changed_orders(most=MANY_ORDERS) is None:
        kick("loyalty.tasks.earn_many_orders")


@job(cluster="bulk")
def earn_many_orders() -> None:
    """Count the points of however many orders came in or changed since the last run."""
    orders.earn_changed_orders()


@job(cluster="bulk")
def carry_on_coupon_issue(issue_id: int) -> None:
    """Issue a coupon to those of a segment who have none yet, or make the codes that are missing."""
    issue_runs.carry_on(issue_id)


@job()
def carry_on_coupon_issues() -> None:
    """Wake the issues that stand at work while no process has them in hand."""
    issue_runs.wake_forgotten()


@job(cluster="bulk")
def expire_coupons() -> None:
    """Mark the unused coupons whose last day is past."""
    coupon_expiry.expire_due(timezone.now())


@job(cluster="bulk", concurrent=True)
def expire_points() -> None:
    """Book what the clock asks of points accounts: points that die or become usable, holds that time out."""
    expiry.expire_due(timezone.now(), go_on=lambda: not queue.out_of_time())
    if queue.out_of_time():
        queue.kick("loyalty.tasks.expire_points")


@job()
def give_back_at_desks() -> None:
    """Give back what desks took for orders that the shop cancelled or refunded since, and take back what they gave."""
    order_returns.give_back(timezone.now())


@job(cluster="bulk")
def check_ledger() -> None:
    """Replay the points ledger; fails where a row differs, so that the job is seen to have failed."""
    done = checking.check()
    if done.differences:
        raise checking.LedgerDiffers(done)


@job(cluster="bulk")
def take_points_snapshots() -> None:
    """Write down the balances of the days that are over, and what lies in open lots."""
    snapshots.take_snapshots(timezone.now())
    open_points.look(timezone.now())


@job()
def credit_tiers() -> None:
    """Count the orders that came in or changed towards tiers, and move up whom it suffices; the first time in bulk."""
    if tier_credits.credit_changed_orders() is None:
        kick("loyalty.tasks.credit_all_tiers")


@job(cluster="bulk")
def credit_all_tiers() -> None:
    """Hold every order against what was counted towards tiers, and write the difference."""
    tier_credits.credit_every_order()


@job(cluster="bulk")
def evaluate_tiers() -> None:
    """Evaluate everybody's tier for each day up to today that was not evaluated, by all that came in until now."""
    tier_credits.credit_changed_orders()
    tier_evaluation.evaluate_due(timezone.localdate())


@job(cluster="bulk")
def apply_ladder() -> None:
    """Put everybody where they stand by a ladder that was just put in force."""
    tier_credits.credit_every_order()
    tier_evaluation.settle_everyone()


@job()
def settle_referrals() -> None:
    """Take back what was returned, look at the codes that new customers came with, and reward what has stood."""
    terms, now = terms_in_force(), timezone.now()
    # Also of rewards that were given before referrals ended.
    referral_returns.take_back_returned(now)
    if terms is not None:
        referral_claims.take_new(terms)
        referral_settling.settle(terms, now)


@job(cluster="bulk")
def make_referral_codes() -> None:
    """Make a code for every customer who has none, while referrals count."""
    if terms_in_force() is not None:
        referral_codes.make_missing()


@job(cluster="bulk")
def purge_till_requests() -> None:
    """Delete the answers kept for tills that repeat a request, after ninety days."""
    till_idempotency.purge()


@job(cluster="bulk")
def open_expiry_notices() -> None:
    """Open the notices of points that die in 60, 30 and 3 days."""
    expiry_notices.open_due(timezone.now())


@job(cluster="bulk")
def look_at_staff_bookings() -> None:
    """Find what stands out in the bookings of staff on the days that are over."""
    staff_alerts.look(timezone.now())
