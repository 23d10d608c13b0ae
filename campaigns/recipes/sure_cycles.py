"""Which categories a reminder to buy again can be timed by: those whose cycle is known well enough."""

from customers.cycles.reading import ENOUGH_OF_ALL, SURE
from customers.models import CategoryCycle

# Shorter than a fortnight nobody needs reminding; a reminder five days before would come right after the purchase.
SHORTEST_DAYS = 14
MOST = 12


def categories_with_sure_cycles() -> list[str]:
    """Return the categories with a sure cycle of two weeks or more, those with the most repeat buyers first."""
    sure = CategoryCycle.objects.filter(gaps__gte=ENOUGH_OF_ALL, confidence__gte=SURE, median_days__gte=SHORTEST_DAYS)
    return list(sure.order_by("-repeat_buyers", "category").values_list("category", flat=True)[:MOST])
