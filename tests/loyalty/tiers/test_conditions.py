"""What segments ask about tiers."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from customers.models import Customer
from customers.segments import compiler, rules
from customers.segments.clock import Moment
from loyalty import tiers
from loyalty.models import Tier, TierStanding
from tests.factories import make_customer, make_ladder

pytestmark = pytest.mark.django_db


def spender(amount: int) -> Customer:
    customer = make_customer()
    day = timezone.localdate()
    tiers.credit(customer.pk, business_date=day, net_spend=amount, source_system="test", reference=str(customer.pk))
    return customer


def members(part: dict, moment: Moment | None = None) -> set[Customer]:
    moment = moment or Moment(timezone.now())
    return set(Customer.objects.filter(compiler.compile_tree(rules.parse({"all": [part]}), moment)))


def tier(name: str) -> int:
    return Tier.objects.get(name=name).pk


def test_a_tier_is_asked_for_by_who_has_it_and_the_lowest_is_everybody_elses() -> None:
    make_ladder()
    nothing, little, silver = make_customer(), spender(20_000), spender(150_000)

    assert members({"is": "tier", "op": "in", "value": [tier("Silver")]}) == {silver}
    assert members({"is": "tier", "op": "in", "value": [tier("Welcome")]}) == {nothing, little}
    assert members({"is": "tier", "op": "not_in", "value": [tier("Silver")]}) == {nothing, little}


def test_a_past_day_knows_the_tier_of_that_day() -> None:
    make_ladder()
    customer = make_customer()
    with time_machine.travel(timezone.now() - timedelta(days=10), tick=False):
        tiers.credit(
            customer.pk,
            business_date=timezone.localdate(),
            net_spend=150_000,
            source_system="test",
            reference="1",
        )
    asked = {"is": "tier", "op": "in", "value": [tier("Silver")]}

    assert members(asked, Moment(timezone.now() - timedelta(days=5), is_past=True)) == {customer}
    assert members(asked, Moment(timezone.now() - timedelta(days=15), is_past=True)) == set()


def test_those_at_risk_are_found_by_how_near_the_day_is() -> None:
    make_ladder()
    near, far = spender(150_000), spender(160_000)
    for customer, days in ((near, 20), (far, 60)):
        TierStanding.objects.filter(pk=customer.pk).update(
            keep_missing=1, judged_on=timezone.localdate() + timedelta(days=days)
        )

    assert members({"is": "tier_at_risk", "op": "within_next_days", "value": 30}) == {near}
    assert members({"is": "tier_at_risk", "op": "within_next_days", "value": 60}) == {near, far}


def test_those_who_miss_little_to_the_next_tier_are_found() -> None:
    make_ladder()
    close, _distant, _top = spender(290_000), spender(150_000), spender(2_000_000)

    assert members({"is": "tier_missing", "op": "at_most", "value": 10_000}) == {close}


def test_those_who_rose_lately_are_found_to_any_tier_or_to_some() -> None:
    make_ladder()
    silver, gold = spender(150_000), spender(350_000)
    spender(1_000)

    assert members({"is": "tier_reached", "op": "within_days", "value": 7}) == {silver, gold}
    assert members({"is": "tier_reached", "op": "within_days", "value": 7, "tiers": [tier("Gold")]}) == {gold}
