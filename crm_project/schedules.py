"""Everything that runs by the clock. Times are those of Asia/Seoul. `manage.py sync_schedules` puts it in force."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone
from django_q.models import Schedule as Row

from crm_project import job_locks, queue

# Held while schedules are put in force, so that two deployments at once do not double them.
LOCK = (job_locks.NAMESPACE, 1)


@dataclass(frozen=True)
class Schedule:
    """When the job at the dotted `path` runs: every so many minutes, or at the times of a cron line."""

    path: str
    every_minutes: int | None = None
    cron: str | None = None


SCHEDULES = [
    Schedule("campaigns.tasks.launch_due_campaigns", every_minutes=1),
    Schedule("campaigns.tasks.count_recipes", cron="35 5 * * *"),
    Schedule("campaigns.tasks.dispatch_messages", every_minutes=1),
    Schedule("campaigns.tasks.reclaim_expired", every_minutes=1),
    Schedule("campaigns.tasks.finish_campaigns", every_minutes=1),
    Schedule("campaigns.tasks.send_notices", every_minutes=1),
    Schedule("campaigns.tasks.enter_daily_automations", every_minutes=1),
    Schedule("campaigns.tasks.run_automations", every_minutes=1),
    Schedule("campaigns.tasks.leave_automations", every_minutes=10),
    Schedule("crm_project.tasks.wake_forgotten_kicks", every_minutes=1),
    Schedule("campaigns.tasks.roll_up_hits", every_minutes=1),
    Schedule("campaigns.tasks.fetch_kakao_templates", every_minutes=10),
    Schedule("campaigns.tasks.settle_reports", every_minutes=1),
    Schedule("campaigns.tasks.ask_about_lost_messages", every_minutes=2),
    Schedule("campaigns.tasks.hear_refusals", every_minutes=30),
    Schedule("campaigns.tasks.read_bounce_mailboxes", every_minutes=5),
    Schedule("campaigns.tasks.expire_reports", every_minutes=60),
    Schedule("analytics.tasks.attribute_orders", every_minutes=1),
    Schedule("analytics.tasks.attribute_everything", cron="15 4 * * *"),
    Schedule("analytics.tasks.refresh_rollups", every_minutes=1),
    Schedule("analytics.tasks.keep_figures", every_minutes=5),
    Schedule("analytics.tasks.check_rollups", cron="25 4 * * *"),
    Schedule("analytics.tasks.take_snapshots", cron="45 4 * * *"),
    Schedule("analytics.tasks.rebuild_cohorts", cron="5 4 * * *"),
    Schedule("loyalty.tasks.earn_orders", every_minutes=1),
    Schedule("customers.tasks.open_consent_duties", cron="10 1 * * *"),
    Schedule("customers.tasks.carry_on_imports", every_minutes=1),
    Schedule("customers.tasks.delete_old_import_files", cron="40 3 * * *"),
    Schedule("crm_project.tasks.purge_queue_history", cron="30 3 * * *"),
    Schedule("customers.tasks.delete_expired_exports", every_minutes=10),
    Schedule("customers.tasks.destroy_what_is_due", cron="30 2 * * *"),
    Schedule("customers.tasks.handle_webhooks", every_minutes=1),
    Schedule("customers.tasks.purge_webhooks", cron="50 3 * * *"),
    Schedule("customers.tasks.take_in_web_events", every_minutes=1),
    Schedule("customers.tasks.forget_failed_web_events", cron="52 3 * * *"),
    Schedule("crm_project.tasks.purge_calls_of_the_api", cron="40 3 * * *"),
    Schedule("customers.tasks.turn_day", cron="1 0 * * *"),
    Schedule("customers.tasks.rebuild_cycles", cron="20 2 * * *"),
    # After the cycles, which say what is due again.
    Schedule("customers.tasks.rebuild_recommendations", cron="40 2 * * *"),
    Schedule("customers.tasks.find_duplicates", cron="30 1 * * *"),
    Schedule("customers.tasks.touch_turned_customers", every_minutes=1),
    Schedule("loyalty.tasks.carry_on_coupon_issues", every_minutes=1),
    Schedule("loyalty.tasks.expire_coupons", cron="2 0 * * *"),
    Schedule("customers.tasks.refresh_all_segments", cron="5 0 * * *"),
    Schedule("loyalty.tasks.expire_points", every_minutes=5),
    Schedule("loyalty.tasks.give_back_at_desks", every_minutes=5),
    Schedule("loyalty.tasks.credit_tiers", every_minutes=1),
    Schedule("loyalty.tasks.open_expiry_notices", cron="15 0 * * *"),
    Schedule("campaigns.tasks.prove_expiry_notices", cron="50 * * * *"),
    Schedule("loyalty.tasks.settle_referrals", every_minutes=1),
    Schedule("loyalty.tasks.make_referral_codes", cron="25 * * * *"),
    # Before the segments, which may ask for tiers.
    Schedule("loyalty.tasks.evaluate_tiers", cron="2 0 * * *"),
    Schedule("loyalty.tasks.take_points_snapshots", cron="20 0 * * *"),
    Schedule("loyalty.tasks.check_ledger", cron="10 3 * * *"),
    Schedule("loyalty.tasks.purge_till_requests", cron="55 3 * * *"),
    Schedule("loyalty.tasks.look_at_staff_bookings", cron="35 3 * * *"),
]


# Light jobs that `manage.py serve` kicks every five seconds besides: an order is to show in the reports,
# and its points on the account, that soon.
OFTEN = (
    "analytics.tasks.attribute_orders",
    "analytics.tasks.refresh_rollups",
    "loyalty.tasks.earn_orders",
    "loyalty.tasks.credit_tiers",
)


@transaction.atomic
def put_in_force(schedules: Iterable[Schedule]) -> int:
    """Make the queue's rows equal to `schedules`, keeping the next run of those that did not change.

    Raises:
        LookupError: a schedule names no job.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", LOCK)
    kept = [_put_one(schedule) for schedule in schedules]
    Row.objects.exclude(pk__in=kept).delete()
    return len(kept)


def _put_one(schedule: Schedule) -> int:
    wanted = _columns(schedule)
    same = Row.objects.filter(**wanted).first()
    if same is None:
        Row.objects.filter(name=schedule.path).delete()
        # The first run of "every so many minutes" is at once; django-q works out that of a cron line as it saves.
        same = Row.objects.create(**wanted, next_run=timezone.now())
    return same.pk


def _columns(schedule: Schedule) -> dict[str, object]:
    return {
        "name": schedule.path,
        "func": f"{queue.__name__}.{queue.run.__name__}",
        "args": repr((schedule.path,)),
        "kwargs": None,
        "hook": None,
        "repeats": -1,
        "schedule_type": Row.CRON if schedule.cron else Row.MINUTES,
        "minutes": schedule.every_minutes,
        "cron": schedule.cron,
        "cluster": queue.find(schedule.path).cluster,
    }
