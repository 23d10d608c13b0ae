"""The card says what there is, masked, and the one thing that matters most today."""

from dataclasses import fields
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from loyalty import ledger
from loyalty.desk.standing_card import StandingCard, standing_card
from loyalty.models import Tier
from loyalty.tiers import credits, evaluation
from tests.factories import make_coupon, make_ladder
from tests.loyalty.coupons.holding import give
from tests.loyalty.desk.counter import account_of, make_member, make_store
from tests.loyalty.ledger.bookings import claw_back, earn, redeem

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
NOON = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _at_noon() -> object:
    """It is noon in Seoul."""
    with time_machine.travel(NOON, tick=False):
        yield


def test_the_card_masks_the_name_and_says_what_can_be_used_and_what_expires_next() -> None:
    customer = make_member(10_000, program={"step": 1_000})
    earn(account_of(customer), 500, days=40, at=timezone.now())
    earn(account_of(customer), 300, pending=7, at=timezone.now())

    card = standing_card(customer, store=make_store())

    assert (card.name, card.available, card.pending, card.usable_now) == ("김*골", 10_500, 300, 10_000)
    assert (card.expiring_points, card.expiring_on) == (500, date(2026, 12, 12))


def test_the_card_of_nobody_has_the_same_fields_all_of_them_empty() -> None:
    card = standing_card(None, store=make_store())

    assert {field.name for field in fields(card)} == {field.name for field in fields(StandingCard)}
    assert not any(getattr(card, field.name) for field in fields(card))


def test_only_coupons_that_are_good_in_this_store_today_are_shown_the_first_to_end_first() -> None:
    store, customer = make_store(), make_member()
    terms = {
        "everywhere": {},
        "ends first": {"valid_until": date(2026, 11, 10)},
        "elsewhere": {"stores": ["S9"]},
        "online": {"sales_channel": "online"},
        "not begun": {"valid_from": date(2026, 11, 3)},
        "here": {"stores": ["S1"]},
    }
    for name, given in terms.items():
        give(make_coupon(name=name, **given), customer)

    assert [each.name for each in standing_card(customer, store=store).coupons] == ["ends first", "everywhere", "here"]


@pytest.mark.parametrize(
    ("case", "kind", "words"),
    [
        ("frozen", "frozen", "the account is being checked"),
        ("debt", "debt", "A return adjustment of 500 points is open"),
        ("expires", "points_expire", "200 points expire after 12 Nov: offer to use them today."),
        ("birthday", "birthday", "Birthday this month"),
        ("coupon", "coupon_ends", "The coupon “5천원 할인” is good until 9 Nov."),
        ("next tier", "next_tier", "₩70,000 to Silver"),
        ("highest tier", "perks", "free parking"),
        ("nothing", None, ""),
    ],
)
def test_the_most_pressing_thing_is_said(case: str, kind: str | None, words: str) -> None:
    customer = make_member(0 if case == "debt" else 1_000, birthday=date(1990, 11, 30) if case == "birthday" else None)
    PREPARE[case](customer)

    said = standing_card(customer, store=make_store()).saying

    assert (said.kind if said else None) == kind
    assert words in (said.text if said else "")


def test_what_is_in_the_way_is_said_before_what_is_pleasant() -> None:
    customer = make_member(birthday=date(1990, 11, 30))
    _expires(customer)
    ledger.freeze(account_of(customer).pk)

    assert standing_card(customer, store=make_store()).saying.kind == "frozen"


def _expires(customer: object) -> None:
    earn(account_of(customer), 200, days=10, at=timezone.now() + timedelta(0))


def _owe(customer: object) -> None:
    award = earn(account_of(customer), 500, at=timezone.now())
    redeem(account_of(customer), 500, at=timezone.now())
    claw_back(award, 500, at=timezone.now())


def _spend(customer: object, won: int) -> None:
    make_ladder()
    Tier.objects.filter(name="VIP").update(perks="free parking\nlounge")
    credits.credit(customer.pk, business_date=date(2026, 11, 1), source_system="t", reference="1", net_spend=won)
    evaluation.settle([customer.pk])


PREPARE = {
    "frozen": lambda customer: ledger.freeze(account_of(customer).pk),
    "debt": _owe,
    "expires": _expires,
    "birthday": lambda customer: None,
    "coupon": lambda customer: give(make_coupon(valid_until=date(2026, 11, 9)), customer),
    "next tier": lambda customer: _spend(customer, 30_000),
    "highest tier": lambda customer: _spend(customer, 2_000_000),
    "nothing": lambda customer: None,
}
