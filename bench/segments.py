"""Segments: each ready one beside the best SQL that a person would write for it, a tick beside a full recompute.

Both sides of a refresh end with the same rows: members who no longer fit taken out, those who do put in. The tick
looks at a thousandth of the customers for all ready segments at once, after random orders, visits and carts; in the
end the memberships must equal those of a full refresh, to the row.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from random import Random

from django.db import connection, transaction
from django.utils import timezone

from bench import generated_shop
from bench.harness import Bench, Side, empty_shop, execute, sizes, value
from customers import ingest, rfm
from customers.models import Customer, Segment, SegmentMembership
from customers.segments import refresh
from customers.segments.clock import Moment
from customers.segments.ready import ready_starts

SIZES = "20000,200000,1000000"
MOST_TIMES_SLOWER = 1.5
LEAST_TIMES_FASTER_TICK = 30
TOUCHED_SHARE = 0.001
TICKS = 5
MANY_SEGMENTS, MOST_SECONDS_TO_FOLLOW = 100, 5

# What a person who knows the tables would write. Days are midnights in the shop's time zone: d30 began 30 days ago.
LIVING = "customer.erased_at IS NULL AND customer.merged_into_id IS NULL"
OF_STATS = f"""
    SELECT customer.id FROM customers_customer customer
    JOIN customers_customerstats stats ON stats.customer_id = customer.id WHERE {LIVING} AND
"""
BY_HAND = {
    "visited_not_bought": f"""{OF_STATS} stats.last_visit_at >= %(d30)s
        AND (stats.last_order_at < %(d30)s OR stats.last_order_at IS NULL)""",
    "cart_without_payment": f"""{OF_STATS} stats.last_cart_at >= %(d7)s
        AND (stats.last_order_at < stats.last_cart_at OR stats.last_order_at IS NULL)""",
    "three_orders_this_month": f"""
        SELECT customer.id FROM customers_customer customer JOIN (
            SELECT customer_id FROM customers_order
            WHERE is_purchase AND customer_id IS NOT NULL AND placed_at >= %(month)s AND placed_at < %(next_month)s
            GROUP BY customer_id HAVING count(*) >= 3
        ) AS bought ON bought.customer_id = customer.id WHERE {LIVING}""",
    "ninety_days_without_order": f"{OF_STATS} stats.last_order_at < %(d90)s",
    "one_time_buyers": f"{OF_STATS} stats.order_count = 1 AND stats.first_order_at >= %(d90)s",
    "dormant": f"{OF_STATS} stats.last_order_at < %(d180)s",
    "third_order": f"{OF_STATS} stats.order_count >= 3",
    "birthday_month": f"""
        SELECT customer.id FROM customers_customer customer
        WHERE {LIVING} AND extract(month FROM customer.birthday) = %(month_number)s""",
    "cart_left": f"""{OF_STATS} stats.last_cart_at >= %(d7)s AND stats.last_cart_at <= %(two_hours_ago)s
        AND (stats.last_order_at < stats.last_cart_at OR stats.last_order_at IS NULL)""",
    "viewed_not_bought": f"""
        SELECT customer.id FROM customers_customer customer WHERE {LIVING} AND customer.id IN (
            SELECT viewed.customer_id FROM (
                SELECT customer_id, product_id FROM customers_event
                WHERE kind = 'product_view' AND product_id IS NOT NULL AND customer_id IS NOT NULL
                    AND occurred_at >= %(d14)s AND occurred_at < %(tomorrow)s
                GROUP BY customer_id, product_id HAVING count(*) >= 3
            ) AS viewed WHERE NOT EXISTS (
                SELECT FROM customers_order bought JOIN customers_orderline line ON line.order_id = bought.id
                WHERE bought.is_purchase AND bought.customer_id = viewed.customer_id
                    AND line.product_id = viewed.product_id AND bought.placed_at >= %(d14)s))""",
    "due_this_week": f"{OF_STATS} stats.due_at >= %(d0)s AND stats.due_at < %(in_eight_days)s",
    "rfm_champions": f"{OF_STATS} stats.rfm_group = 'champions'",
}
KEEP_MEMBERS_BY_HAND = """
    WITH fitting AS MATERIALIZED ({fitting}), came AS (
        INSERT INTO by_hand SELECT fitting.id FROM fitting LEFT JOIN by_hand member ON member.id = fitting.id
        WHERE member.id IS NULL RETURNING id
    ), gone AS (
        DELETE FROM by_hand member WHERE NOT EXISTS (SELECT FROM fitting WHERE fitting.id = member.id) RETURNING id
    )
    SELECT (SELECT count(*) FROM came), (SELECT count(*) FROM gone)
