"""What a campaign will cost: the prices of its day, by way and kind, and whole messages that add up."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.contrib.auth.models import User
from django.utils import timezone

from campaigns import approval
from campaigns.channels.base import CHANNELS
from campaigns.models import Campaign, Fallback, Price, Variant
from campaigns.pipeline.settling import settle_unknown
from campaigns.review.expected_cost import expected_cost
from campaigns.review.trial import Trial
from campaigns.senders.prices import price_list
from customers.segments.refresh import refresh_segment
from tests.factories import (
    make_account,
    make_customer,
    make_draft,
    make_message,
    make_price,
    make_reachable_customer,
    make_running_campaign,
    set_consent,
)

pytestmark = pytest.mark.django_db
TEN = date(2026, 12, 10)


def text_campaign(**given: object) -> Campaign:
    """A campaign by text message whose short form fits 90 bytes with short names only."""
    account = make_account(channel="sms", sender_address="0212345678", opt_out_number="0801234567")
    for kind, won in (("sms", "9.90"), ("lms", "27"), ("mms", "66")):
        make_price(account, kind=kind, won=won)
    words = {"text": "{{ name }}님 오늘만 전 품목 할인합니다", "subject": "", "html": ""}
    return make_draft(account=account, content=words, **given)


def reach_by_text(count: int, **given: object) -> None:
    for number in range(count):
        customer = make_customer(phone=f"+8210{number + 10_000_000 + len(given) * 1_000_000}", **given)
        set_consent(customer, "marketing_use")
        set_consent(customer, "ad_receive", channel="sms")


def audience_of(campaign: Campaign) -> Campaign:
    refresh_segment(campaign.segment_id)
    return campaign


@pytest.mark.parametrize(
    ("on", "won"),
    [(date(2026, 11, 30), "9.90"), (date(2026, 12, 9), "9.90"), (TEN, "11.00"), (date(2027, 6, 1), "11.00")],
)
def test_the_price_of_a_day_is_the_newest_that_was_in_force(on: date, won: str) -> None:
    account = make_price(won="9.90", since=date(2026, 1, 1)).account
    make_price(account, won="11", since=TEN)

    assert price_list(account, on=on) == {"email": Decimal(won)}


def test_vat_that_comes_on_top_is_paid_too() -> None:
    assert price_list(make_price(won="10", is_vat_extra=True).account) == {"email": Decimal("11.0")}


def test_every_recipient_is_counted_at_the_price_of_the_day_it_leaves() -> None:
    for _number in range(3):
        make_reachable_customer()
    price = make_price(won="1.50")
    make_price(price.account, won="2", since=timezone.localdate() + timedelta(days=2))

    today = audience_of(make_draft(account=price.account))
    later = audience_of(make_draft(account=price.account, scheduled_at=timezone.now() + timedelta(days=3)))

    assert approval.expected_cost(today) == 5  # 4.50, rounded up
    assert approval.expected_cost(later) == 6


def test_short_and_long_texts_are_priced_apart() -> None:
    with time_machine.travel("2026-11-23T10:00:00+09:00", tick=False):
        reach_by_text(3, name="김단골")
        reach_by_text(2, name="남궁" + "아름다운" * 8, is_demo=False)
        cost = expected_cost(audience_of(text_campaign()))

    assert [(line.kind, line.messages, line.price, line.won) for line in cost.lines] == [
        ("SMS", 3, Decimal("9.90"), Decimal("29.70")),
        ("LMS", 2, Decimal("27.00"), Decimal("54.00")),
    ]
    assert (cost.won, cost.is_estimate) == (84, False)


@pytest.mark.parametrize("recipients", [1, 7, 1_000, 999_999])
def test_a_sample_is_spread_over_all_recipients_without_losing_one(recipients: int) -> None:
    campaign = text_campaign()
    step = campaign.steps.get()
    tried = Trial(0, step.account, list(step.variants.all()), [], recipients)
    tried.__dict__["_tried"] = ([Leaving(kind) for kind in ("sms", "lms", "sms")], [])

    cost = expected_cost(campaign, [tried])

    assert sum(line.messages for line in cost.lines) == recipients
    assert cost.is_estimate is (recipients > 3)


class Leaving:
    """A message that leaves as some kind."""

    def __init__(self, kind: str) -> None:
        self.kind = kind


def test_a_fallback_costs_extra_only_if_it_is_needed() -> None:
    for _number in range(2):
        make_reachable_customer(phone=f"+82105555000{_number}")
    campaign = make_draft(account=make_price(won="1").account)
    text = make_price(make_account(channel="sms", sender_address="0212345678"), kind="sms", won="10").account
    fallback = Fallback.objects.create(step=campaign.steps.get(), account=text, position=1)
    Variant.objects.create(step=campaign.steps.get(), fallback=fallback, text="{{ name }}님 안녕하세요")

    cost = expected_cost(audience_of(campaign))

    assert (cost.won, cost.at_most) == (2, 22)


def test_a_kind_without_a_price_is_named() -> None:
    make_reachable_customer()
    account = make_account(name="우편함")

    cost = expected_cost(audience_of(make_draft(account=account)))

    assert cost.without_price == [f"우편함: {CHANNELS['email'].label}"]
    assert cost.won == 0


def test_a_new_price_rewrites_nothing_that_was_sent() -> None:
    price = make_price(won="9.90", since=date(2026, 1, 1))

    make_price(price.account, won="30", since=TEN)

    assert Price.objects.count() == 2
    assert price_list(price.account, on=date(2026, 12, 9)) == {"email": Decimal("9.90")}


@pytest.mark.parametrize(("outcome", "cost"), [("sent", "9.90"), ("failed", "0")])
def test_what_is_settled_as_sent_has_its_cost(author: User, outcome: str, cost: str) -> None:
    campaign = make_running_campaign()
    make_price(campaign.steps.get().account, won="9.90")
    message = make_message(campaign, make_customer(), status="unknown", sent_at=None, kind="email")

    settle_unknown([message.pk], outcome=outcome, by=author)

    message.refresh_from_db()
    assert message.cost == Decimal(cost)
