"""Points for the orders of a first load: all at once, beside a loop that books one order at a time.

Both sides count by the same rules (a base rate, a category, a large basket, a birthday) and book in the same ledger.
The loop reads an order with its lines, counts it by the plain function and books it by the ledger's single call; it
does a part, counted as often as it takes.
"""

from django.utils import timezone

from bench import generated_shop
from bench.harness import Bench, Side, empty_shop, execute, sizes, value
from customers.models import Order, Product
from loyalty import ledger
from loyalty.earning import calculation, orders, versions
from loyalty.earning.buyers import buyer_of
from loyalty.earning.calculation import Basket, Line
from loyalty.earning.validity import kst_day, lot_terms
from loyalty.models import EarningRule, EarningTerms, Transaction

SIZES = "20000"
ORDERS_A_CUSTOMER = 5
LOOPED = 500
OURS, LOOP = "Dangol, in sets", "a loop over orders"
MOST_SECONDS, LEAST_TIMES_LOOP = 30, 20
BOOKED = (
    "loyalty_orderaward, loyalty_deedaward, loyalty_earningprogress, loyalty_account, loyalty_transaction,"
    " loyalty_tiercredit"
)


def main() -> int:
    """Measure all sizes; return the exit code."""
    bench = Bench("earning")
    for customers in sizes("BENCH_CUSTOMERS", SIZES):
        _measure(bench, customers)
    return bench.finish()


def _measure(bench: Bench, customers: int) -> None:
    empty_shop()
    shop = generated_shop.of(customers, orders_each=ORDERS_A_CUSTOMER, events_each=0)
    generated_shop.into_database(shop)
    _make_rules()
    execute("VACUUM ANALYZE")
    size = value("SELECT count(*) FROM customers_order WHERE is_purchase AND customer_id IS NOT NULL")
    looped = min(LOOPED, size)
    measured = bench.compare(
        "Points for orders",
        Side(OURS, orders.earn_changed_orders, prepare=_forget),
        Side(LOOP, lambda: _loop(looped), prepare=_forget, part=looped / size),
        size=size,
        unit="orders",
    )
    bench.goal(f"seconds for {size:,} orders", measured.median(OURS), at_most=MOST_SECONDS)
    bench.goal("times as fast as the loop", measured.times_faster(OURS, LOOP), at_least=LEAST_TIMES_LOOP)


def _make_rules() -> None:
    program = ledger.current_program()
    EarningRule.objects.all().delete()
    EarningTerms.objects.update_or_create(
        program=program, defaults={"begins_on": timezone.localdate().replace(year=2000)}
    )
    category = Product.objects.exclude(category="").order_by("category").first().category
    for name, kind, reward, number, more in (
        ("base", "base", "won_per_point", 100, {}),
        ("category", "category", "per_mille", 10, {"categories": [category]}),
        ("large", "channel", "fixed", 300, {"channel": "online", "minimum_won": 70_000}),
        ("birthday", "birthday", "percent_of_base", 100, {}),
    ):
        rule = {"name": name, "kind": kind, "reward": reward, "value": number, "is_active": True}
        EarningRule.objects.create(program=program, **rule, **more)
    versions.freeze(program)


def _forget() -> None:
    execute(f"TRUNCATE {BOOKED} CASCADE", "VACUUM ANALYZE")


def _loop(number: int) -> None:
    known = versions.versions_of(ledger.current_program())
    chosen = Order.objects.filter(is_purchase=True, customer__isnull=False).order_by("pk")
    for order in chosen[:number].select_related("customer", "store"):
        _book(order, known)
    booked = Transaction.objects.count()
    print(f"  the loop booked {booked:,}", flush=True)


def _book(order: Order, known: versions.Versions) -> None:
    rules = known.rules_at(order.placed_at)
    lines = order.lines.values_list("product__category", "amount")
    basket = Basket(
        paid=order.paid,
        refunded=order.refunded,
        shipping=order.shipping,
        points_used=order.points_used,
        channel=order.channel,
        store=order.store_id,
        lines=tuple(Line(category, amount) for category, amount in lines),
    )
    buyer = buyer_of(order.customer, order.placed_at, order_id=order.pk)
    points = calculation.total(calculation.awards(basket, buyer, kst_day(order.placed_at), rules))
    if points:
        ledger.earn(
            ledger.account_of(order.customer_id).pk,
            points,
            receipt=ledger.Receipt(order.source, order.external_id),
            occurred_at=order.placed_at,
            terms=lot_terms(order.placed_at, channel=order.channel, rules=rules),
            store=order.store,
        )
