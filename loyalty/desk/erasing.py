"""When the desk's data goes: card numbers with the person they were of, look-ups when their time is over."""

from collections.abc import Collection, Iterable
from datetime import datetime

from customers.models import Customer
from loyalty.models import DeskLookup, MembershipCard


def erase_cards(customers: Iterable[Customer]) -> int:
    """Delete the cards of these customers; return how many."""
    return MembershipCard.objects.filter(account__customer__in=[each.pk for each in customers]).delete()[0]


def places_naming(texts: Collection[str]) -> list[str]:
    """Return the cards whose number is one of these texts."""
    rows = MembershipCard.objects.filter(number__in=texts).order_by("pk").values_list("pk", flat=True)
    return [f"loyalty.MembershipCard {pk}.number" for pk in rows]


def destroy_lookups(before: datetime) -> int:
    """Delete look-ups from before a moment; return how many."""
    return DeskLookup.objects.filter(happened_at__lt=before).delete()[0]
