"""What happened to members, as campaigns pull it: the same keys however often they ask."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from customers.models import Customer
from customers.segments.compiler import compile_rule
from loyalty import ledger
from loyalty.coupons import issuing
from loyalty.facts.happenings import HAPPENINGS, happened
from loyalty.ledger import LotTerms, Receipt
from loyalty.models import Referral, Tier, TierPeriod, TierRuleVersion, TierStanding
from tests.factories import make_coupon, make_customer, make_ladder, make_order

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def clock() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def keys(name: str, until: datetime = NOW, **asked: object) -> list[tuple[int, str]]:
    """What is told of the hour that ends at a moment, the moment included."""
    return [(each.customer_id, each.key) for each in happened(name, until - HOUR, until, **asked)]


@pytest.mark.parametrize("name", HAPPENINGS.names())
def test_where_nothing_happened_nothing_is_told(name: str) -> None:
    assert keys(name) == []


def test_who_rose_is_told_but_not_whom_a_changed_ladder_lifted() -> None:
    version: TierRuleVersion = make_ladder()
    gold = Tier.objects.get(name="Gold")
    people = [make_customer() for _ in range(2)]
    for customer, cause in zip(people, ("reached", "rules_changed"), strict=True):
        told = {"tier": gold, "started_at": NOW, "cause": cause, "rule_version": version}
        period = TierPeriod.objects.create(customer=customer, **told)

    assert [each for each, _key in keys("tier_reached")] == [people[0].pk]
    assert period.customer == people[1]


def test_a_tier_is_at_risk_thirty_days_before_its_evaluation() -> None:
    make_ladder()
    silver, judged_on = Tier.objects.get(name="Silver"), date(2026, 12, 22)
    people = [make_customer() for _ in range(2)]
    for customer, missing in zip(people, (5_000, 0), strict=True):
        told = {"tier": silver, "earned_tier": silver, "since": NOW, "earned_since": NOW, "judged_on": judged_on}
        TierStanding.objects.create(customer=customer, keep_missing=missing, **told)
    midnight = datetime(2026, 11, 21, 15, tzinfo=UTC)

    assert keys("tier_at_risk", midnight) == [(people[0].pk, "risk/2026-12-22")]
    assert keys("tier_at_risk", midnight + HOUR) == []
    assert keys("tier_at_risk", midnight + timedelta(days=20), days=10) == [(people[0].pk, "risk/2026-12-22")]


def test_a_coupon_is_news_when_it_is_got_and_a_week_before_it_ends_but_not_if_a_campaign_gave_it() -> None:
    coupon, (given, told) = make_coupon(days_valid=30, valid_until=None), (make_customer(), make_customer())
    issuing.issue(coupon, issuing.only(given.pk), origin="customer", reference="1", at=NOW)
    issuing.issue(coupon, issuing.only(told.pk), origin="campaign", reference="12", at=NOW)
    ends = given.issued_coupons.get().expires_at

    assert [who for who, _key in keys("coupon_issued")] == [given.pk]
    assert {who for who, _key in keys("coupon_expiring", ends - timedelta(days=7))} == {given.pk, told.pk}
    assert keys("coupon_expiring", ends) == []


def test_friends_that_came_and_rewards_for_them_are_told_to_who_invited() -> None:
    referrer, friend, refused = make_customer(), make_customer(), make_customer()
    order = make_order(friend, placed_at=NOW)
    done = {"status": "rewarded", "order": order, "decided_at": NOW + timedelta(days=14), "referrer_points": 500}
    Referral.objects.create(friend=friend, referrer=referrer, said_at=NOW, **done)
    Referral.objects.create(friend=refused, referrer=referrer, said_at=NOW, status="refused", reason="RING")

    assert [who for who, _key in keys("friend_came")] == [referrer.pk]
    assert [who for who, _key in keys("referral_rewarded", NOW + timedelta(days=14))] == [referrer.pk]


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        ({"is": "points_earned", "op": "at_least", "value": 500, "window": {"last_days": 7}}, True),
        ({"is": "points_earned", "op": "at_least", "value": 501, "window": {"last_days": 7}}, False),
        ({"is": "points_earned", "op": "at_most", "value": 499}, False),
        ({"is": "points_used", "op": "at_least", "value": 200}, True),
        ({"is": "points_used", "op": "at_most", "value": 0}, False),
        ({"is": "friends_brought", "op": "at_least", "value": 1}, False),
        ({"is": "came_by_friend", "op": "within_days", "value": 30}, False),
    ],
)
def test_segments_ask_for_points_earned_and_used(rule: dict[str, object], fits: bool) -> None:
    customer = make_customer()
    account = ledger.account_of(customer.pk)
    terms = LotTerms(NOW, NOW + timedelta(days=365))
    ledger.earn(account.pk, 500, receipt=Receipt("till", "1"), occurred_at=NOW, terms=terms)
    ledger.redeem(account.pk, 200, receipt=Receipt("till", "2"), occurred_at=NOW)

    assert Customer.objects.filter(compile_rule(rule), pk=customer.pk).exists() is fits
