"""Calls to the free 080 number: whoever has the number refuses, now and later."""

from datetime import UTC, datetime, timedelta

import pytest

from customers import consent
from customers.consent import phone_opt_outs
from customers.consent.phone_opt_outs import Call, Heard
from customers.models import ConsentEntry, ConsentState, Customer, PhoneOptOut, TouchedCustomer
from tests.factories import make_customer, make_user

pytestmark = pytest.mark.django_db

CALLED = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
PHONE = "+821012345678"


def agree(customer: Customer, at: datetime) -> None:
    consent.grant(customer.pk, purpose="ad_receive", channel="sms", occurred_at=at, method="web")


def is_granted(customer: Customer) -> bool:
    return consent.is_granted(customer.pk, purpose="ad_receive", channel="sms")


def call(at: datetime = CALLED, phone: str = PHONE) -> Heard:
    return phone_opt_outs.hear([Call(phone, at)], file_name="calls.csv", by=None)


def test_a_whole_household_refuses() -> None:
    mother, child, stranger = (
        make_customer(phone=PHONE),
        make_customer(phone=PHONE),
        make_customer(phone="+82215881234"),
    )
    for each in (mother, child, stranger):
        agree(each, CALLED - timedelta(days=30))

    heard = call()

    assert (heard.new, heard.unknown_numbers) == (2, 0)
    assert [is_granted(each) for each in (mother, child, stranger)] == [False, False, True]
    entry = (
        ConsentEntry.objects.filter(customer=mother).earliest("pk"),
        ConsentEntry.objects.get(customer=mother, action="withdrawn"),
    )
    assert (entry[1].method, entry[1].occurred_at, entry[1].evidence["file"]) == ("080", CALLED, "calls.csv")
    assert {touched.customer for touched in TouchedCustomer.objects.all()} >= {mother, child}


def test_a_later_call_names_its_own_file_and_who_entered_it() -> None:
    call()
    operator = make_user("operator")

    phone_opt_outs.hear([Call(PHONE, CALLED + timedelta(days=1))], file_name="later.csv", by=operator)

    assert PhoneOptOut.objects.values_list("file_name", "recorded_by").get() == ("later.csv", operator.pk)


def test_whoever_never_agreed_refuses_all_the_same() -> None:
    customer = make_customer(phone=PHONE)

    call()

    assert ConsentState.objects.get(customer=customer).is_granted is False


def test_whoever_agreed_after_the_call_still_agrees() -> None:
    customer = make_customer(phone=PHONE)
    agree(customer, CALLED + timedelta(days=1))

    call()

    assert is_granted(customer)


def test_an_unknown_number_is_kept_for_whoever_comes_with_it_later() -> None:
    heard = call()
    later = make_customer(phone=PHONE)
    agree(later, CALLED - timedelta(days=400))

    followed = phone_opt_outs.follow_numbers()

    assert (heard.new, heard.unknown_numbers, followed) == (0, 1, 1)
    assert not is_granted(later)


def test_following_again_and_the_same_file_again_change_nothing() -> None:
    make_customer(phone=PHONE)
    call()

    again = call()

    assert (again.new, phone_opt_outs.follow_numbers(), ConsentEntry.objects.count()) == (0, 0, 1)
    assert PhoneOptOut.objects.count() == 1


def test_a_later_call_from_the_same_number_counts() -> None:
    customer = make_customer(phone=PHONE)
    call()
    agree(customer, CALLED + timedelta(days=1))

    call(CALLED + timedelta(days=2))

    assert not is_granted(customer)
    assert PhoneOptOut.objects.get().opted_out_at == CALLED + timedelta(days=2)