"""


def main() -> int:
    """Measure all sizes; return the exit code."""
    bench = Bench("segments")
    wanted = sizes("BENCH_CUSTOMERS", SIZES)
    for customers in wanted:
        _measure(bench, customers, has_goal=customers == max(wanted))
    return bench.finish()


def _measure(bench: Bench, customers: int, *, has_goal: bool) -> None:
    empty_shop()
    execute("TRUNCATE customers_segment CASCADE")
    generated_shop.into_database(generated_shop.of(customers, events_each=5))
    rfm.score_everyone(timezone.now())
    execute("VACUUM ANALYZE")
    segments = {start.key: _saved(start.key, start.rule) for start in ready_starts() if start.key in BY_HAND}
    for key, segment in segments.items():
        _beside_sql_by_hand(bench, key, segment, size=customers, has_goal=has_goal)
    _ticks(bench, size=customers, has_goal=has_goal)
    _many_segments(bench, size=customers, has_goal=has_goal)


def _saved(name: str, rule: dict[str, object]) -> Segment:
    segment = Segment.objects.create(name=name, rule=rule)
    refresh.refresh_segment(segment.pk)
    return segment


def _beside_sql_by_hand(bench: Bench, key: str, segment: Segment, *, size: int, has_goal: bool) -> None:
    execute("DROP TABLE IF EXISTS by_hand", "CREATE TABLE by_hand (id bigint PRIMARY KEY)")
    statement = KEEP_MEMBERS_BY_HAND.format(fitting=BY_HAND[key])
    _run_by_hand(statement)
    execute("ANALYZE by_hand", "ANALYZE customers_segmentmembership")
    ours, by_hand = "full refresh", "SQL by hand"
    measured = bench.compare(
        f"Ready segment {key}",
        Side(by_hand, partial(_run_by_hand, statement)),
        Side(ours, partial(refresh.refresh_segment, segment.pk)),
        size=size,
        unit="customers",
    )
    same = value("SELECT count(*) FROM by_hand") == SegmentMembership.objects.filter(segment=segment).count()
    bench.goal(f"{key}, {size:,}: both find the same number of members", float(same), at_least=1)
    if has_goal:
        slower = measured.median(ours) / measured.median(by_hand)
        bench.goal(f"{key}: times as long as SQL by hand", slower, at_most=MOST_TIMES_SLOWER)


@transaction.atomic
def _run_by_hand(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '256MB'")
        cursor.execute(statement, _days())


def _days() -> dict[str, object]:
    now = timezone.now()
    moment = Moment(now)
    month = moment.today.replace(day=1)
    next_month = (month + timedelta(days=31)).replace(day=1)
    days: dict[str, object] = {f"d{number}": moment.start_of_days_ago(number) for number in (0, 7, 14, 30, 90, 180)}
    return days | {
        "month": moment.start_of_days_ago((moment.today - month).days),
        "next_month": moment.start_of_days_ago((moment.today - next_month).days),
        "month_number": month.month,
        "two_hours_ago": now - timedelta(hours=2),
        "tomorrow": moment.start_of_days_ago(-1),
        "in_eight_days": moment.start_of_days_ago(-8),
    }


def _ticks(bench: Bench, *, size: int, has_goal: bool) -> None:
    chance = Random(size)  # noqa: S311 - repeatable, not secret
    numbers = list(Customer.objects.order_by("pk").values_list("external_id", flat=True)[: size // 10])
    touched = max(1, int(size * TOUCHED_SHARE))
    tick, full = "tick of a thousandth", "full recompute"
    measured = bench.compare(
        "All ready segments",
        Side(full, refresh.refresh_all),
        Side(tick, refresh.refresh_touched, prepare=lambda: _new_facts(chance, numbers, touched)),
        size=size,
        unit="customers",
    )
    for _tick in range(TICKS):
        _new_facts(chance, numbers, touched)
        refresh.refresh_touched()
    before = _members()
    refresh.refresh_all()
    bench.goal(f"{size:,}: members that a full refresh corrects", float(len(before ^ _members())), at_most=0)
    if has_goal:
        times = measured.times_faster(tick, full)
        bench.goal("tick: times faster than a full recompute", times, at_least=LEAST_TIMES_FASTER_TICK)


def _members() -> set[tuple[int, int]]:
    return set(SegmentMembership.objects.values_list("segment", "customer"))


def _new_facts(chance: Random, numbers: list[str], touched: int) -> None:
    """Let customers order, look and fill carts just now."""
    now = timezone.now()
    chosen = chance.sample(numbers, touched)
    half = len(chosen) // 2
    ingest.ingest_orders([_order(chance, number, now) for number in chosen[: half or 1]])
    ingest.ingest_events([_event(chance, number, now) for number in chosen[half:]])


def _order(chance: Random, number: str, now: datetime) -> dict[str, object]:
    paid = chance.randint(1, 30) * 1_000
    return {"order_id": f"tick-{chance.getrandbits(60)}", "customer_id": number, "placed_at": now, "paid": paid}


def _event(chance: Random, number: str, now: datetime) -> dict[str, object]:
    kind = chance.choice(["page_view", "cart_add"])
    return {"event_id": f"tick-{chance.getrandbits(60)}", "kind": kind, "customer_id": number, "occurred_at": now}


def _many_segments(bench: Bench, *, size: int, has_goal: bool) -> None:
    """Let one order arrive while a hundred segments are active."""
    for number in range(MANY_SEGMENTS - Segment.objects.count()):
        rule = {"is": "orders", "op": "at_least", "value": 1 + number % 5, "window": {"last_days": 7 + number}}
        _saved(f"one of many {number}", {"all": [rule]})
    number = Customer.objects.order_by("pk").values_list("external_id", flat=True)[0]
    order: Callable[[], object] = partial(_follow_one_order, Random(size), number)  # noqa: S311
    side = f"an order into {MANY_SEGMENTS} segments"
    measured = bench.compare("Following an order", Side(side, order), size=size, unit="customers")
    if has_goal:
        bench.goal(f"seconds from {side}", measured.median(side), at_most=MOST_SECONDS_TO_FOLLOW)


def _follow_one_order(chance: Random, number: str) -> None:
    ingest.ingest_orders([_order(chance, number, timezone.now())])
    refresh.refresh_touched()
