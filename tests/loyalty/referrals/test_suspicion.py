"""Oneself, circles, one device for many, customers of long standing: refused, each with its reason."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from customers.ingest.customers import ingest_customers
from customers.ingest.events import ingest_events
from customers.models import Customer, ReferralClaim
from loyalty.models import Referral, ReferralTerms, Transaction
from loyalty.referrals import claims, codes
from tests.factories import begin_referrals, make_customer, make_order
from tests.loyalty.referrals.friends import come, days_later, invite, order

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 3, 3, tzinfo=UTC)
LONG_AGO = NOON - timedelta(days=400)


@pytest.fixture(autouse=True)
def noon() -> object:
    with time_machine.travel(NOON, tick=False):
        begin_referrals()
        yield


@pytest.fixture
def referrer() -> Customer:
    number = "R-1"
    told = {"customer_id": number, "joined_at": LONG_AGO.isoformat(), "phone": "010-1234-5678", "email": "k@shop.kr"}
    ingest_customers([told | {"referral_device": "app-1", "referral_address": "서울시 성동구 1-2"}])
    return Customer.objects.get(external_id=number)


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({}, ""),
        ({"phone": "+82 10-1234-5678"}, "SAME_PHONE"),
        ({"email": "K@shop.kr"}, "SAME_EMAIL"),
        ({"referral_device": "APP-1 "}, "SAME_DEVICE"),
        ({"referral_address": "서울시  성동구 1-2"}, "SAME_ADDRESS"),
        ({"joined_at": LONG_AGO.isoformat()}, "NOT_NEW"),
    ],
)
def test_who_invites_themselves_under_another_number_is_refused(
    referrer: Customer, told: dict[str, str], reason: str
) -> None:
    referral = invite(referrer, "F-1", **told)

    assert referral.reason == reason
    assert referral.status == ("refused" if reason else "waiting")


def test_ones_own_code_is_refused(referrer: Customer) -> None:
    referral = invite(referrer, referrer.external_id)

    assert (referral.status, referral.reason) == ("refused", "SAME_CUSTOMER")


def test_a_code_that_nobody_has_is_refused() -> None:
    friend = come("F-1", "0000-0000-0000")

    claims.take_new(ReferralTerms.objects.get())

    assert Referral.objects.get(friend=friend).reason == "UNKNOWN_CODE"


def test_two_who_were_logged_in_in_one_browser_are_one(referrer: Customer) -> None:
    seen = [{"event_id": number, "kind": "page_view", "visitor_id": "v-1", "customer_id": who, "occurred_at": NOON}
            for number, who in (("1", "R-1"), ("2", "F-1"))]  # fmt: skip
    come("F-1", "")
    ingest_events([{**each, "occurred_at": NOON.isoformat()} for each in seen])

    assert invite(referrer, "F-1").reason == "SAME_DEVICE"


def test_who_bought_long_before_is_not_new(referrer: Customer) -> None:
    friend = make_customer(external_id="F-1", joined_at=NOON)
    make_order(friend, placed_at=LONG_AGO)

    assert invite(referrer, "F-1").reason == "NOT_NEW"


@pytest.mark.parametrize("length", [2, 3, 4])
def test_a_circle_of_invitations_is_refused_where_it_closes(length: int) -> None:
    people = [make_customer(external_id=f"C-{number}", joined_at=NOON) for number in range(length)]
    for number, friend in enumerate(people):
        come(friend.external_id, codes.code_of(people[number - 1].pk))
        claims.take_new(ReferralTerms.objects.get())

    reasons = list(Referral.objects.order_by("pk").values_list("reason", flat=True))

    assert reasons == [""] * (length - 1) + ["RING"]


def test_one_device_brings_no_crowd(referrer: Customer) -> None:
    reasons = [invite(referrer, f"F-{number}", referral_device="tablet").reason for number in range(3)]

    assert reasons == ["", "", "CROWDED_DEVICE"]


def test_two_who_turn_out_to_be_one_before_the_reward_get_none(referrer: Customer) -> None:
    referral = invite(referrer, "F-1")
    order(referral.friend)
    Customer.objects.filter(pk=referral.friend_id).update(phone=referrer.phone)

    days_later(14)

    referral.refresh_from_db()
    assert (referral.status, referral.reason) == ("refused", "SAME_PHONE")
    assert not Transaction.objects.exists()


def test_a_friend_counts_once_and_for_the_first_who_invited(referrer: Customer) -> None:
    other = make_customer(joined_at=LONG_AGO)

    first = invite(referrer, "F-1")
    again = invite(other, "F-1")

    assert again == first
    assert again.referrer == referrer


def test_devices_and_addresses_are_kept_as_hashes_only(referrer: Customer) -> None:
    claim = ReferralClaim.objects.get(customer=referrer)

    assert len(claim.device_hash) == len(claim.address_hash) == 32
    assert "app-1" not in (claim.device_hash, claim.address_hash)


def test_codes_told_before_referrals_began_bring_nothing(referrer: Customer) -> None:
    ReferralTerms.objects.update(begins_on=NOON.date() + timedelta(days=1))
    come("F-1", codes.code_of(referrer.pk))

    claims.take_new(ReferralTerms.objects.get())

    assert not Referral.objects.exists()
