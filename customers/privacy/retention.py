"""Personal data is destroyed on the day after its time is over, never before, and the book says so (P-06, P-07, P-18).

A kind of data is registered in `RETENTION`, by the app that owns it. Days are those of Asia/Seoul.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_project.errors import BusinessError
from crm_project.registry import Registry
from customers import devices, stats
from customers.models import Destruction
from customers.privacy import legal_store

LEAST_DAYS_OF_ACCESS_LOG = 365  # P-14
EVENTS_AT_ONCE = 50_000


class RetentionRefused(BusinessError):
    """Something would be destroyed before the law allows it."""

    code = "retention_refused"


@dataclass(frozen=True)
class Retention:
    """How long a kind of data is kept.

    `days` is asked each time; 0 keeps it for ever, None says that each row has a day of its own. `destroy` gets the
    moment before which things are too old and returns how many it destroyed.
    """

    label: object
    law: str
    days: Callable[[], int | None]
    destroy: Callable[[datetime], int]


RETENTION: Registry[Retention] = Registry("kind of data with an end")


def destroy_what_is_due(now: datetime) -> dict[str, int]:
    """Destroy everything whose time is over at this moment; return how much of each kind, and write it in the book."""
    destroyed = {}
    for name in RETENTION.names():
        days = RETENTION[name].days()
        if days == 0:
            continue
        limit = oldest_kept(now, days or 0)
        destroyed[name] = RETENTION[name].destroy(limit)
        if destroyed[name]:
            Destruction.objects.create(
                what=name, row_count=destroyed[name], basis=Destruction.Basis.RETENTION, limit=limit
            )
    return destroyed


def oldest_kept(now: datetime, days: int) -> datetime:
    """Return the first moment that is not too old: what happened on a day is kept for so many days after it."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=days)


def destroy_access_log(before: datetime) -> int:
    """Delete old entries of the access log.

    Raises:
        RetentionRefused: some would be younger than a year (P-14).
    """
    if before > oldest_kept(timezone.now(), LEAST_DAYS_OF_ACCESS_LOG):
        raise RetentionRefused(
            _("The access log is kept for at least %(days)d days.") % {"days": LEAST_DAYS_OF_ACCESS_LOG}
        )
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM customers_accesslogentry WHERE happened_at < %s", [before])
        return cursor.rowcount


def destroy_events(before: datetime) -> int:
    """Delete old visits and other events, and recompute the statistics of whose they were."""
    destroyed = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(
                "DELETE FROM customers_event WHERE id IN"
                " (SELECT id FROM customers_event WHERE occurred_at < %s LIMIT %s) RETURNING customer_id",
                [before, EVENTS_AT_ONCE],
            )
            owners = [customer_id for (customer_id,) in cursor.fetchall()]
            if not owners:
                return destroyed
            destroyed += len(owners)
            stats.refresh({customer_id for customer_id in owners if customer_id})


def _destroy_legal_records(before: datetime) -> int:
    return legal_store.destroy_due(timezone.localdate(before))


for _name, _retention in {
    "legal store": Retention(gettext_lazy("Legal store"), "P-07", lambda: None, _destroy_legal_records),
    "access log": Retention(
        gettext_lazy("Access log"), "P-14", lambda: settings.ACCESS_LOG_KEPT_DAYS, destroy_access_log
    ),
    "events": Retention(
        gettext_lazy("Visits and other events"), "P-07", lambda: settings.EVENTS_KEPT_DAYS, destroy_events
    ),
    "devices": Retention(
        gettext_lazy("Apps and browsers not seen any more"),
        "P-06",
        lambda: settings.DEVICES_KEPT_DAYS,
        devices.destroy_unseen,
    ),
}.items():
    RETENTION.register(_name, _retention)
