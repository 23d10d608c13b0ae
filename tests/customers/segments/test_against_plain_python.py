"""The compiled rule and a reading of the same rule in plain Python agree on random shops."""

import os
from collections.abc import Callable
from datetime import date, datetime, timedelta
from fractions import Fraction
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers import stats
from customers.models import Customer, CustomerStats, Event, Order, OrderLine, Product, Store
from customers.segments import preview
from customers.segments.compiler import compile_rule
from tests.factories import make_customer, make_order

KST = ZoneInfo("Asia/Seoul")
EXAMPLES = int(os.environ.get("SEGMENT_EXAMPLES", "150"))
NOW = datetime(2026, 11, 21, 10, tzinfo=KST)
COMPARE: dict[str, Callable[[int, int], bool]] = {
    "at_least": lambda actual, value: actual >= value,
    "at_most": lambda actual, value: actual <= value,
    "exactly": lambda actual, value: actual == value,
}

# --- A random shop ---------------------------------------------------------------------------------------------------


@pytest.fixture
def shop(db: None) -> list[Customer]:
    world = Random(20261121)  # noqa: S311 - repeatable, not secret
    stores = [Store.objects.create(external_id=f"store-{number}", name=f"Store {number}") for number in range(2)]
    products = [
        Product.objects.create(sku=f"sku-{number}", name=f"Product {number}", category=f"category-{number % 2}")
        for number in range(4)
    ]
    customers = [
        make_customer(
            gender=world.choice(["", "f", "m"]),
            joined_at=NOW - timedelta(hours=world.randint(0, 24 * 40)),
            birthday=world.choice([None, date(2000, 2, 29), date(1999, 11, 21), date(1990, 12, 1), date(2015, 11, 28)]),
        )
        for _number in range(24)
    ]
    for number, customer in enumerate(customers):
        customer.attributes = world.choice([{}, {"age": world.randint(20, 40)}, {"age": "unknown"}, {"age": None}])
        customer.save()
        for _order in range(world.choice([0, 0, 1, 2, 5])):
            happened = NOW - timedelta(hours=world.randint(0, 24 * 40))
            order = make_order(
                customer,
                placed_at=happened,
                paid=world.randint(0, 5) * 10_000,
                status=world.choice(["paid", "paid", "cancelled"]),
                channel=world.choice(["online", "store"]),
                store=world.choice([None, *stores]),
            )
            for position in range(world.choice([0, 1, 3])):
                OrderLine.objects.create(
                    order=order,
                    position=position,
                    product=world.choice(products),
                    quantity=world.randint(0, 3),  # of nothing: given back whole
                    amount=world.randint(0, 4) * 5_000,
                )
        for visit in range(world.choice([0, 1, 3, 8])):
            happened = NOW - timedelta(hours=world.randint(0, 24 * 40))
            kind = world.choice(["page_view", "product_view", "cart_add", "custom"])
            Event.objects.create(
                external_id=f"{number}-{visit}",
                kind=kind,
                customer=customer,
                occurred_at=happened,
                product=world.choice([None, *products]),
                properties=world.choice([{}, {"colour": "red"}, {"colour": None}, {"colour": "blue"}]),
            )
    stats.rebuild()
    # Who never did anything may have no statistics at all.
    CustomerStats.objects.filter(order_count=0, last_visit_at=None).first().delete()
    return customers


# --- The rules -------------------------------------------------------------------------------------------------------

days = st.integers(0, 45)
simple_windows = st.sampled_from([{"last_days": 9}, {"ever": True}, {"this": "month"}])
windows = st.one_of(
    st.builds(lambda number: {"last_days": number}, days),
    st.builds(lambda first, further: {"days_ago": [first + further, first]}, st.integers(0, 20), st.integers(0, 20)),
    st.sampled_from([{which: unit} for which in ("this", "last") for unit in ("week", "month", "quarter", "year")]),
    st.just({"ever": True}),
    st.just({"from": "2026-11-01", "to": "2026-11-15"}),
    st.sampled_from([{"since": anchor} for anchor in ("joined", "first_order", "last_order", "last_visit")]),
    st.builds(
        lambda anchor, number: {"since": anchor, "days": number},
        st.sampled_from(["joined", "first_order"]),
        st.integers(1, 20),
    ),
)
comparisons = st.sampled_from(sorted(COMPARE))
bounds = st.sampled_from(["at_least", "at_most"])
within_or_before = st.sampled_from(["within_days", "more_than_days_ago"])
won = st.integers(-1, 12).map(lambda number: number * 10_000)
times = st.integers(0, 3)
lines_narrowed = {
    "products": st.lists(st.sampled_from(["sku-0", "sku-1", "sku-2"]), min_size=1, max_size=2, unique=True),
    "categories": st.just(["category-1"]),
}
orders_narrowed = {"stores": st.just(["store-1"]), "channels": st.sampled_from([["store"], ["online", "store"]])}


