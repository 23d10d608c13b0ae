"""Members are told three times before points die: 60, 30 and 3 days (the terms agreed with the FTC, December 2024).

A nightly job opens what falls due, once an account, day and notice; a notice that was missed is opened late rather
than never, and never after a nearer one. Whoever tells members asks for what is due and marks it done with its proof.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import DateField, Exists, ExpressionWrapper, F, OuterRef, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from loyalty.ledger.terms import ZONE, start_of
from loyalty.models import ExpiryNotice, Lot

# Points that die in the night after the last day; those still pending by then are told of as well.
OPEN = """
    INSERT INTO loyalty_expirynotice (account_id, last_day, days_before, points, opened_at, how)
    SELECT lot.account_id, (lot.expires_at AT TIME ZONE %(zone)s)::date - 1, %(days)s, sum(lot.remaining), %(now)s, ''
    FROM loyalty_lot AS lot
    JOIN loyalty_account AS account ON account.id = lot.account_id AND account.status <> 'closed'
    JOIN customers_customer AS customer ON customer.id = account.customer_id AND customer.erased_at IS NULL
    WHERE lot.state IN ('active', 'pending') AND lot.expires_at > %(after)s AND lot.expires_at <= %(until)s
    GROUP BY lot.account_id, lot.expires_at
    ORDER BY lot.account_id, lot.expires_at
    ON CONFLICT (account_id, last_day, days_before) DO NOTHING
"""


def open_due(now: datetime) -> int:
    """Open the notices that fall due today (KST) and those that were missed; return how many are new.

    May be cut and called again.
    """
    today = timezone.localdate(now, timezone.get_default_timezone())
    nearer = dict(zip(ExpiryNotice.DAYS, (*ExpiryNotice.DAYS[1:], None), strict=True))
    return sum(_open(days, nearer[days], today, now) for days in ExpiryNotice.DAYS)


def due(days_before: int, now: datetime) -> QuerySet[ExpiryNotice]:
    """Return the notices of a kind that wait to be told, the nearest expiry first; not of points used meanwhile."""
    today = timezone.localdate(now, timezone.get_default_timezone())
    left = Lot.objects.filter(account=OuterRef("account"), state__in=(Lot.State.ACTIVE, Lot.State.PENDING))
    dying = left.annotate(dies_on=TruncDate("expires_at", tzinfo=ZONE)).filter(dies_on=OuterRef("dies_on"))
    waiting = ExpiryNotice.objects.filter(days_before=days_before, done_at=None, last_day__gte=today)
    midnight = ExpressionWrapper(F("last_day") + timedelta(days=1), DateField())
    return waiting.alias(dies_on=midnight).filter(Exists(dying)).order_by("last_day", "pk")


def mark_tried(proofs: Mapping[int, str], *, now: datetime) -> int:
    """Record by which message each of these notices was tried; return how many were still open. The first one stays."""
    waiting = ExpiryNotice.objects.filter(pk__in=proofs.keys(), done_at=None)
    for notice in (tried := list(waiting.only("pk"))):
        notice.done_at, notice.how = now, proofs[notice.pk][:200]
    ExpiryNotice.objects.bulk_update(tried, ["done_at", "how"], batch_size=1_000)
    return len(tried)


def _open(days: int, nearer: int | None, today: date, now: datetime) -> int:
    # Days are counted to the last valid day; the points die at the midnight after it.
    after = start_of(today + timedelta(days=nearer + 1)) if nearer is not None else now
    until = start_of(today + timedelta(days=days + 1))
    zone = timezone.get_default_timezone_name()
    with connection.cursor() as cursor:
        cursor.execute(OPEN, {"zone": zone, "days": days, "now": now, "after": after, "until": until})
        return cursor.rowcount
