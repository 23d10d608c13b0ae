"""Whether the queue gets on: measured by work done, never by processes that exist.

A queue cluster can hang with all its processes alive: a worker killed while idle takes the lock of the shared pipe
with it (django-q2 issue 23). So each cluster is asked for a beat every few seconds, like for any other work.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Max, Q
from django.utils import timezone

from crm_project import job_locks, queue
from crm_project.models import Heartbeat, Job

CLUSTERS = tuple(queue.SECONDS_TO_DRAIN)
STUCK_AFTER = timedelta(seconds=60)
# A beat that was asked for and never came: its queue row went down with the cluster that held it, so ask again.
UNANSWERED_AFTER = timedelta(seconds=45)


def ask(cluster: str) -> bool:
    """Put a beat on the cluster's queue unless one waits; return whether it did."""
    now = timezone.now()
    Heartbeat.objects.get_or_create(cluster=cluster)
    answered = Q(asked_at=None) | Q(beat_at__gte=F("asked_at")) | Q(asked_at__lt=now - UNANSWERED_AFTER)
    with transaction.atomic():
        asked = Heartbeat.objects.filter(answered, cluster=cluster).update(asked_at=now)
        if asked:
            queue.send(f"{__name__}.beat", cluster, cluster=cluster, save=False)
    return bool(asked)


def beat(cluster: str) -> None:
    """Write that the cluster works; runs inside it."""
    Heartbeat.objects.filter(cluster=cluster).update(beat_at=timezone.now())


def last_sign_of_life(cluster: str) -> datetime | None:
    """Return when the cluster last beat, or started, moved or ended a job."""
    jobs = Job.objects.filter(cluster=cluster).aggregate(Max("started_at"), Max("progressed_at"), Max("finished_at"))
    beats = Heartbeat.objects.filter(cluster=cluster).values_list("beat_at", flat=True)
    return max((moment for moment in [*jobs.values(), *beats] if moment), default=None)


def is_stuck(cluster: str, *, since: datetime) -> bool:
    """Return whether the cluster, started at `since`, does nothing although it was asked to.

    A cluster whose workers are all inside a job that lives and is within its time limit is busy, not stuck.
    """
    signs = max(since, last_sign_of_life(cluster) or since)
    return timezone.now() - signs > STUCK_AFTER and not _has_a_live_run(cluster)


def _has_a_live_run(cluster: str) -> bool:
    limit = timezone.now() - timedelta(seconds=queue.cluster_settings(cluster)["timeout"])
    started = Job.objects.filter(cluster=cluster, started_at__gt=limit)
    running = started.filter(Q(finished_at=None) | Q(finished_at__lt=F("started_at")))
    return any(job_locks.holders(name, argument) for name, argument in running.values_list("name", "argument"))
