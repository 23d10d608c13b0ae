"""Bring memberships up to date: the only writer of memberships, moves and sizes.

In full: one statement that puts in who is missing and takes out who no longer fits. In between: the customers whose
facts changed (`TouchedCustomer` rows, written with the facts), held against every active segment. Both take the
segment's row lock first, so what is evaluated later also sees later facts, and the later one wins.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from crm_project.queue import kick, out_of_time, progress
from customers.models import Customer, Segment, SegmentMembership, SegmentSize, TouchedCustomer
from customers.segments import dependencies, membership, rules
from customers.segments.clock import Moment
from customers.segments.compiler import compile_tree
from customers.segments.errors import RefreshError
from customers.segments.suspects import suspects

logger = logging.getLogger(__name__)

TOUCHED_JOB, ONE_JOB = "customers.tasks.refresh_touched_segments", "customers.tasks.refresh_segment"
ALL_JOB = "customers.tasks.refresh_all_segments"

# How long a refresh may take before the segment counts as stuck; the queue's longest job ends sooner.
LEASE = timedelta(minutes=10)
TOUCHED_AT_ONCE = 5_000
# Above this share of customers the full difference is the cheaper one (measured: some 3–5 %).
FULL_ABOVE_SHARE = 0.04
FULL_ABOVE_CUSTOMERS = 1_000
ERROR_LENGTH = 2_000


@dataclass(frozen=True)
class Refreshed:
    """What a refresh found: members now, and how many came and left."""

    size: int
    came: int
    left: int


def refresh_segment(segment_id: int) -> Refreshed:
    """Bring one segment up to date in full, and before it the active segments that its rule asks.

    Where members moved, the segments that ask it are refreshed soon after, by the queue.

    Raises:
        Segment.DoesNotExist: no such segment.
        RuleError: its rule cannot be used any more. The last good members stay, and the segment says why.
    """
    chain = dependencies.with_those_it_asks(Segment.objects.get(pk=segment_id))
    refreshed = {each.pk: _refresh_in_full(each) for each in chain}
    moved = {pk for pk, result in refreshed.items() if result.came or result.left}
    for asking in dependencies.those_asking(moved):
        if asking.pk not in refreshed and asking.is_active:
            kick(ONE_JOB, asking.pk)
    return refreshed[segment_id]


def refresh_all() -> dict[int, Refreshed]:
    """Bring every active segment up to date in full, each after those it asks; no touched customer waits any more.

    Raises:
        RefreshError: some failed, after all the others were done.
    """
    # Only rows that are visible now, and before the facts are read: one that commits later is for the next run.
    answered = list(TouchedCustomer.objects.values_list("pk", flat=True))
    refreshed, failed = _refresh_each()
    for first in range(0, len(answered), TOUCHED_AT_ONCE):
        TouchedCustomer.objects.filter(pk__in=answered[first : first + TOUCHED_AT_ONCE]).delete()
    if failed:
        raise RefreshError(failed)
    return refreshed


def touch(customer_ids: Iterable[int]) -> None:
    """Have the segments of these customers looked at again soon, once the caller's transaction is committed."""
    rows = [TouchedCustomer(customer_id=customer_id) for customer_id in set(customer_ids)]
    if rows:
        TouchedCustomer.objects.bulk_create(rows, batch_size=5_000)
        kick(TOUCHED_JOB)


def refresh_touched() -> int:
    """Look at the customers whose facts changed, for all active segments. Return how many customers that were.

    Very many are left to a full refresh by the queue for long work: here it would be cut, and begun again for ever.

    Raises:
        RefreshError: some segments failed; the next full refresh makes up for what they missed.
    """
    if _too_many_touched():
        kick(ALL_JOB)
        return 0
    looked_at, failed = _refresh_in_batches()
    if failed:
        raise RefreshError(failed)
    return looked_at


def stuck() -> QuerySet[Segment]:
    """Return the segments whose refresh began and did not end in its time."""
    return Segment.objects.filter(refreshing_until__lt=timezone.now())


def _refresh_each() -> tuple[dict[int, Refreshed], list[str]]:
    refreshed, failed = {}, []
    for segment in dependencies.in_order(Segment.objects.filter(is_active=True)):
        progress()
        try:
            refreshed[segment.pk] = _refresh_in_full(segment)
        except Exception:
            # Recorded on the segment and logged where it happened; one bad rule must not hold up the others.
            failed.append(segment.name)
    return refreshed, failed


def _refresh_in_batches() -> tuple[int, list[str]]:
    looked_at = 0
    failed: set[str] = set()
    while batch := _refresh_batch(failed):
        looked_at += batch
        progress()
        if out_of_time():
            kick(TOUCHED_JOB)
            break
    return looked_at, sorted(failed)


