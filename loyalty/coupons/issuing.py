"""Coupons are handed out: to the members of a segment, by a campaign, for points, or as codes for whoever brings them.

Set-based: one statement for a chunk of customers, however many. An issue has a name of its own (`origin`,
`reference`), and gives each customer one: called again, it adds those who are missing and nobody twice. Whoever holds
or has used as many as they may use is left out.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.models import Customer, Segment
from customers.segments.refresh import touch
from loyalty.coupons import codes, validity
from loyalty.errors import CouponRefused
from loyalty.models import Coupon, CouponIssue

Origin, Status = CouponIssue.Origin, CouponIssue.Status
# Above so many customers all segments are refreshed in full, which is cheaper than to name each of them.
MOST_NAMED = 50_000

INSERT = f"""
    INSERT INTO loyalty_issuedcoupon (coupon_id, issue_id, customer_id, entry, code, status, issued_at, expires_at)
    SELECT %(coupon)s, %(issue)s, customer_id, entry, {codes.SQL}, 'held', %(at)s, %(expires)s FROM noisy
"""
# The ways out: had it by this issue; holds or used as many as they may, with what the same customer gets beside it.
TO_CUSTOMERS = f"""
    WITH noisy AS MATERIALIZED (
        SELECT missing.id AS customer_id, missing.entry, {codes.NOISE} AS noise FROM (
            SELECT chosen.*, row_number() OVER (PARTITION BY chosen.id ORDER BY chosen.entry) AS number
            FROM ({{chosen}}) AS chosen
            WHERE NOT EXISTS (
                SELECT FROM loyalty_issuedcoupon had
                WHERE had.issue_id = %(issue)s AND had.customer_id = chosen.id AND had.entry = chosen.entry
            )
        ) AS missing
        WHERE (%(limit)s::bigint IS NULL OR %(limit)s::bigint >= missing.number + (
            SELECT count(*) FROM loyalty_issuedcoupon has WHERE has.customer_id = missing.id
            AND has.coupon_id = %(coupon)s AND (
                has.status = 'used' OR has.status = 'held' AND (has.expires_at IS NULL OR has.expires_at > %(at)s)
            )
        ))
    ) {INSERT} ON CONFLICT (issue_id, customer_id, entry) DO NOTHING
    RETURNING customer_id, entry
"""
ONE_ENTRY = "SELECT id, %(entry)s::text AS entry FROM ({customers}) AS alike"
EACH_ENTRY = "SELECT unnest(%(customers)s::bigint[]) AS id, unnest(%(entries)s::text[]) AS entry"
TAKE_OUT = """
    DELETE FROM loyalty_issuedcoupon AS piece USING loyalty_couponissue AS issue
    WHERE issue.coupon_id = %(coupon)s AND issue.origin = %(origin)s AND issue.reference = %(reference)s
      AND piece.issue_id = issue.id AND piece.entry = ANY(%(entries)s) AND piece.status = 'held'
    RETURNING issue.id
"""
HAVE_ENOUGH = """
    SELECT count(*) FROM (
        SELECT has.customer_id FROM loyalty_issuedcoupon AS has
        JOIN customers_segmentmembership AS member ON member.customer_id = has.customer_id
        WHERE has.coupon_id = %s
        AND (has.status = 'used' OR has.status = 'held' AND (has.expires_at IS NULL OR has.expires_at > %s))
        AND member.segment_id = %s GROUP BY has.customer_id HAVING count(*) >= %s
    ) AS enough
"""


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom an issue to a segment would reach: its members, and who of them holds or has used enough already."""

    members: int
    have_enough: int

    @property
    def will_get(self) -> int:
        """Return how many would get one."""
        return self.members - self.have_enough


@transaction.atomic
def issue(
    coupon: Coupon,
    customers: QuerySet[Customer],
    *,
    origin: str,
    reference: str,
    entry: str = "",
    at: datetime | None = None,
    by: User | None = None,
) -> int:
    """Give each of these customers the coupon, in one statement and the caller's transaction; return how many are new.

    This is the door for campaigns: `issue(coupon, chunk, origin="campaign", reference="12")` beside the chunk's
    messages, and again after a cut.

    Args:
        reference: names the issue, so that a second call adds only who is missing.
        entry: names one giving within the issue, where a customer may get several (a tier reached again).

    Raises:
        CouponRefused: the coupon is not running, is one code for all, or its period is over.
    """
    at = at or timezone.now()
    locked = lock_running(coupon.pk, at)
    row, _made = CouponIssue.objects.get_or_create(
        coupon=locked,
        origin=origin,
        reference=reference,
        defaults={"made_by": by, "finished_at": at},
    )
    return give(row, locked, customers, entry=entry, at=at)


def reach(coupon: Coupon, segment: Segment) -> Reach:
    """Return how many an issue to the segment would reach as it stands now."""
    members = Customer.objects.members_of(segment)
    now = timezone.now()
    if coupon.per_customer_limit is None:
        return Reach(members.count(), 0)
    with connection.cursor() as cursor:
        cursor.execute(HAVE_ENOUGH, [coupon.pk, now, segment.pk, coupon.per_customer_limit])
        return Reach(members.count(), cursor.fetchone()[0])


