"""The compiled rule and a reading of the same rule in plain Python agree on random shops."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers import stats
from customers.models import Customer, CustomerStats, Event, Order
from customers.segments import preview
from customers.segments.compiler import compile_rule
from tests.factories import make_customer, make_order

KST = ZoneInfo("Asia/Seoul")
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
    customers = [make_customer(gender=world.choice(["", "f", "m"])) for _number in range(24)]
    for number, customer in enumerate(customers):
        customer.attributes = world.choice([{}, {"age": world.randint(20, 40)}, {"age": "unknown"}, {"age": None}])
        customer.save()
        for _order in range(world.choice([0, 0, 1, 2, 5])):
            happened = NOW - timedelta(hours=world.randint(0, 24 * 40))
            status = world.choice(["paid", "paid", "cancelled"])
            make_order(customer, placed_at=happened, paid=world.randint(0, 5) * 10_000, status=status)
        for visit in range(world.choice([0, 1, 3])):
            happened = NOW - timedelta(hours=world.randint(0, 24 * 40))
            kind = world.choice(["page_view", "cart_add", "custom"])
            Event.objects.create(external_id=f"{number}-{visit}", kind=kind, customer=customer, occurred_at=happened)
    stats.rebuild()
    # Who never did anything may have no statistics at all.
    CustomerStats.objects.filter(order_count=0, last_visit_at=None).first().delete()
    return customers


# --- The rules -------------------------------------------------------------------------------------------------------

days = st.integers(0, 45)
windows = st.one_of(
    st.builds(lambda number: {"last_days": number}, days),
    st.sampled_from([{"this": "week"}, {"last": "week"}, {"this": "month"}, {"last": "month"}, {"ever": True}]),
    st.just({"from": "2026-11-01", "to": "2026-11-15"}),
)
comparisons = st.sampled_from(sorted(COMPARE))


def condition(name: str, **parts: st.SearchStrategy) -> st.SearchStrategy:
    return st.fixed_dictionaries({"is": st.just(name)} | parts)


conditions = st.one_of(
    *(
        condition(name, op=st.sampled_from(["within_days", "more_than_days_ago"]), value=days)
        for name in ("last_order", "first_order", "last_visit")
    ),
    condition("last_order", op=st.just("never")),
    condition("order_count", op=comparisons, value=st.integers(0, 4)),
    condition(
        "paid_total", op=st.sampled_from(["at_least", "at_most"]), value=st.integers(-1, 12).map(lambda n: n * 10_000)
    ),
    condition("orders", op=comparisons, value=st.integers(0, 3), window=windows),
    condition(
        "paid_in_window",
        op=st.sampled_from(["at_least", "at_most"]),
        value=st.integers(-1, 8).map(lambda n: n * 10_000),
        window=windows,
    ),
    condition("visits", op=comparisons, value=st.integers(0, 2), window=windows),
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


def is_in(window: dict[str, Any], moment: datetime) -> bool:
    day, today = moment.astimezone(KST).date(), NOW.date()
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
    return bool(carts) and date_fits(rule, max(carts)) and (not bought or max(bought) < max(carts))


def age_fits(rule: dict[str, Any], customer: Customer) -> bool:
    age = customer.attributes.get("age")
    return isinstance(age, int) and COMPARE[rule["op"]](age, rule["value"])


READINGS: dict[str, Callable[[dict[str, Any], Customer], bool]] = {
    "last_order": lambda rule, who: date_fits(rule, max((o.placed_at for o in purchases(who)), default=None)),
    "first_order": lambda rule, who: date_fits(rule, min((o.placed_at for o in purchases(who)), default=None)),
    "last_visit": lambda rule, who: date_fits(rule, max(visited(who), default=None)),
    "order_count": lambda rule, who: COMPARE[rule["op"]](len(purchases(who)), rule["value"]),
    "paid_total": lambda rule, who: COMPARE[rule["op"]](sum(o.paid for o in purchases(who)), rule["value"]),
    "orders": lambda rule, who: COMPARE[rule["op"]](
        sum(is_in(rule["window"], o.placed_at) for o in purchases(who)), rule["value"]
    ),
    "paid_in_window": lambda rule, who: COMPARE[rule["op"]](
        sum(o.paid for o in purchases(who) if is_in(rule["window"], o.placed_at)), rule["value"]
    ),
    "visits": lambda rule, who: COMPARE[rule["op"]](
        sum(is_in(rule["window"], moment) for moment in visited(who)), rule["value"]
    ),
    "cart_unpaid": cart_unpaid,
    "gender": lambda rule, who: (who.gender in rule["value"]) == (rule["op"] == "in"),
    "attribute": age_fits,
}


def test_sql_and_plain_python_agree(shop: list[Customer]) -> None:
    people = list(Customer.objects.prefetch_related("orders", "events"))

    @settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(rules)
    def agree(rule: dict[str, Any]) -> None:
        expected = {customer.pk for customer in people if holds(rule, customer)}

        assert set(Customer.objects.filter(compile_rule(rule, now=NOW)).values_list("pk", flat=True)) == expected
        assert preview.measure(rule, now=NOW).size == len(expected)

    agree()
