"""The clock's and the queue's door to this app."""

from django.utils import timezone

from crm_project import queue
from crm_project.queue import job, kick
from customers import cycles, rfm
from customers.consent import duties, phone_opt_outs
from customers.cycles import expectation
from customers.identity import duplicates, following
from customers.imports import passes, runs
from customers.models import Segment
from customers.platforms import deliveries
from customers.privacy import exports, retention, usage_notices
from customers.recommendations import nightly
from customers.segments import refresh, turning
from customers.web_events import arrivals


@job()
def refresh_touched_segments() -> None:
    """Look at the customers whose facts changed, for all active segments."""
    refresh.refresh_touched()


@job()
def touch_turned_customers() -> None:
    """Have the customers looked at again who passed an hour that a segment names."""
    turning.touch_turned()


@job(cluster="bulk")
def refresh_segment(segment_id: int) -> None:
    """Bring one segment up to date in full, after its rule was changed or a segment that it asks moved."""
    if Segment.objects.filter(pk=segment_id).exists():  # not deleted since the kick
        refresh.refresh_segment(segment_id)


@job(cluster="bulk")
def refresh_all_segments() -> None:
    """Bring every active segment up to date; shortly after midnight, when days turn over."""
    refresh.refresh_all()


@job(cluster="bulk")
def turn_day() -> None:
    """Bring risks and scores to the day that begins, then have the segments refreshed, which ask for them."""
    expectation.renew(timezone.localdate())
    rfm.score_everyone(timezone.now())
    kick("customers.tasks.refresh_all_segments")


@job(cluster="bulk")
def rebuild_cycles() -> None:
    """Compute all purchase cycles anew, and what they lead to expect of each customer."""
    cycles.rebuild(timezone.now())
    kick("customers.tasks.refresh_all_segments")


@job(cluster="bulk")
def rebuild_recommendations() -> None:
    """Compute anew what goes together, what is in demand and what is popular in each group."""
    nightly.rebuild(timezone.now())


@job(cluster="bulk")
def make_export(export_id: int) -> None:
    """Write the file of an approved export."""
    exports.make(export_id)


@job()
def delete_expired_exports() -> None:
    """Delete the files of exports whose time is over."""
    exports.delete_expired()


@job(cluster="bulk")
def destroy_what_is_due() -> None:
    """Destroy personal data that has been kept long enough."""
    retention.destroy_what_is_due(timezone.now())


@job(cluster="bulk")
def open_consent_duties() -> None:
    """Open the notices that come due by a day, and follow numbers that refused over the 080 line."""
    phone_opt_outs.follow_numbers()
    duties.open_reconfirmations(timezone.now())
    usage_notices.open_next(timezone.now())


@job(cluster="bulk")
def carry_on_import(run_id: int) -> None:
    """Check or import a file from where its run stands."""
    passes.carry_on(run_id)


@job()
def carry_on_imports() -> None:
    """Wake the checks and imports that stand at work while no process has them in hand."""
    runs.wake_forgotten()


@job(cluster="bulk")
def delete_old_import_files() -> None:
    """Delete uploaded files whose days are over."""
    runs.delete_old_files()


@job(cluster="bulk")
def find_duplicates() -> None:
    """Look for customers that may be one person, once those who were merged have all that is theirs."""
    following.bring_all_along()
    duplicates.find()


@job()
def handle_webhooks() -> None:
    """Take in what platforms called with, and try again what failed before."""
    deliveries.handle_due()


@job()
def purge_webhooks() -> None:
    """Delete the bodies of old webhook deliveries, and in the end the rows."""
    deliveries.purge()


@job()
def take_in_web_events() -> None:
    """Take in what the shop's web pages reported; kicked by the first call that waits, and every minute."""
    arrivals.take_in_waiting()
    if queue.out_of_time():
        kick(arrivals.TAKE_IN)


@job()
def forget_failed_web_events() -> None:
    """Delete what web pages reported and nobody could take in."""
    arrivals.forget_failed(timezone.now())
