"""Long issues, which the queue carries out: to a segment, or as a number of codes. Resumable at any point.

begin (a row that says what is wanted, and a kick) → chunk by chunk, each one transaction with how far it got → done,
or stopped with the reason on the row.
"""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_project import job_locks, queue
from crm_project.queue import kick
from customers.models import Customer, Segment
from customers.segments.refresh import ALL_JOB, refresh_segment
from loyalty.coupons import codes, issuing
from loyalty.errors import CouponRefused
from loyalty.models import Coupon, CouponIssue

Origin, Status = CouponIssue.Origin, CouponIssue.Status
JOB = "loyalty.tasks.carry_on_coupon_issue"
# So many rows a transaction: a cut costs a second of work.
CHUNK = 20_000
MOST_CODES = 1_000_000

TO_NOBODY = f"""
    WITH noisy AS MATERIALIZED (
        SELECT NULL::bigint AS customer_id, '' AS entry, {codes.NOISE} AS noise FROM generate_series(1, %(count)s)
    ) {issuing.INSERT} ON CONFLICT (code) DO NOTHING
"""


@transaction.atomic
def begin_for_segment(coupon: Coupon, segment: Segment, *, by: User | None, note: str = "") -> CouponIssue:
    """Have the queue issue the coupon to everybody who is in the segment then, each once.

    Raises:
        CouponRefused: the coupon cannot be issued, or an issue of it to this segment is under way.
    """
    locked = issuing.lock_running(coupon.pk, timezone.now())
    mine = CouponIssue.objects.filter(coupon=locked, origin=Origin.SEGMENT, segment=segment)
    if mine.filter(status=Status.RUNNING).exists():
        raise CouponRefused(_("It is being issued to this segment already. Wait until that is done."), code="RUNNING")
    row = CouponIssue.objects.create(
        coupon=locked,
        origin=Origin.SEGMENT,
        reference=f"{segment.pk}-{mine.count() + 1}",
        segment=segment,
        status=Status.RUNNING,
        wanted=segment.size,
        note=note.strip()[:300],
        made_by=by,
    )
    kick(JOB, row.pk)
    return row


@transaction.atomic
def begin_codes(coupon: Coupon, count: int, *, by: User | None, note: str = "") -> CouponIssue:
    """Have the queue make this many codes that belong to nobody.

    Raises:
        CouponRefused: the coupon cannot be issued, or so many are not made at once.
    """
    if not 1 <= count <= MOST_CODES:
        raise CouponRefused(_("Make between 1 and 1,000,000 codes at once."), code="COUNT")
    locked = issuing.lock_running(coupon.pk, timezone.now())
    number = CouponIssue.objects.filter(coupon=locked, origin=Origin.CODES).count() + 1
    row = CouponIssue.objects.create(
        coupon=locked,
        origin=Origin.CODES,
        reference=str(number),
        status=Status.RUNNING,
        wanted=count,
        note=note.strip()[:300],
        made_by=by,
    )
    kick(JOB, row.pk)
    return row


def carry_on(issue_id: int) -> int:
    """Issue what is missing, chunk by chunk, from where the issue stands; return how many are new.

    May be cut at any point and called again.
    """
    row = CouponIssue.objects.select_related("coupon", "segment").filter(pk=issue_id, status=Status.RUNNING).first()
    if row is None:
        return 0
    if row.segment_id and not row.position:
        refresh_segment(row.segment_id)
    issued, is_going_on = 0, True
    while is_going_on:
        if queue.out_of_time():
            kick(JOB, issue_id)
            return issued
        count, is_going_on = _next_chunk(issue_id)
        issued += count
        queue.progress()
    return issued


def wake_forgotten() -> None:
    """Have the issues carried on that no process has in hand: theirs was killed, or the queue was emptied."""
    for row in CouponIssue.objects.filter(status=Status.RUNNING):
        if not job_locks.holders(JOB, row.pk):
            kick(JOB, row.pk)


@transaction.atomic
def _next_chunk(issue_id: int) -> tuple[int, bool]:
    """Issue one chunk; return how many, and whether there is more to do. The issue's lock keeps a second run out."""
    row = CouponIssue.objects.select_for_update(no_key=True).get(pk=issue_id)
    now = timezone.now()
    try:
        coupon = issuing.lock_running(row.coupon_id, now)
    except CouponRefused as refusal:
        return _finish(row, Status.STOPPED, str(refusal))
    if row.status != Status.RUNNING:
        return 0, False
    return _next_codes(row, coupon, now) if row.origin == Origin.CODES else _next_members(row, coupon, now)


def _next_codes(row: CouponIssue, coupon: Coupon, now: datetime) -> tuple[int, bool]:
    missing = row.wanted - row.issued_count
    if missing <= 0:
        return _finish(row, Status.DONE)
    with connection.cursor() as cursor:
        cursor.execute(TO_NOBODY, issuing.terms_of(row, coupon, now) | {"count": min(missing, CHUNK)})
        made = cursor.rowcount
    issuing.count_in(row, coupon, made)
    return made, True


def _next_members(row: CouponIssue, coupon: Coupon, now: datetime) -> tuple[int, bool]:
    if row.segment is None:
        return _finish(row, Status.STOPPED, _("The segment was deleted meanwhile."))
    members = Customer.objects.members_of(row.segment).filter(pk__gt=row.position)
    chunk = members.order_by("pk").values("pk")[:CHUNK]
    last = Customer.objects.filter(pk__in=chunk).aggregate(last=Max("pk"))["last"]
    if last is None:
        if row.issued_count > issuing.MOST_NAMED:
            kick(ALL_JOB)
        return _finish(row, Status.DONE)
    issued = issuing.give(row, coupon, members.filter(pk__lte=last), at=now)
    CouponIssue.objects.filter(pk=row.pk).update(position=last)
    return issued, True


def _finish(row: CouponIssue, status: str, note: str = "") -> tuple[int, bool]:
    row.status, row.finished_at = status, timezone.now()
    row.note = note[:300] or row.note
    row.save(update_fields=["status", "finished_at", "note"])
    return 0, False
