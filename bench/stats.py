"""Statistics of a thousand touched customers recomputed from the facts, as every import and API call ends with."""

from datetime import datetime, time

from django.utils import timezone

from bench import generated_shop
from bench.harness import LAST_DAY, Bench, Side, empty_shop, execute, sizes, value
from customers import cycles, stats

SIZES = "20000,200000,1000000"
ORDERS_A_CUSTOMER = 2
TOUCHED = 1_000
MOST_SECONDS_OF_A_REFRESH = 0.1


def main() -> int:
    """Measure all sizes; return the exit code."""
    bench = Bench("stats")
    for customers in sizes("BENCH_CUSTOMERS", SIZES):
        _measure(bench, customers)
    return bench.finish()


def _measure(bench: Bench, customers: int) -> None:
    empty_shop()
    generated_shop.into_database(generated_shop.of(customers, orders_each=ORDERS_A_CUSTOMER))
    execute("VACUUM ANALYZE")
    touched = Touched(customers)
    measured = bench.compare(
        f"statistics of {TOUCHED:,} touched customers of",
        Side("recomputed", lambda: stats.refresh(touched.ids), prepare=touched.choose),
        size=customers,
        unit="customers",
    )
    bench.goal(
        f"seconds for {TOUCHED:,} of {customers:,}", measured.median("recomputed"), at_most=MOST_SECONDS_OF_A_REFRESH
    )
    now = timezone.make_aware(datetime.combine(LAST_DAY, time.max))
    bench.compare(
        "of everyone",
        Side("statistics rebuilt", stats.rebuild),
        Side("cycles rebuilt", lambda: cycles.rebuild(now)),
        size=customers,
        unit="customers",
    )


class Touched:
    """Other customers each time, their rows damaged, so that every one of them is written."""

    def __init__(self, customers: int) -> None:
        self.step = max(customers // TOUCHED, 1)
        self.turn = 0
        self.ids: list[int] = []

    def choose(self) -> None:
        """Choose the customers of the next turn, spread over the table."""
        self.turn += 1
        self.ids = value(
            "SELECT array_agg(id) FROM (SELECT id FROM customers_customer WHERE id %% %s = %s LIMIT %s) AS chosen",
            [self.step, self.turn % self.step, TOUCHED],
        )
        execute(f"UPDATE customers_customerstats SET order_count = 99 WHERE customer_id = ANY('{{{_list(self.ids)}}}')")


def _list(ids: list[int]) -> str:
    return ",".join(map(str, ids))
