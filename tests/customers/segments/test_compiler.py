"""Every condition, held against a small shop whose answers were worked out by hand.

Now is 2026-11-21 (Saturday) 10:00 KST. The customers are named for what they did:

    today    ordered today: 10,000 won of fruit
    month    ordered on the 1st, 2nd and 20th of this month, fruit each time, 30,000 won in all; female
    old      ordered once on 2026-08-01 for 500,000 won, in the store of Gangnam; VIP
    refunded ordered yesterday, cancelled: no purchase; e-mail consent
    cart     put something in the cart four days ago, never bought; consent withdrawn
    paid     put something in the cart four days ago and bought three days ago; no e-mail address
    ghost    never did anything and has no statistics at all
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from customers import stats
from customers.models import (
    Customer,
    CustomerStats,
    Event,
    OrderLine,
    Product,
    Segment,
    SegmentMembership,
    Store,
)
from customers.segments import explain, preview
from customers.segments.clock import Moment
from customers.segments.compiler import compile_rule
from tests.factories import make_customer, make_order, set_consent

KST = ZoneInfo("Asia/Seoul")
NOW = datetime(2026, 11, 21, 10, tzinfo=KST)
EVERYBODY = ("today", "month", "old", "refunded", "cart", "paid", "ghost")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=KST)


@pytest.fixture
def shop(db: None) -> dict[str, Customer]:
    people = {name: make_customer(external_id=name, joined_at=at("2026-01-01")) for name in EVERYBODY}
    fruit = Product.objects.create(sku="apple", name="사과", category="과일")
    for name, day, paid in (
        ("today", "2026-11-21 09:00", 10_000),
        ("month", "2026-11-01 00:00", 10_000),
        ("month", "2026-11-02 12:00", 10_000),
        ("month", "2026-11-20 12:00", 10_000),
        ("old", "2026-08-01 12:00", 500_000),
        ("paid", "2026-11-18 12:00", 20_000),
    ):
        order = make_order(people[name], placed_at=at(day), paid=paid)
        if name in ("today", "month"):
            OrderLine.objects.create(order=order, position=1, product=fruit, amount=paid)
    make_order(people["refunded"], placed_at=at("2026-11-20"), status="cancelled")
    for name in ("cart", "paid"):
        Event.objects.create(external_id=name, kind="cart_add", customer=people[name], occurred_at=at("2026-11-17"))
    stats.rebuild()
    give_profiles(people)
    return people


def give_profiles(people: dict[str, Customer]) -> None:
    CustomerStats.objects.filter(customer=people["ghost"]).delete()
    CustomerStats.objects.filter(customer=people["month"]).update(
        rfm_group="champions", recency_score=5, frequency_score=4, monetary_score=3
    )
    store = Store.objects.create(external_id="S1", name="강남점")
    Customer.objects.filter(pk=people["old"].pk).update(
        home_store=store, attributes={"vip": True, "2024": 7, "height": "181.5", "town": "강남 1동", "none": None}
    )
    Customer.objects.filter(pk=people["month"].pk).update(
        gender="f", acquisition_source="naver", attributes={"vip": "no", "2024": "n/a"}
    )
    Customer.objects.filter(pk=people["paid"].pk).update(email="")
    for name, granted in (("refunded", True), ("cart", False)):
        set_consent(people[name], "marketing_use", at=at("2026-01-01"))
        set_consent(people[name], "ad_receive", channel="email", is_granted=granted, at=at("2026-01-01"))


def orders(op: str, value: int, window: object = None) -> dict:
    return {"is": "orders", "op": op, "value": value} | ({"window": window} if window else {})


def attribute(op: str, name: str, *value: object) -> dict:
    return {"is": "attribute", "op": op, "attribute": name} | ({"value": value[0]} if value else {})


ANSWERS = [
    ({"is": "last_order", "op": "within_days", "value": 0}, "today"),
    ({"is": "last_order", "op": "within_days", "value": 1}, "today month"),
    ({"is": "last_order", "op": "within_days", "value": 3}, "today month paid"),
    ({"is": "last_order", "op": "more_than_days_ago", "value": 90}, "old"),
    ({"is": "last_order", "op": "more_than_days_ago", "value": 0}, "old month paid"),
    ({"is": "last_order", "op": "never"}, "refunded cart ghost"),
    ({"is": "last_order", "op": "between", "value": ["2026-08-01", "2026-11-18"]}, "old paid"),
    ({"is": "first_order", "op": "within_days", "value": 19}, "today paid"),
    ({"is": "first_order", "op": "within_days", "value": 20}, "today month paid"),
    ({"is": "last_visit", "op": "within_days", "value": 4}, "cart paid"),
    ({"is": "last_visit", "op": "within_days", "value": 3}, ""),
    ({"is": "joined", "op": "more_than_days_ago", "value": 100}, " ".join(EVERYBODY)),
    ({"is": "order_count", "op": "at_least", "value": 1}, "today month old paid"),
    ({"is": "order_count", "op": "at_least", "value": 0}, " ".join(EVERYBODY)),
    ({"is": "order_count", "op": "at_most", "value": 1}, "today old paid refunded cart ghost"),
    ({"is": "order_count", "op": "exactly", "value": 0}, "refunded cart ghost"),
    ({"is": "order_count", "op": "exactly", "value": 3}, "month"),
    ({"is": "paid_total", "op": "at_least", "value": 30_000}, "month old"),
    ({"is": "paid_total", "op": "at_most", "value": 10_000}, "today refunded cart ghost"),
    (orders("at_least", 3, {"this": "month"}), "month"),
    (orders("at_most", 1, {"this": "month"}), "today old paid refunded cart ghost"),
    (orders("exactly", 1, {"this": "month"}), "today paid"),
    (orders("exactly", 0, {"this": "month"}), "old refunded cart ghost"),
    (orders("at_least", 1, {"this": "week"}), "today month paid"),
    (orders("at_least", 1, {"last": "week"}), ""),
    (orders("at_least", 1, {"last": "month"}), ""),
    (orders("at_least", 1, {"last_days": 19}), "today month paid"),
    (orders("at_least", 3, {"last_days": 20}), "month"),
    (orders("at_least", 3, {"last_days": 19}), ""),
    (orders("at_least", 1, {"from": "2026-08-01", "to": "2026-08-01"}), "old"),
    (orders("at_least", 3, {"ever": True}), "month"),
    (orders("at_least", 3), "month"),
    ({"is": "paid_in_window", "op": "at_least", "value": 20_000, "window": {"this": "month"}}, "month paid"),
    ({"is": "paid_in_window", "op": "at_most", "value": 0, "window": {"this": "month"}}, "old refunded cart ghost"),
    ({"is": "visits", "op": "at_least", "value": 1, "window": {"last_days": 4}}, "cart paid"),
    ({"is": "visits", "op": "at_most", "value": 0}, "today month old refunded ghost"),
    ({"is": "cart_unpaid", "op": "within_days", "value": 4}, "cart"),
    ({"is": "cart_unpaid", "op": "within_days", "value": 3}, ""),
    ({"is": "bought_category", "op": "in", "value": ["과일", "채소"]}, "today month"),
    ({"is": "bought_category", "op": "in", "value": ["과일"], "times": 2, "window": {"last_days": 20}}, "month"),
    ({"is": "rfm_group", "op": "in", "value": ["champions", "lost"]}, "month"),
    ({"is": "rfm_group", "op": "not_in", "value": ["champions"]}, "today old refunded cart paid ghost"),
    ({"is": "recency_score", "op": "at_least", "value": 5}, "month"),
    ({"is": "frequency_score", "op": "at_most", "value": 3}, ""),
    ({"is": "monetary_score", "op": "exactly", "value": 3}, "month"),
    ({"is": "consent", "op": "granted", "value": "email"}, "refunded"),
    ({"is": "consent", "op": "not_granted", "value": "email"}, "today month old cart paid ghost"),
    ({"is": "consent", "op": "granted", "value": "sms"}, ""),
    ({"is": "contact", "op": "unknown", "value": "email"}, "paid"),
    ({"is": "home_store", "op": "in", "value": ["S1"]}, "old"),
    ({"is": "home_store", "op": "not_in", "value": ["S1"]}, "today month refunded cart paid ghost"),
    ({"is": "acquisition_source", "op": "in", "value": ["naver"]}, "month"),
    ({"is": "gender", "op": "in", "value": ["f"]}, "month"),
    (attribute("yes", "vip"), "old"),
    (attribute("no", "vip"), "month"),
    (attribute("known", "vip"), "old month"),
    (attribute("unknown", "none"), " ".join(EVERYBODY)),
    (attribute("contains", "town", "강남"), "old"),
    (attribute("is", "town", "강남"), ""),
    (attribute("is_not", "town", "강남 1동"), "today month refunded cart paid ghost"),
    (attribute("at_least", "2024", 7), "old"),
    (attribute("at_most", "height", 181.5), "old"),
    (attribute("exactly", "2024", 7), "old"),
    ({"not": attribute("at_least", "2024", 7)}, "today month refunded cart paid ghost"),
    ({"is": "coupon_redeemed", "op": "at_most", "value": 0}, " ".join(EVERYBODY)),
    ({"is": "campaign_received", "op": "never"}, " ".join(EVERYBODY)),
    # Nobody is lost between a condition and its opposite, whatever is unknown about them.
    ({"not": {"is": "last_order", "op": "within_days", "value": 3}}, "old refunded cart ghost"),
    ({"not": {"is": "last_order", "op": "more_than_days_ago", "value": 90}}, "today month paid refunded cart ghost"),
    ({"not": {"not": {"is": "last_order", "op": "within_days", "value": 3}}}, "today month paid"),
    ({"not": {"is": "paid_total", "op": "at_least", "value": 30_000}}, "today refunded cart paid ghost"),
    ({"not": orders("at_least", 1, {"this": "month"})}, "old refunded cart ghost"),
    ({"not": {"is": "recency_score", "op": "at_least", "value": 5}}, "today old refunded cart paid ghost"),
    (
        {
            "any": [
                orders("at_least", 3, {"this": "month"}),
                {"is": "last_order", "op": "more_than_days_ago", "value": 90},
            ]
        },
        "month old",
    ),
    (
        {
            "not": {
                "any": [
                    {"is": "last_order", "op": "never"},
                    {"not": {"is": "order_count", "op": "at_least", "value": 2}},
                ]
            }
        },
        "month",
    ),
]


@pytest.mark.parametrize(("rule", "names"), ANSWERS)
def test_a_rule_holds_for_exactly_these(shop: dict[str, Customer], rule: object, names: str) -> None:
    found = Customer.objects.filter(compile_rule(rule, now=NOW)).values_list("external_id", flat=True)

    assert sorted(found) == sorted(names.split())


@pytest.mark.parametrize(
    "stored", ["\u30005", "5\u3000", "\u00a05", "٥", "NaN", "1e5", "", None, True, [1], {"a": 1}, 10**30]
)
def test_an_attribute_that_is_no_plain_number_is_none(db: None, stored: object) -> None:
    make_customer(attributes={"visits": stored})

    assert preview.count(attribute("at_least", "visits", 1)) == 0
    assert preview.count({"not": attribute("at_least", "visits", 1)}) == 1


def test_explain_agrees_with_every_rule(shop: dict[str, Customer]) -> None:
    moment = Moment(NOW)

    for rule, names in ANSWERS:
        for name in ("month", "ghost"):
            assert explain.explain(rule, shop[name], moment=moment).fits == (name in names.split()), rule


def test_why_somebody_is_in_a_segment_says_no_name_and_no_phone(db: None) -> None:
    customer = make_customer(attributes={"contacts": ["010-1234-5678", "VIP"], "memo": "kim@mail.example"})

    def actual(name: str) -> str:
        return explain.explain(attribute("known", name), customer, moment=Moment(NOW)).actual

    assert (actual("contacts"), actual("memo")) == ("['[phone]', 'VIP']", "[e-mail]")


def test_all_figures_beside_the_builder_come_from_one_query(
    shop: dict[str, Customer], django_assert_num_queries
) -> None:
    bought, allowed = orders("exactly", 0), {"is": "consent", "op": "granted", "value": "email"}

    with django_assert_num_queries(6):  # a savepoint, three settings, the count, its release
        measured = preview.measure({"all": [bought, {"any": [allowed, {"is": "last_visit", "op": "never"}]}]}, now=NOW)

    assert (measured.everyone, measured.size) == (7, 2)
    assert measured.reachable == {"email": 1, "sms": 0, "kakao": 0}
    assert [(step.before, step.left) for step in measured.steps] == [(7, 3), (3, 2)]
    assert measured.by_place == {(1,): 3, (2,): 5, (2, 1): 1, (2, 2): 5}


def test_a_customer_is_in_another_segment_as_it_was_last_refreshed(shop: dict[str, Customer]) -> None:
    other = Segment.objects.create(name="other", rule={"is": "last_order", "op": "never"})
    SegmentMembership.objects.create(segment=other, customer=shop["old"])

    inside = Customer.objects.filter(compile_rule({"is": "in_segment", "op": "in", "value": [other.pk]}))
    outside = Customer.objects.filter(compile_rule({"is": "in_segment", "op": "not_in", "value": [other.pk]}))

    assert [customer.external_id for customer in inside] == ["old"]
    assert outside.count() == 6


# What happened at `happened` is within N days at `now`, and not yet more than N days ago.
MIDNIGHTS = [
    ("2026-10-22 00:00:00", "2026-11-21 23:59:59", 30, True),
    ("2026-10-21 23:59:59", "2026-11-21 00:00:00", 30, False),
    ("2026-10-21 23:59:59", "2026-11-20 23:59:59", 30, True),
    ("2026-10-22 00:00:00", "2026-11-22 00:00:00", 30, False),
    ("2026-11-21 00:00:00", "2026-11-21 23:59:59", 0, True),
    ("2026-11-20 23:59:59", "2026-11-21 00:00:00", 0, False),
    ("2026-02-28 23:59:59", "2026-03-02 00:00:00", 2, True),
    ("2025-12-31 23:59:59", "2026-01-01 00:00:00", 1, True),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("happened", "now", "days", "is_within"), MIDNIGHTS)
def test_days_turn_over_at_midnight_in_seoul(happened: str, now: str, days: int, is_within: bool) -> None:
    customer = make_customer()
    make_order(customer, placed_at=at(happened))
    stats.rebuild()

    for op, expected in (("within_days", is_within), ("more_than_days_ago", not is_within)):
        rule = {"is": "last_order", "op": op, "value": days}
        assert Customer.objects.filter(compile_rule(rule, now=at(now))).exists() == expected
    window = orders("at_least", 1, {"last_days": days})
    assert Customer.objects.filter(compile_rule(window, now=at(now))).exists() == is_within


WINDOWS = [
    ({"this": "week"}, "2026-11-16 00:00:00", "2026-11-22 23:59:59"),
    ({"last": "week"}, "2026-11-09 00:00:00", "2026-11-15 23:59:59"),
    ({"this": "month"}, "2026-11-01 00:00:00", "2026-11-30 23:59:59"),
    ({"last": "month"}, "2026-10-01 00:00:00", "2026-10-31 23:59:59"),
    ({"from": "2026-02-01", "to": "2026-02-28"}, "2026-02-01 00:00:00", "2026-02-28 23:59:59"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("window", "first", "last"), WINDOWS)
def test_a_window_holds_its_first_and_last_second_and_nothing_beyond(window: dict, first: str, last: str) -> None:
    second = timedelta(seconds=1)
    rule = orders("at_least", 1, window)

    for moment, is_inside in (
        (at(first), True),
        (at(last), True),
        (at(first) - second, False),
        (at(last) + second, False),
    ):
        order = make_order(make_customer(), placed_at=moment)
        assert Customer.objects.filter(compile_rule(rule, now=NOW)).exists() == is_inside
        order.delete()


AS_OF = [
    ({"is": "last_order", "op": "within_days", "value": 30}, "2026-08-31", "old"),
    ({"is": "last_order", "op": "never"}, "2026-08-31", "today month refunded cart paid ghost"),
    ({"is": "last_order", "op": "more_than_days_ago", "value": 3}, "2026-11-15", "month old"),
    ({"is": "order_count", "op": "exactly", "value": 2}, "2026-11-02", "month"),
    ({"is": "paid_total", "op": "at_most", "value": 10_000}, "2026-11-01", "today month refunded cart paid ghost"),
    (orders("at_least", 2, {"this": "month"}), "2026-11-02", "month"),
    (orders("at_least", 3), "2026-11-19", ""),
]


@pytest.mark.parametrize(("rule", "day", "names"), AS_OF)
def test_a_past_day_does_not_know_what_came_after_it(
    shop: dict[str, Customer], rule: object, day: str, names: str
) -> None:
    moment = Moment.at_end_of(at(day).date())

    assert moment.is_past == (moment.now < timezone.now())
    past = Moment(moment.now, is_past=True)
    assert sorted(each.external_id for each in preview.members(rule, moment=past)) == sorted(names.split())
