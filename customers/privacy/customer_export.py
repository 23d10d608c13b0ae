"""The export of a list of customers, masked as lists are."""

from collections.abc import Iterator, Sequence
from itertools import islice

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.customer_lists import agreed_channels
from customers.masking import CustomerView
from customers.models import Customer, CustomerStats, ExportRequest
from customers.models.stats import RfmGroup
from customers.privacy.exports import EXPORTS, Export

KIND = "customers"
AT_ONCE = 2_000


def header(export: ExportRequest) -> list[str]:
    """Return the names of the columns."""
    return [
        _("Customer number"),
        _("Name"),
        _("E-mail"),
        _("Phone"),
        _("Birthday"),
        _("Home store"),
        _("Joined"),
        _("RFM group"),
        _("Orders"),
        _("Total spend"),
        _("Last order"),
        _("Agreed to"),
    ]


def rows(export: ExportRequest) -> Iterator[Sequence[object]]:
    """Yield the customers that were listed when the export was asked for and are still there."""
    people = Customer.objects.living().filter(pk__in=export.people.values("customer")).order_by("pk")
    chosen = people.select_related("stats", "home_store").iterator(chunk_size=AT_ONCE)
    while customers := list(islice(chosen, AT_ONCE)):
        agreed = agreed_channels(customer.pk for customer in customers)
        for customer in customers:
            yield _row(customer, agreed.get(customer.pk, set()), is_unmasked=export.is_unmasked)


def _row(customer: Customer, channels: set[str], *, is_unmasked: bool) -> list[object]:
    shown = CustomerView(customer, unmasked=is_unmasked)
    stats = getattr(customer, "stats", None) or CustomerStats(customer=customer)
    return [
        customer.external_id,
        shown.name,
        shown.email,
        shown.phone,
        shown.birthday,
        customer.home_store.name if customer.home_store else "",
        f"{localtime(customer.joined_at):%Y-%m-%d}",
        str(RfmGroup(stats.rfm_group).label) if stats.rfm_group else "",
        stats.order_count,
        stats.paid_total,
        f"{localtime(stats.last_order_at):%Y-%m-%d %H:%M}" if stats.last_order_at else "",
        " ".join(sorted(channels)),
    ]


EXPORTS.register(KIND, Export(gettext_lazy("Customers"), "customers.export_customers", header, rows))
