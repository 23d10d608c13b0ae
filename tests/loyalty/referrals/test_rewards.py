"""Both are rewarded once, after the friend's first order has stood, and no more often than the terms allow."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Customer, Order
from loyalty import ledger
from loyalty.coupons import counters
from loyalty.coupons.codes import shown
from loyalty.ledger import checking
from loyalty.models import Coupon, IssuedCoupon, Referral, ReferralTerms, Transaction
from loyalty.referrals import codes, settling
from tests.factories import begin_referrals, make_coupon, make_customer
from tests.loyalty.referrals.friends import days_later, invite, order

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 3, 3, tzinfo=UTC)
LOCKED = ("loyalty_account", "loyalty_coupon")


@pytest.fixture(autouse=True)
def clock() -> object:
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def referrer() -> Customer:
    return make_customer(name="김단골", joined_at=NOON - timedelta(days=400))


def points_of(*customers: Customer) -> list[int]:
    return [ledger.account_of(customer.pk).available for customer in customers]


def test_both_get_their_points_when_the_first_order_has_stood_its_return_window(referrer: Customer) -> None:
    begin_referrals()
    referral = invite(referrer, "F-1")
    order(referral.friend)

    days_later(13)
    before = points_of(referrer, referral.friend)
    days_later(14)
    days_later(15)

    referral.refresh_from_db()
    assert before == [0, 0]
    assert (referral.status, referral.reason) == ("rewarded", "")
    assert points_of(referrer, referral.friend) == [1_000, 1_000]
    assert Transaction.objects.filter(kind="earn", source_system="referral").count() == 2


def test_a_code_that_comes_with_the_first_order_counts_too(referrer: Customer) -> None:
    begin_referrals()
    friend = make_customer(joined_at=NOON)
    order(friend, referral_code=f" {shown(codes.code_of(referrer.pk)).lower()} ")

    days_later(14)

    assert Referral.objects.get(friend=friend).status == "rewarded"


def test_each_side_may_get_a_coupon_instead(referrer: Customer) -> None:
    coupon = make_coupon(per_customer_limit=None)
    begin_referrals(friend_gets="coupon", friend_coupon=coupon)
    referral = invite(referrer, "F-1")
    order(referral.friend)

    days_later(14)

    piece = IssuedCoupon.objects.get()
    assert (piece.customer, piece.issue.origin) == (referral.friend, "referral")
    assert points_of(referrer, referral.friend) == [1_000, 0]


def test_who_invited_gets_no_more_a_month_than_the_terms_allow_and_the_friend_still_gets_theirs(
    referrer: Customer, clock: time_machine.Traveller
) -> None:
    begin_referrals(most_a_month=1, return_days=1)
    first, second = invite(referrer, "F-1"), invite(referrer, "F-2")
    order(first.friend), order(second.friend)

    days_later(2)
    clock.move_to(NOON + timedelta(days=40))
    third = invite(referrer, "F-3")
    order(third.friend)
    days_later(2)

    told = Referral.objects.order_by("pk").values_list("status", "reason")
    assert list(told) == [("rewarded", ""), ("rewarded", "OVER_CAP"), ("rewarded", "")]
    assert points_of(referrer, second.friend) == [2_000, 1_000]


@pytest.mark.parametrize(
    ("told", "days", "status", "reason"),
    [
        ({"paid": 30_000, "status": "cancelled"}, 14, "waiting", ""),
        ({"paid": 9_999}, 14, "refused", "TOO_SMALL"),
        ({"paid": 30_000, "refunded": 30_000}, 14, "refused", "RETURNED"),
        ({"paid": 30_000, "refunded": 1_000}, 14, "rewarded", ""),
        ({"paid": 30_000, "status": "cancelled"}, 91, "refused", "NO_ORDER"),
    ],
)
def test_only_an_order_that_stands_brings_a_reward(
    referrer: Customer, told: dict[str, object], days: int, status: str, reason: str
) -> None:
    begin_referrals(minimum_won=10_000)
    referral = invite(referrer, "F-1")
    order(referral.friend, **told)

    days_later(days)

    referral.refresh_from_db()
    assert (referral.status, referral.reason) == (status, reason)
    assert points_of(referrer) == [1_000 if status == "rewarded" else 0]


def test_an_order_cancelled_within_its_window_brings_nothing(referrer: Customer) -> None:
    begin_referrals()
    referral = invite(referrer, "F-1")
    order(referral.friend)
    days_later(1)
    order(referral.friend, status="cancelled")

    days_later(2)

    referral.refresh_from_db()
    assert (referral.status, referral.reason) == ("refused", "RETURNED")
    assert not Transaction.objects.exists()


def test_a_late_return_takes_both_rewards_back_once(referrer: Customer, clock: time_machine.Traveller) -> None:
    coupon = make_coupon(per_customer_limit=None)
    begin_referrals(friend_gets="coupon", friend_coupon=coupon)
    referral = invite(referrer, "F-1")
    order(referral.friend)
    days_later(14)
    account = ledger.account_of(referrer.pk)
    receipt = ledger.Receipt("till", "R-1")
    ledger.redeem(account.pk, 400, receipt=receipt, occurred_at=NOON, now=NOON + timedelta(days=15))

    clock.move_to(NOON + timedelta(days=30))
    order(referral.friend, status="refunded", placed_at=NOON.isoformat())
    days_later(0)
    days_later(0)

    referral.refresh_from_db()
    account.refresh_from_db()
    assert (referral.status, referral.reason) == ("taken_back", "RETURNED")
    assert (account.available, account.debt) == (0, 400)
    assert IssuedCoupon.objects.get().status == "withdrawn"
    assert (Coupon.objects.get().withdrawn_count, counters.differences()) == (1, [])
    assert not checking.check().differences


def test_a_return_after_the_terms_days_takes_nothing_back(referrer: Customer, clock: time_machine.Traveller) -> None:
    begin_referrals(take_back_days=20)
    referral = invite(referrer, "F-1")
    order(referral.friend)
    days_later(14)

    clock.move_to(NOON + timedelta(days=30))
    order(referral.friend, status="refunded", placed_at=NOON.isoformat())
    Order.objects.update(changed_at=NOON + timedelta(days=30))  # that of the database is no clock of ours
    days_later(0)

    referral.refresh_from_db()
    assert referral.status == "rewarded"
    assert points_of(referrer) == [1_000]


def test_a_reward_that_cannot_be_given_is_tried_again_and_says_why(referrer: Customer) -> None:
    terms = begin_referrals()
    terms.program.earning_rules.update(is_active=False)
    referral = invite(referrer, "F-1")
    order(referral.friend)

    days_later(14)
    referral.refresh_from_db()
    stuck = (referral.status, bool(referral.problem))
    terms.program.earning_rules.update(is_active=True)
    now = referral.waits_until
    soon, later = (settling.settle(terms, now + wait) for wait in (timedelta(minutes=59), timedelta(minutes=61)))

    referral.refresh_from_db()
    assert stuck == ("waiting", True)
    assert (soon, later) == (0, 1)
    assert (referral.status, referral.problem) == ("rewarded", "")


def test_a_return_after_referrals_ended_still_takes_the_rewards_back(
    referrer: Customer, clock: time_machine.Traveller
) -> None:
    begin_referrals()
    referral = invite(referrer, "F-1")
    order(referral.friend)
    days_later(14)
    ReferralTerms.objects.update(begins_on=None)

    clock.move_to(NOON + timedelta(days=30))
    order(referral.friend, status="refunded", placed_at=NOON.isoformat())
    days_later(0)

    referral.refresh_from_db()
    assert (referral.status, points_of(referrer, referral.friend)) == ("taken_back", [0, 0])


def test_a_first_order_that_turns_out_to_be_somebody_elses_brings_nothing(referrer: Customer) -> None:
    begin_referrals()
    referral = invite(referrer, "F-1")
    order(referral.friend, "O-1")
    days_later(1)

    order(make_customer(external_id="S-1"), "O-1")
    days_later(14)

    referral.refresh_from_db()
    assert (referral.status, referral.order) == ("waiting", None)
    assert points_of(referrer, referral.friend) == [0, 0]


def test_a_reward_locks_accounts_before_coupons_as_a_sale_does(referrer: Customer) -> None:
    begin_referrals(referrer_gets="coupon", referrer_coupon=make_coupon())
    order(invite(referrer, "F-1").friend)

    with CaptureQueriesContext(connection) as asked:
        days_later(14)

    locking = [query["sql"] for query in asked if "FOR NO KEY UPDATE" in query["sql"]]
    first = {name: next(n for n, sql in enumerate(locking) if f'FROM "{name}"' in sql) for name in LOCKED}
    assert first["loyalty_account"] < first["loyalty_coupon"]
