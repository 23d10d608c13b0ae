"""Credits for all orders under three models: in sets, beside a loop that credits one order at a time.

The shop's orders of two years and its twelve campaigns to everybody, with what their readers opened and clicked. The
loop reads an order with its customer's messages and clicks, decides in Python and saves; it does a part, counted as
often as it takes, and what it decided has to be what the sets left.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.db.models.functions import Mod
from django.utils import timezone

from analytics.attribution import credits
from analytics.models import AttributedOrder, AttributionProgress
from bench import generated_shop
from bench.harness import Bench, Side, empty_shop, execute, sizes, value
from campaigns.models import Message
from customers.models import Order, Refund

SIZES = "20000,200000,1000000"
CAMPAIGNS = 12
LOOPED = 500
OURS, LOOP = "Dangol, in sets", "a loop over orders"
LEAST_TIMES_LOOP = 10
MOST_SECONDS_FRESH = 1.0

Model = AttributedOrder.Model
Decided = tuple[str, int, int, datetime, int, int]


def main() -> int:
    """Measure all sizes; return the exit code."""
    bench = Bench("attribution")
    for customers in sizes("BENCH_CUSTOMERS", SIZES):
        _measure(bench, customers)
    return bench.finish()


def _measure(bench: Bench, customers: int) -> None:
    empty_shop()
    generated_shop.into_database(replace(generated_shop.of(customers, events_each=0), campaigns=CAMPAIGNS))
    execute("VACUUM ANALYZE")
    size = value("SELECT count(*) FROM customers_order")
    looped = _spread(LOOPED, size)
    measured = bench.compare(
        "Credits for all orders",
        Side(OURS, credits.attribute_everything, prepare=_forget),
        Side(LOOP, lambda: _loop(looped), prepare=_forget, part=looped.count() / size),
        size=size,
        unit="orders",
    )
    bench.goal(
        f"times as fast as the loop, {size:,} orders", measured.times_faster(OURS, LOOP), at_least=LEAST_TIMES_LOOP
    )
    _compare_results(bench, looped)
    _measure_fresh(bench, size)


def _compare_results(bench: Bench, looped: QuerySet[Order]) -> None:
    """State that the loop decided what the sets did, and how many credits that were."""
    decided = _stored(looped)
    credits.attribute_everything()
    bench.figure("credits compared", len(decided))
    bench.goal("credits that differ", len(decided ^ _stored(looped)), at_most=0)


def _measure_fresh(bench: Bench, size: int) -> None:
    """State how soon a thousandth of the orders, just changed, is credited."""
    AttributionProgress.objects.update_or_create(
        pk=1, defaults={"looked_until": timezone.now(), "ran_at": timezone.now()}
    )
    execute("UPDATE customers_order SET changed_at = now() WHERE id % 1000 = 0; ANALYZE customers_order")
    started = timezone.now()
    credits.attribute_fresh()
    seconds = (timezone.now() - started).total_seconds()
    bench.goal(f"seconds for {size // 1000:,} changed orders of {size:,}", seconds, at_most=MOST_SECONDS_FRESH)


def _spread(wanted: int, size: int) -> QuerySet[Order]:
    """Return orders of all times, about as many as wanted."""
    step = max(1, size // wanted)
    chosen = Order.objects.annotate(turn=Mod("pk", step)).filter(turn=0)
    return chosen.select_related("customer").order_by("pk")


def _forget() -> None:
    execute("TRUNCATE analytics_attributedorder, analytics_creditrefund", "VACUUM ANALYZE analytics_attributedorder")


def _stored(orders: QuerySet[Order]) -> set[Decided]:
    rows = AttributedOrder.objects.filter(order__in=orders.values("pk"))
    return set(rows.values_list("model", "order_id", "message_id", "touched_at", "revenue", "refunded"))


def _loop(orders: Iterable[Order]) -> None:
    for order in orders:
        _credit(order)


def _credit(order: Order) -> None:
    """Decide about one order, and save."""
    given_back = sum(Refund.objects.filter(order=order).values_list("amount", flat=True))
    if order.customer is None or not (order.is_purchase or (order.status != "pending" and given_back)):
        return
    clicks, arrivals = _touches(order)
    latest: dict[int, tuple[datetime, Message]] = {}
    for moment, _tie, message in [*clicks, *arrivals]:
        if message.pk not in latest or latest[message.pk][0] < moment:
            latest[message.pk] = (moment, message)
    _save(order, Model.LAST_CLICK, [each[::2] for each in sorted(clicks, key=_by_time)[-1:]], given_back)
    _save(order, Model.LAST_DELIVERED, [each[::2] for each in sorted(arrivals, key=_by_time)[-1:]], given_back)
    _save(order, Model.LINEAR, sorted(latest.values(), key=lambda each: (each[0], each[1].pk)), given_back)


def _touches(order: Order) -> tuple[list[tuple[datetime, int, Message]], list[tuple[datetime, int, Message]]]:
    clicks, arrivals = [], []
    for message in Message.objects.filter(customer=order.customer_id).select_related("campaign"):
        opens = order.placed_at - timedelta(days=message.campaign.attribution_days)
        for hit in message.hits.filter(kind="click", is_machine=False):
            if opens < hit.occurred_at <= order.placed_at:
                clicks.append((hit.occurred_at, hit.pk, message))
        arrived = message.delivered_at or message.sent_at
        if message.status == "sent" and message.delivery != "failed" and opens < arrived <= order.placed_at:
            arrivals.append((arrived, message.pk, message))
    return clicks, arrivals


def _save(order: Order, model: str, chosen: list[tuple[datetime, Message]], given_back: int) -> None:
    brought = max(0, order.paid - order.shipping)
    left = max(0, brought - given_back)
    for place, (moment, message) in enumerate(chosen):
        share, stays = (won // len(chosen) + (place < won % len(chosen)) for won in (brought, left))
        AttributedOrder.objects.update_or_create(
            order=order,
            model=model,
            message=message,
            defaults={
                "campaign_id": message.campaign_id,
                "touched_at": moment,
                "placed_at": order.placed_at,
                "revenue": share,
                "refunded": share - stays,
                "attributed_at": timezone.now(),
            },
        )


def _by_time(touch: tuple[datetime, int, Message]) -> tuple[datetime, int]:
    return touch[0], touch[1]
