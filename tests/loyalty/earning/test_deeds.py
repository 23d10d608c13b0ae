"""Reviews, surveys, referrals and visits: rewarded once, and as often a month as the rule allows."""

from datetime import UTC, datetime, timedelta

import pytest

from customers.models import Customer
from loyalty import ledger
from loyalty.earning.deeds import reward_deed
from loyalty.models import DeedAward, LotKind, Transaction
from tests.factories import begin_earning, make_customer, make_earning_rule

pytestmark = pytest.mark.django_db

LAST_MINUTE_OF_OCTOBER = datetime(2026, 10, 31, 14, 59, tzinfo=UTC)


@pytest.fixture
def customer() -> Customer:
    begin_earning()
    return make_customer()


def review(customer: Customer, reference: str, at: datetime = LAST_MINUTE_OF_OCTOBER) -> DeedAward | None:
    return reward_deed(customer.pk, "review", source="web", reference=reference, done_at=at)


def test_a_review_is_rewarded_once(customer: Customer) -> None:
    make_earning_rule(name="리뷰", kind="review", reward="fixed", value=50)

    first = review(customer, "R1")

    assert first is not None
    assert review(customer, "R1") == first
    assert ledger.account_of(customer.pk).available == 50
    award = Transaction.objects.get()
    assert (award.source_system, award.reference, award.line) == ("web", "R1", "review")
    assert award.lots.get().kind == LotKind.PROMOTION


def test_a_rule_rewards_so_many_deeds_a_month_in_korea(customer: Customer) -> None:
    make_earning_rule(name="리뷰", kind="review", reward="fixed", value=50, times_per_month=2)

    given = [review(customer, reference) for reference in ("R1", "R2", "R3")]
    november = review(customer, "R4", LAST_MINUTE_OF_OCTOBER + timedelta(minutes=1))

    assert [bool(award) for award in (*given, november)] == [True, True, False, True]
    assert ledger.account_of(customer.pk).available == 150


@pytest.mark.parametrize(
    "rule", [{"kind": "survey"}, {"is_active": False}, {"ends_on": "2026-10-30"}, {"starts_on": "2026-11-01"}]
)
def test_without_a_rule_for_it_a_deed_earns_nothing(customer: Customer, rule: dict[str, object]) -> None:
    make_earning_rule(**{"name": "리뷰", "kind": "review", "reward": "fixed", "value": 50} | rule)

    assert review(customer, "R1") is None

    assert not Transaction.objects.exists()
