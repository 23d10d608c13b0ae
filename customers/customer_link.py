"""The column "customer" of lists of facts: a number to follow, and no personal data."""

from typing import Protocol

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from customers.models import Customer


class OfCustomer(Protocol):
    """A row that belongs to a customer, or to a guest."""

    customer_id: int | None
    customer: Customer | None


@admin.display(description=_("customer"))
def customer_link(row: OfCustomer) -> SafeString | str:
    """Return a link to the row's customer, by number."""
    if row.customer is None:
        return str(_("guest"))
    url = reverse("admin:customers_customer_change", args=[row.customer_id])
    return format_html('<a href="{}">{}</a>', url, row.customer.external_id)