def condition(name: str, optional: dict[str, st.SearchStrategy] | None = None, **parts: Any) -> st.SearchStrategy:
    return st.fixed_dictionaries({"is": st.just(name)} | parts, optional=optional or {})


conditions = st.one_of(
    *(condition(name, op=within_or_before, value=days) for name in ("last_order", "first_order", "last_visit")),
    condition("last_order", op=st.just("never")),
    condition("order_count", op=comparisons, value=st.integers(0, 4)),
    condition(
        "paid_total", op=st.sampled_from(["at_least", "at_most"]), value=st.integers(-1, 12).map(lambda n: n * 10_000)
    ),
    condition("orders", lines_narrowed | orders_narrowed, op=comparisons, value=times, window=windows),
    condition("paid_in_window", lines_narrowed | orders_narrowed, op=bounds, value=won, window=windows),
    condition("average_order", orders_narrowed, op=bounds, value=won, window=windows),
    condition("largest_order", orders_narrowed, op=bounds, value=won, window=windows),
    condition("purchase_days", orders_narrowed, op=comparisons, value=times, window=windows),
    condition("items_bought", lines_narrowed | orders_narrowed, op=comparisons, value=times, window=windows),
    condition("products_bought", lines_narrowed | orders_narrowed, op=comparisons, value=times, window=windows),
    condition("categories_bought", lines_narrowed, op=comparisons, value=times, window=windows),
    *(
        condition(
            name,
            lines_narrowed | orders_narrowed,
            op=st.sampled_from(["within_days", "more_than_days_ago"]),
            value=days,
        )
        for name in ("last_bought", "first_bought")
    ),
    condition("last_bought", lines_narrowed, op=st.just("never")),
    condition("orders_taken_back", orders_narrowed, op=comparisons, value=times, window=windows),
    condition("visits", op=comparisons, value=times, window=windows),
    condition(
        "events",
        {
            "kinds": st.just(["cart_add", "custom"]),
            "products": lines_narrowed["products"],
            "property": st.just({"name": "colour", "value": "red"}),
        },
        op=comparisons,
        value=times,
        window=windows,
    ),
    condition("viewed_not_bought", op=st.just("at_least"), value=st.integers(1, 2), window=simple_windows),
    condition("cart_unpaid", op=st.just("left_for_hours"), value=st.integers(1, 100)),
    condition("birthday", op=st.just("within_next_days"), value=st.integers(0, 99)),
    condition("birthday", op=st.just("in_month"), value=st.just(["2", "12"])),
    condition("age", op=bounds, value=st.integers(9, 40)),
    condition("cart_unpaid", op=st.just("within_days"), value=days),
    condition("gender", op=st.sampled_from(["in", "not_in"]), value=st.sampled_from([["f"], ["m"], ["f", "m"]])),
    condition("attribute", op=comparisons, value=st.integers(20, 40), attribute=st.just("age")),
)
rules = st.recursive(
    conditions,
    lambda inner: st.one_of(
        st.builds(lambda each: {"not": each}, inner),
        st.builds(lambda each: {"all": each}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda each: {"any": each}, st.lists(inner, min_size=1, max_size=3)),
    ),
    max_leaves=6,
).filter(lambda rule: depth(rule) <= 8)


def depth(rule: dict[str, Any]) -> int:
    inner = next((rule[word] for word in ("all", "any", "not") if word in rule), None)
    if inner is None:
        return 1
    return 1 + max(map(depth, inner if isinstance(inner, list) else [inner]))


# --- The same rules, read plainly ------------------------------------------------------------------------------------


def holds(rule: dict[str, Any], customer: Customer) -> bool:
    if "all" in rule:
        return all(holds(each, customer) for each in rule["all"])
    if "any" in rule:
        return any(holds(each, customer) for each in rule["any"])
    if "not" in rule:
        return not holds(rule["not"], customer)
    return READINGS[rule["is"]](rule, customer)


def purchases(customer: Customer) -> list[Order]:
    return [order for order in customer.orders.all() if order.status == "paid"]


def visited(customer: Customer) -> list[datetime]:
    return [event.occurred_at for event in customer.events.all() if event.kind != "custom"]


def day_of(moment: datetime) -> int:
    return moment.astimezone(KST).date().toordinal()


