"""Stores and online beside each other: who buys where, what they are worth, and how the shares move."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection
from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone

from crm_project.charts import Chart, Series
from customers.models import Customer, CustomerStats, Order, Region, Store
from customers.segments.clock import start_of_day

MONTHS_SHOWN = 12
STORE_DAYS = 90
STORES_SHOWN = 15


@dataclass(frozen=True, slots=True)
class Buyers:
    """Customers who buy through the same channels.

    `regulars` have at least two orders: nobody can buy in both without, so it is among those that the kinds compare.
    """

    kind: str
    customers: int
    orders: int
    revenue: int
    regulars: int
    revenue_of_regulars: int

    @property
    def each(self) -> int | None:
        """Return what one customer brought, in won."""
        return round(self.revenue / self.customers) if self.customers else None

    @property
    def each_regular(self) -> int | None:
        """Return what one with at least two orders brought, in won."""
        return round(self.revenue_of_regulars / self.regulars) if self.regulars else None


@dataclass(frozen=True, slots=True)
class StoreFigures:
    """A store: who calls it theirs, who lives nearest to it, and its last ninety days."""

    store: Store
    home_customers: int
    near_customers: int
    orders: int
    revenue: int


KINDS = {
    "both": Q(online_order_count__gt=0, store_order_count__gt=0),
    "store_only": Q(online_order_count=0, store_order_count__gt=0),
    "online_only": Q(online_order_count__gt=0, store_order_count=0),
}


def buyers_by_kind() -> list[Buyers]:
    """Return who buys in both, only in stores and only online, in one query over all customers."""
    regular = Q(order_count__gte=2)
    wanted = {}
    for kind, only in KINDS.items():
        wanted |= {
            f"{kind}_customers": Count("pk", filter=only),
            f"{kind}_orders": Sum("order_count", filter=only, default=0),
            f"{kind}_revenue": Sum("paid_total", filter=only, default=0),
            f"{kind}_regulars": Count("pk", filter=only & regular),
            f"{kind}_of_regulars": Sum("paid_total", filter=only & regular, default=0),
        }
    found = CustomerStats.objects.filter(order_count__gt=0).aggregate(**wanted)
    parts = ("customers", "orders", "revenue", "regulars", "of_regulars")
    return [Buyers(kind, *(found[f"{kind}_{part}"] for part in parts)) for kind in KINDS]


def revenue_by_month(today: date) -> tuple[list[date], dict[str, list[int]]]:
    """Return the last months (KST), oldest first, and the revenue of each by channel."""
    months = last_months(today)
    rows = (
        Order.objects.purchases()
        .filter(placed_at__gte=start_of_day(months[0]))
        .values("channel", month=TruncMonth("placed_at", tzinfo=timezone.get_default_timezone()))
        .annotate(revenue=Sum("revenue"))
        .values_list("channel", "month", "revenue")
    )
    found = {(channel, timezone.localdate(month)): revenue for channel, month, revenue in rows}
    return months, {kind: [found.get((kind, month), 0) for month in months] for kind in ("store", "online")}


def last_months(today: date) -> list[date]:
    """Return the first days of the last months, oldest first, this month the last."""
    number = today.year * 12 + today.month - 1
    return [date(each // 12, each % 12 + 1, 1) for each in range(number - MONTHS_SHOWN + 1, number + 1)]


def revenue_chart(months: list[date], revenue: dict[str, list[int]], *, labels: dict[str, str], title: str) -> Chart:
    """Return the revenue of both channels, month by month."""
    tones = {"store": "accent", "online": "second"}
    return Chart(
        title=title,
        labels=[f"{month:%Y-%m}" for month in months],
        series=[Series(labels[kind], values, tones[kind]) for kind, values in revenue.items()],
        way="won",
        axis_way="won_short",
    )


def store_figures(today: date) -> list[StoreFigures]:
    """Return the stores that sold the most lately; a query each for sales, homes and neighbours."""
    since = start_of_day(today) - timedelta(days=STORE_DAYS)
    sold = (
        Order.objects.purchases()
        .filter(placed_at__gte=since, store__isnull=False)
        .values_list("store")
        .annotate(orders=Count("pk"), revenue=Sum("revenue"))
        .order_by("-revenue", "store")[:STORES_SHOWN]
    )
    sales = {store: (orders, revenue) for store, orders, revenue in sold}
    homes = dict(Customer.objects.living().filter(home_store__in=sales).values_list("home_store").annotate(Count("pk")))
    near = customers_near_stores()
    stores = Store.objects.in_bulk(list(sales))
    return [
        StoreFigures(stores[pk], homes.get(pk, 0), near.get(pk, 0), orders, revenue)
        for pk, (orders, revenue) in sales.items()
    ]


def customers_near_stores() -> dict[int, int]:
    """Return how many customers live nearest to each store."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT region.nearest_store_id, count(*) FROM customers_customer customer"
            " JOIN customers_region region ON region.name = customer.region"
            " WHERE customer.erased_at IS NULL AND customer.merged_into_id IS NULL"
            " AND region.nearest_store_id IS NOT NULL GROUP BY 1"
        )
        return dict(cursor.fetchall())


def place_of(customer: Customer) -> Region | None:
    """Return the region of a customer with its nearest store; None where it is not known."""
    if not customer.region:
        return None
    return Region.objects.filter(name=customer.region).select_related("nearest_store").first()
