"""The clock's and the queue's door to this app."""

from django.utils import timezone

from crm_project.queue import job, kick
from customers import rfm
from customers.models import Segment
from customers.segments import refresh, turning


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
def rescore_rfm() -> None:
    """Score every buyer for the day that begins, then have the segments refreshed, which ask for the scores."""
    rfm.score_everyone(timezone.now())
    kick("customers.tasks.refresh_all_segments")
