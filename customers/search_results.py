"""Finding customers and segments from the search box. Results name customers by number: no personal data in a list."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm_project.search import MOST, SEARCHES, Found, Search
from customers import access_log
from customers.customer_lists import customers_found
from customers.models import AccessLogEntry, Customer, Segment


def find_customers(request: HttpRequest, words: str) -> Iterator[Found]:
    """Yield the customers with this number, phone, e-mail or name."""
    if not request.user.has_perm("customers.view_customer"):
        return
    access_log.record(request, AccessLogEntry.Action.SEARCH)
    present = Customer.objects.living().order_by("pk")
    for customer in customers_found(present, words).select_related("stats")[:MOST]:
        stats = getattr(customer, "stats", None)
        orders = stats.order_count if stats else 0
        yield Found(
            reverse("admin:customers_customer_change", args=[customer.pk]),
            customer.external_id,
            ngettext("%(count)d order", "%(count)d orders", orders) % {"count": orders},
        )


def find_segments(request: HttpRequest, words: str) -> Iterator[Found]:
    """Yield the segments with these words in their name."""
    if not request.user.has_perm("customers.view_segment"):
        return
    for segment in Segment.objects.filter(name__icontains=words)[:MOST]:
        url = reverse("admin:customers_segment_change", args=[segment.pk])
        yield Found(url, segment.name, _("%(count)s customers") % {"count": f"{segment.size:,}"})


SEARCHES.register("customers", Search(gettext_lazy("Customers"), "users", find_customers))
SEARCHES.register("segments", Search(gettext_lazy("Segments"), "chart-pie", find_segments))
