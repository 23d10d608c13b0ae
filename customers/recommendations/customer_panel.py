"""The panel of the customer page: what to offer this person."""

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from customers.affinity import Which, recommend
from customers.models import AffinityRebuild, Customer

SHOWN = 4


def draw(customer: Customer) -> SafeString | None:
    """Return what is due again and what is new to the customer, each with its reason; None before the first rebuild."""
    if not AffinityRebuild.objects.exists():
        return None
    lists = {
        "again": recommend(customer.pk, limit=SHOWN, which=Which.AGAIN),
        "fresh": recommend(customer.pk, limit=SHOWN, which=Which.NEVER_BOUGHT),
    }
    return render_to_string("recommendations/customer_panel.html", lists) if any(lists.values()) else None
