"""What holds for every trigger: a story that lets one customer enter, asked in whole and in parts."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings as site

from campaigns.triggers.base import Topic
from campaigns.triggers.every import TRIGGERS
from customers import stats
from customers.models import CategoryCycle, Customer, Region, Segment, SegmentMove, Store
from customers.segments.errors import UnfitValueError
from loyalty import ledger
from loyalty.coupons import issuing
from loyalty.models import ExpiryNotice, Referral, Tier, TierPeriod, TierStanding
from tests.campaigns.triggers.asking import AT, DAY, HOUR, ask
from tests.factories import (
    buy,
    make_coupon,
    make_customer,
    make_event,
    make_ladder,
    make_message,
    make_order,
    make_product,
    make_reachable_customer,
    make_response,
    make_running_campaign,
    make_segment,
)

pytestmark = pytest.mark.django_db

LONG_AGO = AT - 400 * DAY
# 0:00 in Korea on the day of AT.
MIDNIGHT = datetime(2026, 11, 19, 15, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SEGMENT = 77


@dataclass(frozen=True)
class Story:
    """Settings, what happens, and when the customer it returns enters by it."""

    happens: Callable[[], Customer]
    settings: dict[str, Any] = field(default_factory=dict)
    at: datetime = AT


def old_customer(**given: object) -> Customer:
    return make_customer(**{"joined_at": LONG_AGO} | given)


def signs_up() -> Customer:
    return make_customer(joined_at=AT)


def buys() -> Customer:
    customer = old_customer()
    buy(customer, make_product(), at=AT)
    stats.refresh([customer.pk])
    return customer


def buys_again() -> Customer:
    customer = old_customer()
    make_order(customer, placed_at=AT - 9 * DAY)
    buy(customer, make_product(), at=AT)
    return customer


def gets_a_parcel() -> Customer:
    customer = old_customer()
    buy(customer, make_product(), at=AT - 3 * DAY, status="delivered", delivered_at=AT)
    return customer


def leaves_a_cart() -> Customer:
    customer = old_customer()
    make_event(customer, "cart_add", at=AT - 2 * HOUR, product=make_product())
    return customer


def looks_three_times() -> Customer:
    customer, product = old_customer(), make_product()
    for days in (2, 1, 0):
        make_event(customer, "product_view", at=AT - days * DAY, product=product)
    return customer


def wishes() -> Customer:
    customer = old_customer()
    make_event(customer, "custom", at=AT, properties={"name": "wished", "list": "birthday"})
    return customer


def has_a_birthday() -> Customer:
    return old_customer(birthday=date(1990, 11, 27))


def runs_out_of_coffee() -> Customer:
    customer = old_customer()
    make_cycle("커피", days=45)
    buy(customer, make_product(category="커피"), at=AT - 40 * DAY)
    return customer


def make_cycle(category: str, *, days: int, gaps: int = 40, confidence: float = 0.9) -> CategoryCycle:
    quartiles = {"median_days": days, "lower_quartile": days, "upper_quartile": days}
    bars = {"percentiles": [days] * 100, "bin_days": 1, "bins": [gaps], "due_soon": 0}
    known = {"buyers": gaps, "repeat_buyers": gaps, "gaps": gaps, "confidence": confidence}
    return CategoryCycle.objects.create(category=category, **quartiles, **bars, **known)


def moves(direction: str) -> Customer:
    customer, segment = old_customer(), make_segment(pk=SEGMENT)
    Segment.objects.update(created_at=LONG_AGO)
    SegmentMove.objects.create(segment=segment, customer=customer, direction=direction, moved_at=AT)
    return customer


def rises() -> Customer:
    customer, version = old_customer(), make_ladder()
    told: dict[str, Any] = {"tier": Tier.objects.get(name="Gold"), "cause": "reached", "rule_version": version}
    TierPeriod.objects.create(customer=customer, started_at=AT, **told)
    return customer


def would_go_down() -> Customer:
    customer = old_customer()
    make_ladder()
    silver = Tier.objects.get(name="Silver")
    told = {"tier": silver, "earned_tier": silver, "since": LONG_AGO, "earned_since": LONG_AGO}
    TierStanding.objects.create(customer=customer, keep_missing=5_000, judged_on=date(2026, 12, 20), **told)
    return customer


def has_dying_points() -> Customer:
    customer = old_customer()
    account = ledger.account_of(customer.pk)
    told = {"days_before": 60, "points": 500, "opened_at": AT}
    ExpiryNotice.objects.create(account=account, last_day=date(2027, 1, 19), **told)
    return customer


def gets_a_coupon(at: datetime = AT) -> Customer:
    customer = old_customer()
    coupon = make_coupon(days_valid=30, valid_until=None)
    issuing.issue(coupon, issuing.only(customer.pk), origin="customer", reference="1", at=at)
    return customer


def holds_a_dying_coupon() -> Customer:
    customer = gets_a_coupon(AT - 20 * DAY)
    customer.issued_coupons.update(expires_at=AT + 7 * DAY)
    return customer


def answers() -> Customer:
    customer = old_customer()
    make_response(customer=customer, answered_at=AT, score=3)
    return customer


def brings_a_friend() -> Customer:
    customer = old_customer()
    Referral.objects.create(friend=old_customer(), referrer=customer, said_at=AT)
    return customer


def hears_nothing() -> Customer:
    customer = make_reachable_customer(joined_at=LONG_AGO)
    make_message(make_running_campaign(), customer, sent_at=AT - 60 * DAY)
    return customer


def lives_near() -> Customer:
    store = Store.objects.create(external_id="S1", name="성수점")
    Region.objects.create(name="서울 성동구", latitude=37.5, longitude=127.0, nearest_store=store)
    customer = old_customer(region="서울 성동구")
    make_order(customer, placed_at=AT - 9 * DAY, channel="online")
    return customer


STORIES = {
    "signed_up": Story(signs_up),
    "first_order": Story(buys),
    "every_order": Story(buys),
    "order_delivered": Story(gets_a_parcel),
    "nth_order": Story(buys_again, {"number": 2}),
    "repurchase_due": Story(runs_out_of_coffee, {"cycle_of": "category", "days": 5, "at": "10:00"}),
    "cart_left": Story(leaves_a_cart, {"hours": 2}),
    "viewed_not_bought": Story(looks_three_times, {"of": "product", "times": 3, "days": 7}),
    "custom_event": Story(wishes, {"name": "wished", "property": {"name": "list", "value": "birthday"}}),
    "date_of_customer": Story(has_a_birthday, {"date": "birthday", "days": 7, "side": "before", "at": "10:00"}),
    "store_event": Story(
        lives_near, {"stores": ["S1"], "event": ["2026-11-27", "2026-11-29"], "days": 7, "at": "10:00"}
    ),
    "each_month": Story(old_customer, {"day": 20, "at": "10:00"}),
    "no_message": Story(hears_nothing, {"days": 60, "at": "10:00"}),
    "entered_segment": Story(lambda: moves("in"), {"segments": [SEGMENT]}),
    "left_segment": Story(lambda: moves("out"), {"segments": [SEGMENT]}),
    "tier_reached": Story(rises),
    "tier_at_risk": Story(would_go_down, {"days": 30}, at=MIDNIGHT),
    "points_expiring": Story(has_dying_points, {"days": 60}),
    "coupon_issued": Story(gets_a_coupon),
    "coupon_expiring": Story(holds_a_dying_coupon, {"days": 7}),
    "referral_made": Story(brings_a_friend, {"what": "came"}),
    "survey_answered": Story(answers, {"at_most": 6}),
}


@pytest.mark.parametrize("key", TRIGGERS.names())
def test_the_same_customer_enters_once_however_often_and_in_whatever_parts_it_is_asked(key: str) -> None:
    story, kind = STORIES[key], TRIGGERS[key]
    since, until = story.at - DAY / 2, story.at + DAY / 2
    assert ask(key, story.settings, since=since, until=until) == []

    with time_machine.travel(AT, tick=False):
        customer = story.happens()  # it is stored after the window was asked for
    found = ask(key, story.settings, since=since, until=until)

    assert [(each.customer_id, each.at) for each in found] == [(customer.pk, story.at)]
    assert ask(key, story.settings, since=since, until=until) == found
    for cut in (story.at - HOUR, story.at - MICROSECOND, story.at, story.at + HOUR):
        earlier = ask(key, story.settings, since=since, until=cut)
        assert earlier + ask(key, story.settings, since=cut, until=until) == found
        assert len(earlier) == (cut >= story.at)
    assert len(found[0].key) <= 80
    assert set(found[0].context) <= set(kind.tells)


@pytest.mark.parametrize("key", TRIGGERS.names())
def test_it_says_what_it_needs_and_refuses_anything_else(key: str) -> None:
    settings, kind = STORIES[key].settings, TRIGGERS[key]

    kind.check(settings)
    said = kind.sentence(settings)

    assert said
    assert "%(" not in said
    assert kind.topic in Topic
    assert [each["name"] for each in kind.schema()["fields"]] == list(kind.fields)
    assert set(kind.labels) == set(kind.fields)
    with pytest.raises(UnfitValueError):
        kind.check({**settings, "colour": "red"})
    for needed in kind.required:
        with pytest.raises(UnfitValueError):
            kind.check({name: value for name, value in settings.items() if name != needed})


def test_the_document_tells_of_every_trigger_and_none_else() -> None:
    rows = (Path(site.BASE_DIR) / "docs" / "automation.md").read_text("utf-8").split("\n")
    at = rows.index("| Trigger | Who, and from which moment |")
    names = " ".join(row.split("|")[1] for row in rows[at + 2 : rows.index("", at)])

    assert sorted(re.findall(r"`(\w+)`", names)) == sorted(TRIGGERS.names())
