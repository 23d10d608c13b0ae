"""The nightly look at what staff booked, and what becomes of what it finds."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from loyalty.errors import StaffAlertRefused
from loyalty.ledger.terms import ZONE, start_of
from loyalty.models import StaffAlert
from loyalty.staff_alerts.rules import NUMBERS, QUERIES, Query

# Nights that the clock missed are made up for.
DAYS_LOOKED_BACK = 7
# What stands in place of a note once the customer's data was erased.
BLOTTED_OUT = "—"
WRITE = """
    INSERT INTO loyalty_staffalert (rule, person_id, customer_id, day, times, out_of, points, note)
    SELECT %(rule)s, found.person, found.customer, %(day)s, found.times, found.out_of, found.points, ''
    FROM ({query}) AS found (person, customer, times, out_of, points)
    ON CONFLICT (rule, person_id, customer_id, day) DO NOTHING
"""


def look(now: datetime, *, days: int = DAYS_LOOKED_BACK) -> int:
    """Look at the days (KST) that are over, by every rule; return how many alerts are new. A second run finds none."""
    today = now.astimezone(ZONE).date()
    return sum(
        _ask(query, today - timedelta(days=back)) for query in QUERIES for back in range(query.after_days, days + 1)
    )


def open_alerts() -> QuerySet[StaffAlert]:
    """Return the alerts that nobody has looked at."""
    return StaffAlert.objects.filter(looked_at=None)


@transaction.atomic
def clear(alert_id: int, *, by: User, note: str) -> StaffAlert:
    """Write down that somebody looked at it, and what it was.

    Raises:
        StaffAlertRefused: it is about this person, was looked at already, or nothing is said.
    """
    alert = StaffAlert.objects.select_for_update().select_related("person").get(pk=alert_id)
    if alert.person_id == by.pk:
        raise StaffAlertRefused(_("This is about your own bookings: somebody else has to look at it."))
    if alert.looked_at is not None:
        raise StaffAlertRefused(_("Somebody has looked at this already."))
    if not note.strip():
        raise StaffAlertRefused(_("Write what it was: the next one who asks will read it."))
    alert.looked_at, alert.looked_at_by, alert.note = timezone.now(), by, note.strip()[:300]
    alert.save(update_fields=["looked_at", "looked_at_by", "note"])
    return alert


def blot_out_notes(customer_ids: Collection[int]) -> int:
    """Blot out what was written about the bookings on these customers' accounts; return of how many alerts.

    That somebody looked stays written down, and a note is never empty.
    """
    noted = StaffAlert.objects.filter(customer__in=customer_ids).exclude(note="")
    return noted.update(note=BLOTTED_OUT)


def _ask(query: Query, day: date) -> int:
    bounds = {"since": start_of(day), "until": start_of(day + timedelta(days=1))}
    with connection.cursor() as cursor:
        cursor.execute(WRITE.format(query=query.sql), NUMBERS | bounds | {"rule": query.rule, "day": day})
        return cursor.rowcount
