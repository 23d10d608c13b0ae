"""Whom time alone moves in or out during a day: those who pass the hour that a condition names.

Days need nothing here: at midnight every segment is refreshed in full.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from crm_project.queue import kick
from customers.models import Customer, Segment, TouchedCustomer
from customers.segments import rules
from customers.segments.errors import RuleError
from customers.segments.refresh import TOUCHED_JOB

# After an outage nobody is missed; further back the full refresh at midnight has looked.
LONGEST_LOOK_BACK = timedelta(days=1)


@transaction.atomic
def touch_turned(now: datetime | None = None) -> int:
    """Have the customers looked at again who passed an hour since the last time. Return how many were touched."""
    now = now or timezone.now()
    touched = sum(_touch(segment, now) for segment in Segment.objects.filter(is_active=True).order_by("pk"))
    if touched:
        kick(TOUCHED_JOB)
    return touched


def _touch(segment: Segment, now: datetime) -> int:
    since = max(segment.turned_until or now - LONGEST_LOOK_BACK, now - LONGEST_LOOK_BACK)
    turned = list(_turned(segment, after=since, until=now))
    if not turned:
        return 0
    Segment.objects.filter(pk=segment.pk).update(turned_until=now)
    return sum(map(_insert, turned))


def _turned(segment: Segment, *, after: datetime, until: datetime) -> Iterator[QuerySet[Customer]]:
    """Yield for each condition in hours whom it turned; nothing where the rule cannot be used any more."""
    try:
        nodes = list(rules.conditions_of(rules.parse(segment.rule)))
    except RuleError:
        return  # the refresh itself records why, and the segment says so
    for node in nodes:
        customers = node.condition.turning(node.part, after=after, until=until)
        if customers is not None:
            yield customers


def _insert(customers: QuerySet[Customer]) -> int:
    sql, parameters = customers.order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {TouchedCustomer._meta.db_table} (customer_id) {sql}", parameters)
        return cursor.rowcount
