"""`/healthz`: this process answers and reaches the database. `/readyz`: the installation gets on with its work."""

from datetime import timedelta
from functools import cache

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from crm_project import heartbeat, queue
from crm_project.models import Job

LONGEST_SILENCE = timedelta(minutes=2)
LONGEST_WAIT = timedelta(minutes=5)


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 while this process can read from the database."""
    return _answer([] if _database_answers() else ["database"])


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 while the schema is current, each queue gets on, nothing waits long and no job is parked."""
    if not _database_answers():
        return _answer(["database"])
    if not _schema_is_current():
        return _answer(["migrations"])
    return _answer(_queue_troubles())


def unapplied_migrations() -> list[str]:
    """Return the migrations the database still lacks, as "app.name"."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]


def _answer(troubles: list[str]) -> JsonResponse:
    """Say what is wrong in words that tell a stranger nothing."""
    return JsonResponse({"ok": not troubles, "what": troubles}, status=503 if troubles else 200)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


@cache
def _current_for_good() -> None:
    if missing := unapplied_migrations():
        raise LookupError(f"{len(missing)} migrations are not applied.")


def _schema_is_current() -> bool:
    """Return whether all migrations are applied; a yes is remembered, because none is ever taken back in service."""
    try:
        _current_for_good()
    except LookupError:
        return False
    return True


def _queue_troubles() -> list[str]:
    now = timezone.now()
    troubles = []
    for cluster in heartbeat.CLUSTERS:
        if heartbeat.is_stuck(cluster, since=now - LONGEST_SILENCE):
            troubles.append(f"queue {cluster} stands still")
        if queue.oldest_waiting(cluster) > LONGEST_WAIT:
            troubles.append(f"queue {cluster} is behind")
    if Job.objects.filter(parked_at__isnull=False).exists():
        troubles.append("a job is parked")
    return troubles