def only(customer_id: int) -> QuerySet[Customer]:
    """Return one customer as the set that `issue` takes."""
    return Customer.objects.living().filter(pk=customer_id)


def lock_running(coupon_id: int, at: datetime) -> Coupon:
    """Return the coupon, its row locked, so that no two issues count the same customer's pieces at once.

    Raises:
        CouponRefused: it cannot be issued as it stands.
    """
    coupon = Coupon.objects.select_for_update(no_key=True).get(pk=coupon_id)
    refuse_ended(coupon, at)
    if coupon.codes == Coupon.Codes.SHARED:
        raise CouponRefused(
            _("“%(coupon)s” has one code for all: tell customers the code, there is nothing to issue.")
            % {"coupon": coupon},
            code="SHARED_CODE",
        )
    return coupon


def refuse_ended(coupon: Coupon, at: datetime) -> None:
    """Refuse to hand out, or to tell of, a coupon that does not run or whose period is over.

    Raises:
        CouponRefused
    """
    if coupon.is_history or coupon.status != Coupon.Status.RUNNING:
        raise CouponRefused(
            _("“%(coupon)s” is not running: start it first, then issue it.") % {"coupon": coupon}, code="NOT_RUNNING"
        )
    if validity.is_over(coupon, at):
        raise CouponRefused(
            _("The period of “%(coupon)s” is over. Extend it first, or issue another one.") % {"coupon": coupon},
            code="EXPIRED",
        )


def give(row: CouponIssue, coupon: Coupon, customers: QuerySet[Customer], *, at: datetime, entry: str = "") -> int:
    """Write the rows of these customers, count them, and have the customers' segments looked at again."""
    # Ids only and each once, whatever the caller's query joins.
    sql, parameters = customers.order_by().values("id").distinct().query.sql_with_params()
    named = {f"chosen_{number}": value for number, value in enumerate(parameters)}
    written = sql.replace("%%", "%%%%") % tuple(f"%({name})s" for name in named)
    with connection.cursor() as cursor:
        terms = terms_of(row, coupon, at) | {"entry": entry} | named
        cursor.execute(TO_CUSTOMERS.format(chosen=ONE_ENTRY.format(customers=written)), terms)
        given = [customer_id for customer_id, _entry in cursor.fetchall()]
    if given:
        count_in(row, coupon, len(given))
    if row.wanted <= MOST_NAMED:
        touch(given)
    return len(given)


@transaction.atomic
def issue_each(
    coupon: Coupon, entries: Mapping[str, int], *, origin: str, reference: str, at: datetime | None = None
) -> set[str]:
    """Give the coupon once for each of these entries (entry → customer); return the entries for which one is new.

    As `issue`, for givings of which each has a name of its own: a campaign's messages, each one coupon for ever.

    Raises:
        CouponRefused: as `issue`.
    """
    at = at or timezone.now()
    locked = lock_running(coupon.pk, at)
    row, _made = CouponIssue.objects.get_or_create(
        coupon=locked, origin=origin, reference=reference, defaults={"finished_at": at}
    )
    chosen = {"customers": list(entries.values()), "entries": list(entries)}
    with connection.cursor() as cursor:
        cursor.execute(TO_CUSTOMERS.format(chosen=EACH_ENTRY), terms_of(row, locked, at) | chosen)
        given = {entry: customer_id for customer_id, entry in cursor.fetchall()}
    if given:
        count_in(row, locked, len(given))
        touch(given.values())
    return set(given)


def take_out(coupon: Coupon, entries: Collection[str], *, origin: str, reference: str) -> int:
    """Undo givings, which `issue_each` said are new, in the transaction that made them; return how many.

    Nobody knows of them yet, so nothing of them is kept.
    """
    told: dict[str, Any] = {"coupon": coupon.pk, "origin": origin, "reference": reference, "entries": list(entries)}
    with connection.cursor() as cursor:
        cursor.execute(TAKE_OUT, told)
        issues = [issue_id for (issue_id,) in cursor.fetchall()]
    if issues:
        count_in(CouponIssue(pk=issues[0]), coupon, -len(issues))
    return len(issues)


def terms_of(row: CouponIssue, coupon: Coupon, at: datetime) -> dict[str, Any]:
    """Return what the statements that write pieces are filled with."""
    return {
        "coupon": coupon.pk,
        "issue": row.pk,
        "at": at,
        "expires": validity.expires_at(coupon, at),
        "limit": coupon.per_customer_limit,
    }


def count_in(row: CouponIssue, coupon: Coupon, issued: int) -> None:
    """Count new pieces on the issue and on the coupon, in the transaction that writes them."""
    CouponIssue.objects.filter(pk=row.pk).update(issued_count=F("issued_count") + issued)
    Coupon.objects.filter(pk=coupon.pk).update(issued_count=F("issued_count") + issued)