def _refresh_in_full(segment: Segment) -> Refreshed:
    Segment.objects.filter(pk=segment.pk).update(refreshing_until=timezone.now() + LEASE)
    try:
        with transaction.atomic():
            return _difference(segment)
    except Exception as error:
        _record_failure(segment, error)
        raise
    finally:
        Segment.objects.filter(pk=segment.pk).update(refreshing_until=None)


def _record_failure(segment: Segment, error: Exception) -> None:
    logger.exception("Segment %s could not be refreshed.", segment.pk)
    Segment.objects.filter(pk=segment.pk).update(refresh_error=str(error)[:ERROR_LENGTH])


def _refresh_batch(failed: set[str]) -> int:
    """Consume some touched customers with what they changed, in one transaction. Return how many rows that were."""
    with transaction.atomic():
        rows = TouchedCustomer.objects.select_for_update(skip_locked=True).order_by("pk")[:TOUCHED_AT_ONCE]
        touched = dict(rows.values_list("pk", "customer_id"))
        if not touched:
            return 0
        TouchedCustomer.objects.filter(pk__in=touched).delete()
        _refresh_among(Moment(timezone.now(), among=tuple(sorted(set(touched.values())))), failed)
    return len(touched)


def _refresh_among(moment: Moment, failed: set[str]) -> None:
    """Hold the moment's customers against every active segment that may have moved one of them."""
    # Read after the touched rows: whatever lease is not seen here was taken by a refresh that sees their facts.
    segments = dependencies.in_order(Segment.objects.filter(is_active=True))
    suspected, moved, looked_at = suspects(segments, moment), set[int](), []
    for segment in segments:
        asks_a_moved_one = dependencies.asked_by(segment.rule) & moved
        among = moment.among if asks_a_moved_one else suspected.get(segment.pk)
        if not among:
            looked_at.append(segment.pk)
            continue
        result = _refreshed_among(segment, among)
        if result is None:
            failed.add(segment.name)
        elif result.came or result.left:
            moved.add(segment.pk)
    Segment.objects.filter(pk__in=looked_at).update(refreshed_at=timezone.now())


def _refreshed_among(segment: Segment, among: tuple[int, ...]) -> Refreshed | None:
    try:
        with transaction.atomic():
            return _difference(segment, among)
    except Exception as error:
        # A savepoint: this segment keeps its last good members and says why, the others go on.
        _record_failure(segment, error)
        return None


def _difference(segment: Segment, among: tuple[int, ...] | None = None) -> Refreshed:
    """Make the membership rows equal the rule and log the moves, for the customers `among` or for all."""
    locked = Segment.objects.select_for_update(no_key=True).get(pk=segment.pk)
    # Of after the lock: by an earlier one, whom an hour brought in meanwhile would be thrown out, and stay out.
    moment = Moment(timezone.now(), among=among)
    # Again, and not only at save: of a segment that is gone by now, everybody would be "in none".
    rules.check(locked.rule, segment_id=locked.pk)
    fitting = Customer.objects.filter(compile_tree(rules.parse(locked.rule), moment)).order_by().values_list("pk")
    if moment.among is None:
        moved = membership.write_for_everybody(segment.pk, fitting, at=moment.now)
        size = SegmentMembership.objects.filter(segment=segment.pk).count()
    else:
        fitting_ids = [pk for (pk,) in fitting.filter(pk__in=moment.ids_among())]
        moved = membership.write_for_some(segment.pk, fitting=fitting_ids, among=moment.among, at=moment.now)
        size = locked.size + moved.came - moved.left
    _write_size(segment.pk, size, moment)
    return Refreshed(size=size, came=moved.came, left=moved.left)


def _write_size(segment_id: int, size: int, moment: Moment) -> None:
    now = timezone.now()
    changes: dict[str, object] = {"size": size, "refreshed_at": now}
    if moment.among is None:
        changes["refresh_error"] = ""
    Segment.objects.filter(pk=segment_id).update(**changes)
    SegmentSize.objects.update_or_create(
        segment_id=segment_id, day=timezone.localdate(now, timezone.get_default_timezone()), defaults={"size": size}
    )


def _too_many_touched() -> bool:
    limit = TouchedCustomer.objects.order_by("pk")[FULL_ABOVE_CUSTOMERS:][:1]
    if not limit:
        return False
    touched = TouchedCustomer.objects.values("customer").distinct().count()
    return touched > FULL_ABOVE_CUSTOMERS and touched > FULL_ABOVE_SHARE * Customer.objects.count()