def date_fits(rule: dict[str, Any], moment: datetime | None) -> bool:
    if rule["op"] == "never" or moment is None:
        return rule["op"] == "never" and moment is None
    ago = day_of(NOW) - day_of(moment)
    return ago <= rule["value"] if rule["op"] == "within_days" else ago > rule["value"]


def anchor_of(name: str, customer: Customer) -> datetime | None:
    if name == "joined":
        return customer.joined_at
    if name == "last_visit":
        return max(visited(customer), default=None)
    moments = sorted(order.placed_at for order in purchases(customer))
    return (moments[0] if name == "first_order" else moments[-1]) if moments else None


def is_after_anchor(window: dict[str, Any], moment: datetime, customer: Customer) -> bool:
    anchor = anchor_of(window["since"], customer)
    if anchor is None or moment <= anchor:
        return False
    return "days" not in window or moment <= anchor + timedelta(days=window["days"])


def is_in(window: dict[str, Any], moment: datetime, customer: Customer) -> bool:
    if "since" in window:
        return is_after_anchor(window, moment, customer)
    day, today = moment.astimezone(KST).date(), NOW.date()
    if "days_ago" in window:
        return window["days_ago"][0] >= (today - day).days >= window["days_ago"][1]
    if "quarter" in window.values():
        return (today.year * 4 + (today.month - 1) // 3 - ("last" in window)) == day.year * 4 + (day.month - 1) // 3
    if "year" in window.values():
        return today.year - ("last" in window) == day.year
    if "last_days" in window:
        return 0 <= (today - day).days <= window["last_days"]
    if "from" in window:
        return window["from"] <= day.isoformat() <= window["to"]
    shift = 1 if "last" in window else 0
    if "week" in window.values():
        return (today - timedelta(weeks=shift)).isocalendar()[:2] == day.isocalendar()[:2]
    if "month" in window.values():
        return (today.year * 12 + today.month - shift) == day.year * 12 + day.month
    return True


def cart_unpaid(rule: dict[str, Any], customer: Customer) -> bool:
    carts = [event.occurred_at for event in customer.events.all() if event.kind == "cart_add"]
    bought = [order.placed_at for order in purchases(customer)]
    if not carts or (bought and max(bought) >= max(carts)):
        return False
    if rule["op"] == "within_days":
        return date_fits(rule, max(carts))
    return max(carts) <= NOW - timedelta(hours=rule["value"]) and day_of(NOW) - day_of(max(carts)) <= 7


def is_of(rule: dict[str, Any], order: Order) -> bool:
    store = order.store.external_id if order.store else None
    return ("stores" not in rule or store in rule["stores"]) and order.channel in rule.get("channels", [order.channel])


def is_about(rule: dict[str, Any], product: Product | None) -> bool:
    wanted, groups = rule.get("products"), rule.get("categories")
    if product is None:
        return not wanted and not groups
    return (not wanted or product.sku in wanted) and (not groups or product.category in groups)


def orders_of(rule: dict[str, Any], customer: Customer) -> list[Order]:
    window = rule.get("window", {"ever": True})
    return [o for o in purchases(customer) if is_of(rule, o) and is_in(window, o.placed_at, customer)]


def bought_lines(order: Order) -> list[OrderLine]:
    return [line for line in order.lines.all() if line.quantity]


def lines_of(rule: dict[str, Any], customer: Customer) -> list[OrderLine]:
    return [line for o in orders_of(rule, customer) for line in bought_lines(o) if is_about(rule, line.product)]


def asks_lines(rule: dict[str, Any]) -> bool:
    return "products" in rule or "categories" in rule


def bought_orders(rule: dict[str, Any], customer: Customer) -> list[Order]:
    if not asks_lines(rule):
        return orders_of(rule, customer)
    return list({line.order_id: line.order for line in lines_of(rule, customer)}.values())


def paid(rule: dict[str, Any], customer: Customer) -> int:
    if asks_lines(rule):
        return sum(line.amount for line in lines_of(rule, customer))
    return sum(order.paid for order in orders_of(rule, customer))


def compares(rule: dict[str, Any], actual: float) -> bool:
    return COMPARE[rule["op"]](actual, rule["value"])


def average_fits(rule: dict[str, Any], customer: Customer) -> bool:
    amounts = [order.paid for order in orders_of(rule, customer)]
    return bool(amounts) and compares(rule, Fraction(sum(amounts), len(amounts)))


def largest_fits(rule: dict[str, Any], customer: Customer) -> bool:
    amounts = [order.paid for order in orders_of(rule, customer)]
    return bool(amounts) and compares(rule, max(amounts))


def events_of(rule: dict[str, Any], customer: Customer) -> list[Event]:
    wanted = rule.get("property")
    return [
        event
        for event in customer.events.all()
        if is_in(rule["window"], event.occurred_at, customer)
        and event.kind in rule.get("kinds", [event.kind])
        and is_about(rule, event.product)
        and (not wanted or event.properties.get(wanted["name"]) == wanted["value"])
    ]


def viewed_not_bought(rule: dict[str, Any], customer: Customer) -> bool:
    views = [
        event.product_id
        for event in customer.events.all()
        if event.kind == "product_view" and event.product_id and is_in(rule["window"], event.occurred_at, customer)
    ]
    bought = {line.product_id for line in lines_of(rule | {"window": rule["window"]}, customer)}
    return any(views.count(product) >= rule["value"] for product in set(views) - bought)


def birthday_fits(rule: dict[str, Any], customer: Customer) -> bool:
    born = customer.birthday
    if born is None:
        return False
    if rule["op"] == "in_month":
        return str(born.month) in rule["value"]
    coming = [NOW.date() + timedelta(days=number) for number in range(rule["value"] + 1)]
    return any((day.month, day.day) == (born.month, born.day) for day in coming) or (
        (born.month, born.day) == (2, 29) and any((day.month, day.day) == (2, 28) for day in coming)
    )


def years_fit(rule: dict[str, Any], customer: Customer) -> bool:
    born = customer.birthday
    if born is None:
        return False
    return compares(rule, NOW.year - born.year - ((NOW.month, NOW.day) < (born.month, born.day)))


def age_fits(rule: dict[str, Any], customer: Customer) -> bool:
    age = customer.attributes.get("age")
    return isinstance(age, int) and COMPARE[rule["op"]](age, rule["value"])


READINGS: dict[str, Callable[[dict[str, Any], Customer], bool]] = {
    "last_order": lambda rule, who: date_fits(rule, max((o.placed_at for o in purchases(who)), default=None)),
    "first_order": lambda rule, who: date_fits(rule, min((o.placed_at for o in purchases(who)), default=None)),
    "last_visit": lambda rule, who: date_fits(rule, max(visited(who), default=None)),
    "order_count": lambda rule, who: COMPARE[rule["op"]](len(purchases(who)), rule["value"]),
    "paid_total": lambda rule, who: COMPARE[rule["op"]](sum(o.paid for o in purchases(who)), rule["value"]),
    "orders": lambda rule, who: compares(rule, len(bought_orders(rule, who))),
    "paid_in_window": lambda rule, who: compares(rule, paid(rule, who)),
    "average_order": average_fits,
    "largest_order": largest_fits,
    "purchase_days": lambda rule, who: compares(rule, len({day_of(o.placed_at) for o in orders_of(rule, who)})),
    "items_bought": lambda rule, who: compares(rule, sum(line.quantity for line in lines_of(rule, who))),
    "products_bought": lambda rule, who: compares(rule, len({line.product_id for line in lines_of(rule, who)})),
    "categories_bought": lambda rule, who: compares(rule, len({line.product.category for line in lines_of(rule, who)})),
    "last_bought": lambda rule, who: date_fits(
        rule, max((o.placed_at for o in bought_orders(rule, who)), default=None)
    ),
    "first_bought": lambda rule, who: date_fits(
        rule, min((o.placed_at for o in bought_orders(rule, who)), default=None)
    ),
    "orders_taken_back": lambda rule, who: compares(
        rule,
        sum(
            o.status == "cancelled" and is_of(rule, o) and is_in(rule["window"], o.placed_at, who)
            for o in who.orders.all()
        ),
    ),
    "visits": lambda rule, who: compares(rule, sum(is_in(rule["window"], moment, who) for moment in visited(who))),
    "events": lambda rule, who: compares(rule, len(events_of(rule, who))),
    "viewed_not_bought": viewed_not_bought,
    "birthday": birthday_fits,
    "age": years_fit,
    "cart_unpaid": cart_unpaid,
    "gender": lambda rule, who: (who.gender in rule["value"]) == (rule["op"] == "in"),
    "attribute": age_fits,
}


def test_sql_and_plain_python_agree(shop: list[Customer]) -> None:
    people = list(Customer.objects.prefetch_related("orders__lines__product", "orders__store", "events__product"))

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(rules)
    def agree(rule: dict[str, Any]) -> None:
        expected = {customer.pk for customer in people if holds(rule, customer)}

        assert set(Customer.objects.filter(compile_rule(rule, now=NOW)).values_list("pk", flat=True)) == expected
        assert preview.measure(rule, now=NOW).size == len(expected)

    agree()
