"""The statement that counts many orders gives to the point what the plain function gives for each.

`EARNING_EXAMPLES` sets how many rule sets are tried, each on forty orders (20).
"""

import os
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from customers.models import Customer, Order, OrderLine, Segment, SegmentMembership, Store
from loyalty import ledger
from loyalty.earning import set_based, versions
from loyalty.earning.buyers import buyer_of
from loyalty.earning.calculation import Basket, Line, awards
from loyalty.earning.rule_sets import Rule, RuleSet, as_json, from_json
from loyalty.earning.validity import kst_day
from loyalty.models import OrderAward, Tier, TierPeriod, TierRuleVersion
from tests.factories import make_customer, make_order, make_product, make_segment

EXAMPLES = int(os.environ.get("EARNING_EXAMPLES", "20"))
CATEGORIES = ("유제품", "와인", "빵", "")
BEGIN = datetime(2026, 1, 1, 15, tzinfo=UTC)
DAYS = some.none() | some.dates(date(2026, 1, 1), date(2026, 3, 31))
WON = some.integers(0, 60_000) | some.integers(0, 2_000_000_000)

pytestmark = pytest.mark.django_db


class World:
    """The few customers, stores and so on that rules and orders draw from."""

    def __init__(self) -> None:
        self.stores = [Store.objects.create(external_id=name, name=name) for name in "AB"]
        self.products = [make_product(category=category) for category in CATEGORIES]
        self.segment: Segment = make_segment()
        self.customers: list[Customer] = [
            make_customer(birthday=born) for born in (None, date(1990, 2, 3), date(2000, 2, 29))
        ]
        SegmentMembership.objects.create(segment=self.segment, customer=self.customers[1])
        self.tiers = [Tier.objects.create(name=name) for name in ("실버", "골드")]
        version = TierRuleVersion.objects.create(number=1)
        version.thresholds.create(tier=self.tiers[0], rank=1, threshold=0)
        version.thresholds.create(tier=self.tiers[1], rank=2, threshold=1)
        ended = {"started_at": BEGIN, "ended_at": BEGIN + timedelta(days=40)}
        TierPeriod.objects.create(customer=self.customers[2], tier=self.tiers[1], rule_version=version, **ended)
        self._give_before(self.customers[1])

    def _give_before(self, customer: Customer) -> None:
        """A later order came in before all others: a rule gave something for it, another one nothing."""
        later = make_order(customer, placed_at=BEGIN + timedelta(days=100))
        account = ledger.account_of(customer.pk)
        reasons = [{"rule": "2", "won": 9, "points": 5}, {"rule": "3", "won": 0, "points": 0}]
        version = versions.freeze(account.program)
        OrderAward.objects.create(order=later, account=account, rule_version=version, won=9, points=5, reasons=reasons)


def rule_of(world: World, key: int, kinds: tuple[str, ...], rewards: tuple[str, ...]) -> some.SearchStrategy[Rule]:
    return some.builds(
        Rule,
        key=some.just(str(key)),
        name=some.just("규칙"),
        kind=some.sampled_from(kinds),
        reward=some.sampled_from(rewards),
        value=some.integers(1, 3_000),
        categories=some.lists(some.sampled_from(CATEGORIES), unique=True, max_size=2).map(tuple),
        stores=some.sampled_from([(), (world.stores[0].pk,), tuple(store.pk for store in world.stores)]),
        channel=some.sampled_from(["", "", "store", "online"]),
        tier=some.sampled_from([None, None, *(tier.pk for tier in world.tiers)]),
        segment=some.sampled_from([None, None, world.segment.pk]),
        minimum_won=some.sampled_from([0, 0, 10_000]),
        most_points=some.sampled_from([None, None, 50]),
        starts_on=DAYS,
        ends_on=DAYS,
    )


