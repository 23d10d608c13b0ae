"""Which device of a customer a notification goes to, and which devices are gone."""

from datetime import datetime, timedelta

from django.db.models import CharField, Exists, OuterRef, QuerySet, Subquery
from django.utils import timezone

from customers.models import Device

# An app that nobody opened for so long is most likely not there any more (N-07).
STALE_DAYS = 270


def reachable(platforms: tuple[str, ...]) -> QuerySet[Device]:
    """Return the devices of these platforms that show what is sent there: allowed, alive, seen in the last 270 days."""
    since = timezone.now() - timedelta(days=STALE_DAYS)
    return Device.objects.filter(
        platform__in=platforms, os_permission=True, invalid_since=None, last_seen_at__gte=since
    )


def best_address(customer: str, *, platforms: tuple[str, ...]) -> Subquery:
    """Return, for a query in which `customer` names the customer's key, where to reach that one; else NULL.

    That is the device seen last, of those that do not refuse advertising if there are any.
    """
    of_customer = reachable(platforms).filter(customer=OuterRef(customer))
    best = of_customer.order_by("refuses_advertising", "-last_seen_at", "-pk").values("address")[:1]
    return Subquery(best, output_field=CharField())


def refuses_advertising(address: str) -> Exists:
    """Return the condition that the device at the address that `address` names refuses advertising (L-03)."""
    return Exists(Device.objects.filter(address=OuterRef(address), refuses_advertising=True))


def destroy_unseen(before: datetime) -> int:
    """Delete the devices that were not seen since a moment; return how many (P-06)."""
    return Device.objects.filter(last_seen_at__lt=before).delete()[0]


def mark_gone(address: str, *, at: datetime) -> bool:
    """Note that nothing is reached at an address any more (N-02, N-05); tell whether that was news.

    A device that was seen after `at` has come back and stays.
    """
    gone = Device.objects.filter(address=address, invalid_since=None, last_seen_at__lte=at)
    return gone.update(invalid_since=at) > 0
