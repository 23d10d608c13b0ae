"""Tiers given by hand: they lift, they end on their day, and no evaluation shortens them."""

from datetime import date, timedelta

import pytest
import time_machine

from customers.segments.clock import start_of_day
from loyalty import tiers
from loyalty.errors import TierGrantRefused
from loyalty.models import Tier, TierGrant, TierPeriod
from loyalty.tiers import evaluation, grants
from loyalty.tiers.standings import standing_of
from tests.factories import make_customer, make_ladder, make_user

pytestmark = pytest.mark.django_db


def at(day: str):
    return time_machine.travel(start_of_day(date.fromisoformat(day)) + timedelta(minutes=2), tick=False)


def evaluate(*days: str) -> None:
    for day in days:
        with at(day):
            evaluation.evaluate_day(date.fromisoformat(day))


def give(customer, name: str, until: str, **given: object) -> TierGrant:
    tier = Tier.objects.get(name=name)
    return grants.grant(
        customer, tier, ends_on=date.fromisoformat(until), **{"reason": "창립 행사", "by": None} | given
    )


def tier_of(customer) -> str:
    return standing_of(customer.pk).tier.name


def test_a_grant_holds_to_the_end_of_its_last_day_through_every_evaluation() -> None:
    make_ladder(window_months=1)
    customer = make_customer()
    with at("2026-03-10"):
        give(customer, "Gold", "2026-05-15")

    evaluate("2026-04-01", "2026-05-01", "2026-05-15")
    assert tier_of(customer) == "Gold"
    evaluate("2026-05-16")
    assert tier_of(customer) == "Welcome"
    assert list(TierPeriod.objects.order_by("pk").values_list("tier__name", "cause")) == [
        ("Gold", "granted"),
        ("Welcome", "grant_ended"),
    ]


def test_who_earns_more_than_was_given_holds_what_was_earned_and_falls_back_on_the_grant() -> None:
    make_ladder(window_months=1)
    customer = make_customer()
    with at("2026-03-10"):
        give(customer, "Silver", "2026-12-31")
        tiers.credit(
            customer.pk, business_date=date(2026, 3, 10), net_spend=400_000, source_system="test", reference="1"
        )
    assert tier_of(customer) == "Gold"

    evaluate("2026-05-01")

    assert tier_of(customer) == "Silver"
    assert TierGrant.objects.get().ends_on == date(2026, 12, 31)


def test_a_grant_to_come_lifts_on_its_first_day() -> None:
    make_ladder()
    customer = make_customer()
    with at("2026-03-10"):
        give(customer, "VIP", "2026-04-30", starts_on=date(2026, 4, 1))
    assert tier_of(customer) == "Welcome"

    evaluate("2026-04-01")

    assert tier_of(customer) == "VIP"


def test_a_person_may_withdraw_a_grant_and_the_row_stays() -> None:
    make_ladder()
    customer, user = make_customer(), make_user("manager")
    with at("2026-03-10"):
        given = give(customer, "Gold", "2026-12-31")
        grants.withdraw(given.pk, by=user)

    assert tier_of(customer) == "Welcome"
    given.refresh_from_db()
    assert (given.withdrawn_by, given.ends_on, given.reason) == (user, date(2026, 12, 31), "창립 행사")
    with pytest.raises(TierGrantRefused):
        grants.withdraw(given.pk, by=user)


@pytest.mark.parametrize(
    ("name", "until", "given"),
    [
        ("Gold", "2026-12-31", {"reason": "  "}),
        ("Gold", "2026-03-09", {}),
        ("Gold", "2040-01-01", {}),
        ("Welcome", "2026-12-31", {}),
    ],
)
def test_what_cannot_be_given_is_refused_and_changes_nothing(name: str, until: str, given: dict) -> None:
    make_ladder()
    customer = make_customer()

    with at("2026-03-10"), pytest.raises(TierGrantRefused):
        give(customer, name, until, **given)

    assert not TierGrant.objects.exists()
    assert tier_of(customer) == "Welcome"