@some.composite
def rule_sets(draw: some.DrawFn, world: World) -> RuleSet:
    base = draw(some.none() | rule_of(world, 1, ("base",), ("per_mille", "won_per_point")))
    bonuses = [
        draw(
            rule_of(
                world,
                key,
                ("category", "store", "tier", "campaign", "first_purchase", "birthday"),
                ("per_mille", "won_per_point", "percent_of_base", "fixed"),
            )
        )
        for key in range(2, draw(some.integers(2, 6)))
    ]
    return RuleSet(
        rounding=draw(some.sampled_from(["down", "nearest", "up"])),
        excluded_categories=tuple(draw(some.lists(some.sampled_from(CATEGORIES), unique=True, max_size=2))),
        earns_on_shipping=draw(some.booleans()),
        earns_on_points_used=draw(some.booleans()),
        rules=(*([base] if base else []), *bonuses),
    )


@some.composite
def orders(draw: some.DrawFn, world: World) -> dict[str, object]:
    paid = draw(WON)
    return {
        "customer": draw(some.sampled_from(world.customers)),
        "store": draw(some.sampled_from([None, *world.stores])),
        "channel": draw(some.sampled_from(["store", "online"])),
        "status": draw(some.sampled_from(["paid", "paid", "paid", "cancelled", "pending"])),
        "placed_at": BEGIN + timedelta(hours=draw(some.integers(0, 24 * 80))),
        "paid": paid,
        "refunded": draw(some.just(0) | some.integers(0, paid)),
        "shipping": draw(some.sampled_from([0, 2_500])),
        "points_used": draw(some.sampled_from([0, 1_000])),
        "lines": draw(some.lists(some.tuples(some.integers(0, 3), some.integers(-5_000, 50_000)), max_size=5)),
    }


def store_orders(world: World, drawn: list[dict[str, object]]) -> list[Order]:
    made = [
        Order(external_id=str(number), **{name: value for name, value in each.items() if name != "lines"})
        for number, each in enumerate(drawn)
    ]
    Order.objects.bulk_create(made)
    OrderLine.objects.bulk_create(
        OrderLine(order=order, position=position, product=world.products[index], amount=amount)
        for order, each in zip(made, drawn, strict=True)
        for position, (index, amount) in enumerate(each["lines"])
    )
    return made


def one_by_one(world: World, made: list[Order], drawn: list[dict[str, object]], rules: RuleSet) -> set[tuple]:
    found = set()
    for order, each in zip(made, drawn, strict=True):
        basket = Basket(
            paid=order.paid,
            refunded=order.refunded,
            shipping=order.shipping,
            points_used=order.points_used,
            channel=order.channel,
            store=order.store_id,
            is_purchase=order.status == "paid",
            lines=tuple(Line(CATEGORIES[index], amount) for index, amount in each["lines"]),
        )
        buyer = buyer_of(order.customer, order.placed_at, order_id=order.pk)
        given_here = awards(basket, buyer, kst_day(order.placed_at), rules)
        found |= {(order.pk, award.rule.key, award.won, award.points) for award in given_here}
    return found


def all_at_once(made: list[Order], rules: RuleSet) -> set[tuple]:
    with connection.cursor() as cursor:
        set_based.make_tables(cursor)
        set_based.fill_rules(cursor, {1: rules})
        cursor.execute("INSERT INTO earning_due SELECT unnest(%s::bigint[]), 1", [[order.pk for order in made]])
        set_based.calculate(cursor)
        cursor.execute("SELECT order_id, key, won, points FROM earning_award")
        return set(cursor.fetchall())


@pytest.mark.slow
def test_many_orders_earn_what_each_would_alone() -> None:
    world = World()

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(some.data())
    def compare(data: some.DataObject) -> None:
        rules = data.draw(rule_sets(world))
        drawn = data.draw(some.lists(orders(world), min_size=1, max_size=40))
        with transaction.atomic():
            made = store_orders(world, drawn)
            assert all_at_once(made, rules) == one_by_one(world, made, drawn, rules)
            transaction.set_rollback(True)

    compare()


def test_rules_come_out_of_a_version_as_they_went_in() -> None:
    world = World()

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(rule_sets(world))
    def compare(rules: RuleSet) -> None:
        assert from_json(as_json(rules)) == rules

    compare()
