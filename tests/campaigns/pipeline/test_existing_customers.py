"""L-04: without a consent, to those who bought the same kind of goods within six months, with the proof kept."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
import time_machine
from pytest_django import Settings

from campaigns.models import Campaign, ExistingCustomerEvidence, Message
from campaigns.pipeline import dispatch
from campaigns.pipeline.gate import gate_of
from customers.models import Customer
from tests.factories import buy, make_customer, make_draft, make_product, make_reachable_customer, set_consent

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 3, tzinfo=UTC)
EXCEPTION = {"is_to_existing_customers": True, "existing_customer_category": "식품"}


def noon_of(day: date) -> datetime:
    return datetime.combine(day, time(3), tzinfo=UTC)


def buyer(*, on: date = date(2026, 10, 1), category: str = "식품", **given: object) -> Customer:
    """A customer who said nothing about consent and bought something on a day."""
    customer = make_customer(**given)
    buy(customer, make_product(category=category), at=noon_of(on))
    return customer


def verdict(customer: Customer, *, at: datetime = NOON, **given: object) -> str:
    return gate_of(make_draft(**EXCEPTION | given), at=at).verdicts([customer.pk])[customer.pk]


@pytest.mark.parametrize(
    ("ended_on", "asked_on", "expected"),
    [
        (date(2026, 5, 21), date(2026, 11, 20), ""),
        (date(2026, 5, 21), date(2026, 11, 21), "NO_CONSENT"),
        (date(2026, 8, 31), date(2027, 2, 27), ""),
        (date(2026, 8, 31), date(2027, 2, 28), "NO_CONSENT"),
        (date(2025, 8, 29), date(2026, 2, 27), ""),
        (date(2025, 8, 29), date(2026, 2, 28), "NO_CONSENT"),
    ],
)
def test_six_months_end_before_the_same_day(ended_on: date, asked_on: date, expected: str) -> None:
    assert verdict(buyer(on=ended_on), at=noon_of(asked_on)) == expected


def test_the_last_moment_of_the_last_day_counts_by_the_days_of_korea() -> None:
    customer = buyer(on=date(2026, 5, 21))
    midnight = datetime(2026, 11, 20, 15, tzinfo=UTC)

    assert verdict(customer, at=midnight - timedelta(seconds=1)) == ""
    assert verdict(customer, at=midnight) == "NO_CONSENT"


def test_other_goods_do_not_count() -> None:
    assert verdict(buyer(category="의류")) == "NO_CONSENT"


def test_signing_up_does_not_count() -> None:
    assert verdict(make_customer()) == "NO_CONSENT"


def test_an_order_that_was_taken_back_does_not_count() -> None:
    customer = make_customer()
    buy(customer, make_product(category="식품"), at=NOON - timedelta(days=30), status="refunded")

    assert verdict(customer) == "NO_CONSENT"


@pytest.mark.parametrize(("purpose", "channel"), [("marketing_use", ""), ("ad_receive", "email")])
def test_a_refusal_overrides_it(purpose: str, channel: str) -> None:
    customer = buyer()
    set_consent(customer, purpose, channel=channel, is_granted=False)

    assert verdict(customer) == "OPTED_OUT"


def test_a_contact_from_a_marketplace_is_never_used() -> None:
    assert verdict(buyer(is_marketplace_contact=True)) == "SOURCE_RESTRICTED"


@pytest.mark.parametrize(
    "given", [{"is_to_existing_customers": False}, {"existing_customer_category": ""}], ids=["off", "no kind of goods"]
)
def test_it_is_off_unless_the_campaign_says_for_what(given: dict) -> None:
    assert verdict(buyer(), **given) == "NO_CONSENT"


def test_a_country_without_the_exception_has_none(settings: Settings) -> None:
    settings.COUNTRY_RULES = "none"

    assert verdict(buyer()) == "NO_CONSENT"


def test_the_purchase_is_kept_with_the_message_that_rests_on_it(
    planned: Callable[[Campaign], Campaign], outbox: Path
) -> None:
    with time_machine.travel(NOON, tick=True):
        bought = buyer(on=date(2026, 10, 1), source="online")
        later = buy(bought, make_product(category="식품"), at=noon_of(date(2026, 11, 2)))
        agreed = make_reachable_customer()
        buy(agreed, make_product(category="식품"), at=noon_of(date(2026, 11, 2)))
        planned(make_draft(**EXCEPTION))

        dispatch.dispatch_due()

    assert Message.objects.filter(status="sent").count() == 2
    proof = ExistingCustomerEvidence.objects.get()
    assert (proof.message.customer, proof.order, proof.ended_on) == (bought, later, date(2026, 11, 2))
    assert (proof.category, proof.contact_source) == ("식품", "online")
