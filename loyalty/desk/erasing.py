"""Membership cards of people whose data is erased: the numbers go, the points account stays."""

from collections.abc import Collection, Iterable

from customers.models import Customer
from loyalty.models import MembershipCard


def erase_cards(customers: Iterable[Customer]) -> int:
    """Delete the cards of these customers; return how many."""
    return MembershipCard.objects.filter(account__customer__in=[each.pk for each in customers]).delete()[0]


def places_naming(texts: Collection[str]) -> list[str]:
    """Return the cards whose number is one of these texts."""
    rows = MembershipCard.objects.filter(number__in=texts).order_by("pk").values_list("pk", flat=True)
    return [f"loyalty.MembershipCard {pk}.number" for pk in rows]
