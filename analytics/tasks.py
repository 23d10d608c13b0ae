"""What the queue runs for analytics."""

from django.db import transaction

from analytics import periods
from analytics.advice import asking as advice
from analytics.attribution import check as credit_check
from analytics.attribution import credits, looking
from analytics.automations import journeys
from analytics.boards import people
from analytics.campaign_report import machines
from analytics.cohorts import rebuilding
from analytics.experiments import kept_groups, shop_holdout
from analytics.kpis import asking, kept_readings, snapshots
from analytics.product_clicks import reading as product_clicks
from analytics.rollups import campaigns, check, kept, sales
from analytics.spend import matrix
from crm_project import queue

# Each says what figures are to be kept; a worker knows no page that would bring them.
KEEPERS = (
    people,
    machines,
    kept_groups,
    shop_holdout,
    kept_readings,
    asking,
    advice,
    product_clicks,
    journeys,
    matrix,
)


@queue.job()
def attribute_orders() -> None:
    """Credit campaigns with the orders that came in or changed since the last run; many are left to a longer one."""
    if looking.are_too_many():
        with transaction.atomic():
            looking.leave()
            queue.kick("analytics.tasks.attribute_everything")
    else:
        credits.attribute_fresh()
    if snapshots.are_missing(periods.today()):
        queue.kick("analytics.tasks.take_snapshots")
    if rebuilding.is_missing(periods.today()):
        queue.kick("analytics.tasks.rebuild_cohorts")


@queue.job(cluster="bulk")
def attribute_everything(after: int = 0) -> None:
    """Credit every order (above an id) anew, as a safety net under `attribute_orders`, and add the credits up.

    Raises:
        CreditsDoNotAddUp: those of an order are not what it brought.
    """
    left = credits.attribute_on(after)
    if left is None:
        credit_check.refuse_wrong_credits()
    else:
        queue.kick("analytics.tasks.attribute_everything", left)


@queue.job(cluster="bulk")
def take_snapshots() -> None:
    """Keep the KPIs of the months behind us."""
    snapshots.take(periods.today())


@queue.job(cluster="bulk")
def rebuild_cohorts() -> None:
    """Count anew who comes back after a first purchase."""
    rebuilding.rebuild(periods.today())


@queue.job()
def refresh_rollups() -> None:
    """Add up the days whose sales changed and fold what was appended to the sums of campaigns."""
    sales.refresh_marked()
    campaigns.fold()
    if queue.out_of_time():
        queue.kick("analytics.tasks.refresh_rollups")


@queue.job(cluster="bulk")
def keep_figures() -> None:
    """Ask again what takes too long to ask while a page waits."""
    kept.keep_what_is_due()


@queue.job(cluster="bulk")
def check_rollups() -> None:
    """Compare every kept sum with the facts.

    Raises:
        SumsDiffer: one is not what the facts add up to; `manage.py check_rollups --mend` adds everything up anew.
    """
    check.refuse_differences()
