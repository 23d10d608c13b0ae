"""The balances at the end of each day: what questions about the past begin with, instead of at the first entry.

Written once for a day that is over. A day is one of Asia/Seoul, by the moment at which things were booked.
"""

from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Max

from loyalty.ledger.terms import ZONE, start_of
from loyalty.models import DailySnapshot, DailyTotal, Transaction

ACCOUNTS = """
    INSERT INTO loyalty_dailysnapshot (account_id, day, last_seq, available, pending, held, debt)
    SELECT touched.account_id, %(day)s, latest.last_seq, coalesce(latest.available, 0), coalesce(latest.pending, 0),
           coalesce(latest.held, 0), coalesce(-latest.debt, 0)
    FROM (
        SELECT DISTINCT account_id FROM loyalty_transaction WHERE posted_at >= %(start)s AND posted_at < %(end)s
    ) touched CROSS JOIN LATERAL (
        SELECT max(last_seq) AS last_seq, max(balance_after) FILTER (WHERE bucket = 'available') AS available,
               max(balance_after) FILTER (WHERE bucket = 'pending') AS pending,
               max(balance_after) FILTER (WHERE bucket = 'held') AS held,
               max(balance_after) FILTER (WHERE bucket = 'debt') AS debt
        FROM (
            SELECT DISTINCT ON (entry.bucket) entry.bucket, entry.balance_after, entry.seq AS last_seq
            FROM loyalty_entry entry JOIN loyalty_transaction head ON head.id = entry.transaction_id
            WHERE entry.account_id = touched.account_id AND head.posted_at < %(end)s
            ORDER BY entry.bucket, entry.seq DESC
        ) last_of_each
    ) latest
    ON CONFLICT (account_id, day) DO NOTHING
"""
TOTALS = """
    INSERT INTO loyalty_dailytotal (program_id, day, issued, redeemed, expired, reversed, adjusted, outstanding, debt)
    SELECT program.id, %(day)s, coalesce(-sum(amount) FILTER (WHERE bucket = 'issued'), 0),
           coalesce(sum(amount) FILTER (WHERE bucket = 'redeemed'), 0),
           coalesce(sum(amount) FILTER (WHERE bucket = 'expired'), 0),
           coalesce(sum(amount) FILTER (WHERE bucket = 'reversed'), 0),
           coalesce(-sum(amount) FILTER (WHERE bucket = 'adjusted'), 0),
           coalesce(max(before.outstanding), 0)
               + coalesce(sum(amount) FILTER (WHERE bucket IN ('available', 'pending', 'held')), 0),
           coalesce(max(before.debt), 0) - coalesce(sum(amount) FILTER (WHERE bucket = 'debt'), 0)
    FROM loyalty_program program
    LEFT JOIN loyalty_dailytotal before ON before.program_id = program.id AND before.day = %(day)s::date - 1
    LEFT JOIN (
        SELECT head.program_id, entry.bucket, entry.amount
        FROM loyalty_transaction head JOIN loyalty_entry entry ON entry.transaction_id = head.id
        WHERE head.posted_at >= %(start)s AND head.posted_at < %(end)s
    ) booked ON booked.program_id = program.id
    GROUP BY program.id
    ON CONFLICT (program_id, day) DO NOTHING
"""


def take_snapshots(now: datetime) -> int:
    """Write the balances of every day that is over and has none; return of how many days. A second run adds nothing."""
    today = now.astimezone(ZONE).date()
    days = _days_missing(today)
    for day in days:
        _take(day)
    return len(days)


def _days_missing(today: date) -> list[date]:
    last = DailyTotal.objects.aggregate(day=Max("day"))["day"]
    if last is None:
        first = Transaction.objects.order_by("posted_at").values_list("posted_at", flat=True).first()
        if first is None:
            return []
        last = first.astimezone(ZONE).date() - timedelta(days=1)
    return [last + timedelta(days=number) for number in range(1, (today - last).days)]


@transaction.atomic
def _take(day: date) -> None:
    bounds = {"day": day, "start": start_of(day), "end": start_of(day + timedelta(days=1))}
    with connection.cursor() as cursor:
        cursor.execute(ACCOUNTS, bounds)
        cursor.execute(TOTALS, bounds)


def balances_on(account_id: int, day: date) -> DailySnapshot | None:
    """Return the account's numbers at the end of a day that is over; None before the first booking."""
    return DailySnapshot.objects.filter(account=account_id, day__lte=day).order_by("-day").first()
