"""The pages that people decide from, at ten orders and ten messages a customer, and the sums they read.

The pages are asked for through Django as a browser would, signed in, with nothing cached. A day that changed is added
up again beside a materialised view of the same rows refreshed in full. What keeping the sums costs whoever writes the
facts is measured with and without the triggers. `BENCH_CUSTOMERS=1000000`: ten million orders and ten million messages.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.test import Client, override_settings
from django.urls import reverse

from analytics.rollups import campaigns, check, kept, sales
from analytics.rollups.raw import OF_CAMPAIGNS, SALES_OF_DAYS
from bench import reported_shop
from bench.harness import LAST_DAY, Bench, Side, execute, sizes
from campaigns.models import Campaign
from customers.models import Customer

SIZES = "10000,100000"
MOST_SECONDS_OF_A_PAGE, MOST_SECONDS_OF_A_CUSTOMER = 0.3, 0.2
EVENTS_OF_A_CUSTOMER = 10_000
LEAST_TIMES_FASTER_DAY = 50
CUSTOMER = f"customer with {EVENTS_OF_A_CUSTOMER:,} events"
SLOW_SECONDS = 0.03
CHANGED_AT_ONCE = 1_000
DAYS_OF_CAMPAIGNS = OF_CAMPAIGNS[1]
A_DAY_AGO = LAST_DAY - timedelta(days=1)
# Names of static files as they are: nobody has collected them here.
PLAIN_FILES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
VIEWS = {
    "sales_by_day": SALES_OF_DAYS.query,
    "campaigns_by_hour": DAYS_OF_CAMPAIGNS.query.format(of_campaigns="true"),
}


def main() -> int:
    """Measure all sizes; return the exit code."""
    bench = Bench("reports")
    for customers in sizes("BENCH_CUSTOMERS", SIZES):
        bench.goals.clear()  # those of the largest count
        _measure(bench, customers)
    return bench.finish()


def _measure(bench: Bench, customers: int) -> None:
    sent = reported_shop.fill(customers)
    started = time.perf_counter()
    while kept.keep_what_is_due():
        pass
    bench.figure(f"{customers:,} customers: seconds to ask what is kept", time.perf_counter() - started)
    with override_settings(STORAGES=settings.STORAGES | PLAIN_FILES):
        _pages(bench, customers, sent[0])
    _refreshes(bench, customers)
    _writing(bench, customers)
    sales.refresh_marked()
    bench.goal(f"{customers:,} customers: rows that differ from the facts", len(check.differences()), at_most=0)


def _pages(bench: Bench, customers: int, campaign: Campaign) -> None:
    client = _signed_in()
    pages = {
        "home": reverse("admin:index"),
        "KPI board, 30 days": reverse("kpis") + "?period=30",
        "KPI board, 365 days": reverse("kpis") + "?period=365",
        "campaign report": reverse("campaign_report", args=[campaign.pk]),
        CUSTOMER: reverse("admin:customers_customer_change", args=[_busy_customer()]),
    }
    for address in pages.values():
        _ask(client, address)  # templates compiled, plans made
        with _slow_statements():
            _ask(client, address)
    measured = bench.compare(
        "a page, with messages in the database",
        *[
            Side(name, lambda address=address: _ask(client, address), prepare=cache.clear)
            for name, address in pages.items()
        ],
        size=customers * reported_shop.CAMPAIGNS,
        unit="messages",
    )
    for name in pages:
        most = MOST_SECONDS_OF_A_CUSTOMER if name == CUSTOMER else MOST_SECONDS_OF_A_PAGE
        bench.goal(f"{customers:,} customers, {name}: seconds", measured.median(name), at_most=most)


def _busy_customer() -> int:
    """Return the number of a customer who has done more than anybody."""
    customer = Customer.objects.latest("pk").pk
    execute(
        "INSERT INTO customers_event (source, external_id, customer_id, kind, occurred_at, properties)"
        f" SELECT 'bench', number, {customer}, (ARRAY['page_view', 'product_view', 'search'])[1 + number % 3],"
        f" '{LAST_DAY.isoformat()} 12:00+09'::timestamptz - number * interval '7 minutes', '{{}}'"
        f" FROM generate_series(1, {EVENTS_OF_A_CUSTOMER}) number",
        "VACUUM ANALYZE customers_event",
    )
    return customer


def _ask(client: Client, address: str) -> None:
    cache.clear()
    answer = client.get(address)
    assert answer.status_code == 200, f"{address}: {answer.status_code}"  # noqa: S101 (nothing else is worth measuring)


def _signed_in() -> Client:
    client = Client(headers={"host": "localhost"})
    user, _made = User.objects.get_or_create(username="reader", defaults={"is_staff": True, "is_superuser": True})
    client.force_login(user)
    return client


def _refreshes(bench: Bench, customers: int) -> None:
    for name, query in VIEWS.items():
        execute(f"DROP MATERIALIZED VIEW IF EXISTS {name}", f"CREATE MATERIALIZED VIEW {name} AS {query}")
    orders = customers * reported_shop.ORDERS_EACH
    measured = bench.compare(
        "sales after orders of a day changed, with orders in the database",
        Side("the day added up", lambda: sales.refresh([A_DAY_AGO]), prepare=lambda: _refund(A_DAY_AGO.isoformat())),
        Side("materialised view", lambda: execute("REFRESH MATERIALIZED VIEW sales_by_day")),
        size=orders,
        unit="orders",
    )
    _faster(bench, orders, "the day added up", measured.times_faster("the day added up", "materialised view"))
    measured = bench.compare(
        f"campaigns after {CHANGED_AT_ONCE:,} messages changed, with messages in the database",
        Side("the changes folded", campaigns.fold, prepare=_open_some),
        Side("materialised view", lambda: execute("REFRESH MATERIALIZED VIEW campaigns_by_hour")),
        size=orders,
        unit="messages",
    )
    _faster(bench, orders, "the changes folded", measured.times_faster("the changes folded", "materialised view"))
    execute(*[f"DROP MATERIALIZED VIEW {name}" for name in VIEWS])


def _faster(bench: Bench, rows: int, what: str, times: float) -> None:
    bench.goal(f"{rows:,} rows: {what}, times as fast as the view", times, at_least=LEAST_TIMES_FASTER_DAY)


def _refund(day: str) -> None:
    execute(
        "UPDATE customers_order SET refunded = 6000 - refunded WHERE id IN (SELECT id FROM customers_order WHERE"
        f" placed_at >= '{day} 00:00+09' AND placed_at < '{day} 00:00+09'::timestamptz + interval '1 day' LIMIT 100)"
    )


def _open_some() -> None:
    execute(
        "UPDATE campaigns_message SET opened_at = coalesce(opened_at, sent_at) + interval '1 second' WHERE id IN ("
        f"SELECT id FROM campaigns_message WHERE status = 'sent' ORDER BY id DESC LIMIT {CHANGED_AT_ONCE})"
    )


def _writing(bench: Bench, customers: int) -> None:
    """Measure what the triggers cost: rows added in one statement, and a statement for each row."""
    for name, table, write in (
        ("orders added at once", "customers_order", lambda: _add_orders(CHANGED_AT_ONCE)),
        ("orders added one by one", "customers_order", lambda: [_add_orders(1) for _number in range(100)]),
        ("messages moved at once", "campaigns_message", _open_some),
    ):
        bench.compare(
            f"{name}, with customers in the database",
            Side("facts and sums", write, prepare=_switch(table, "ENABLE")),
            Side("facts alone", write, prepare=_switch(table, "DISABLE")),
            size=customers,
            unit="customers",
        )
        _switch(table, "ENABLE")()
    campaigns.mend()
    sales.mark_everything()


def _switch(table: str, how: str) -> Callable[[], None]:
    return lambda: execute(f"ALTER TABLE {table} {how} TRIGGER USER")


def _add_orders(count: int) -> None:
    execute(
        "INSERT INTO customers_order (source, external_id, customer_id, placed_at, status, channel, items_amount,"
        " discount, points_used, shipping, paid, refunded) SELECT 'added', gen_random_uuid(), customer_id, placed_at,"
        f" status, channel, 0, 0, 0, 0, 10000, 0 FROM customers_order ORDER BY id DESC LIMIT {count}"
    )


@contextmanager
def _slow_statements() -> Iterator[None]:
    """Print every statement that takes long, with its plan."""
    slow: list[tuple[float, str, Sequence[Any] | None]] = []

    def watch(run: Callable, sql: str, parameters: Sequence[Any] | None, many: bool, context: dict[str, Any]) -> Any:
        started = time.perf_counter()
        try:
            return run(sql, parameters, many, context)
        finally:
            spent = time.perf_counter() - started
            if spent > SLOW_SECONDS:
                slow.append((spent, sql, parameters))

    with connection.execute_wrapper(watch):
        yield
    for spent, sql, parameters in slow:
        print(f"\n  {1000 * spent:,.0f} ms: {' '.join(str(sql).split())[:400]}", flush=True)
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {sql}", parameters)
            print("\n".join(f"    {line}" for (line,) in cursor.fetchall()[:25]), flush=True)
