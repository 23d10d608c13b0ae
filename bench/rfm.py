"""RFM by percentile thresholds over the statistics, beside `ntile` over the raw orders, and whether it is repeatable.

Ours is the whole nightly run, each turn a day later, with the scores that changed written; the peer only scores.
"""

from datetime import datetime, time, timedelta

from django.utils import timezone

from bench import generated_shop
from bench.harness import LAST_DAY, Bench, Side, empty_shop, execute, sizes, value
from customers import rfm

SIZES = "20000,200000,1000000"
# As many as a shop of regulars has: the peer reads them all, which is the point.
ORDERS_A_CUSTOMER = 10
LEAST_TIMES_FASTER = 5
NTILE = """
    CREATE TEMPORARY TABLE scored AS
    SELECT customer_id, ntile(5) OVER (ORDER BY last_order_at) AS r, ntile(5) OVER (ORDER BY orders) AS f,
           ntile(5) OVER (ORDER BY paid) AS m
    FROM (
        SELECT customer_id, max(placed_at)::date AS last_order_at, count(*) AS orders, sum(revenue) AS paid
        FROM customers_order WHERE is_purchase AND customer_id IS NOT NULL GROUP BY customer_id
    ) AS bought
"""
FINGERPRINT = """
    SELECT md5(string_agg(concat_ws(',', customer_id, recency_score, frequency_score, monetary_score, rfm_group), ';'
                          ORDER BY customer_id)) FROM customers_customerstats
"""


def main() -> int:
    """Measure all sizes; return the exit code."""
    bench = Bench("rfm")
    wanted = sizes("BENCH_CUSTOMERS", SIZES)
    for customers in wanted:
        _measure(bench, customers, has_goal=customers == max(wanted))
    return bench.finish()


def _measure(bench: Bench, customers: int, *, has_goal: bool) -> None:
    empty_shop()
    shop = generated_shop.of(customers, orders_each=ORDERS_A_CUSTOMER, events_each=0)  # nothing here reads events
    generated_shop.into_database(shop)
    night = timezone.make_aware(datetime.combine(LAST_DAY, time.min)) + timedelta(days=1)
    rfm.score_everyone(night)
    execute("VACUUM ANALYZE")
    nights = (night + timedelta(days=number) for number in range(1, 100))
    ours, peer = "thresholds over statistics, written", "ntile over raw orders"
    measured = bench.compare(
        "RFM scores",
        Side(peer, lambda: execute(NTILE), prepare=lambda: execute("DROP TABLE IF EXISTS scored")),
        Side(ours, lambda: rfm.score_everyone(next(nights))),
        size=customers,
        unit="customers",
    )
    times = measured.times_faster(ours, peer)
    if has_goal:
        bench.goal("RFM: times faster than ntile over raw orders", times, at_least=LEAST_TIMES_FASTER)
    _score_twice(bench, next(nights))


def _score_twice(bench: Bench, night: datetime) -> None:
    """Score from nothing twice and compare every score."""
    prints = []
    for _run in range(2):
        execute("UPDATE customers_customerstats SET recency_score = NULL, frequency_score = NULL, rfm_group = ''")
        rfm.score_everyone(night)
        prints.append(value(FINGERPRINT))
    bench.goal("RFM: two runs give the same scores", float(prints[0] == prints[1]), at_least=1)
