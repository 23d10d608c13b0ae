"""Everybody's code: one each, made once, found as typed, and after a merge the code of who was kept."""

import pytest

from customers.identity import merging
from customers.models import Customer
from loyalty.models import ReferralCode
from loyalty.referrals import codes
from tests.factories import make_customer, make_user

pytestmark = pytest.mark.django_db


def test_a_code_is_made_once() -> None:
    customer = make_customer()

    first, again = codes.code_of(customer.pk), codes.code_of(customer.pk)

    assert first == again
    assert len(first) == 12


def test_everybody_without_a_code_gets_one_in_one_statement(django_assert_num_queries: object) -> None:
    Customer.objects.all().delete()
    people = [make_customer() for _ in range(5)]
    codes.code_of(people[0].pk)

    with django_assert_num_queries(1):
        made = codes.make_missing()

    assert made == 4
    assert len(set(codes.codes_of([each.pk for each in people]).values())) == 5


def test_a_code_is_found_as_people_type_it() -> None:
    customer = make_customer()
    ReferralCode.objects.create(customer=customer, code="0123456789AB")

    assert codes.owners_of([" o123-4567 89ab"]) == {" o123-4567 89ab": customer}


def test_the_code_of_a_merged_customer_is_that_of_who_was_kept() -> None:
    kept, merged = make_customer(), make_customer()
    code = codes.code_of(merged.pk)
    codes.code_of(kept.pk)

    merging.merge(kept.pk, merged.pk, by=make_user("operator", "customers.merge_customers"))

    assert codes.owners_of([code])[code].pk == kept.pk


def test_who_was_erased_or_merged_gets_none() -> None:
    kept = make_customer()
    merged = make_customer(merged_into=kept)

    assert codes.code_of(merged.pk) == ""
