"""What a message needs of its customer, read for a slice at once."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns import template_fields
from campaigns.models import Campaign
from campaigns.pipeline import content
from campaigns.pipeline.gate import Gate
from campaigns.pipeline.people import People
from campaigns.template_fields import Recipient
from customers.models import Customer, CustomerStats, Store
from tests.factories import make_account, make_customer, make_draft, set_consent

pytestmark = pytest.mark.django_db


def people_of(campaign: Campaign, *, with_nights: bool = False) -> People:
    account = campaign.steps.get().account
    return People(Gate(campaign, account, timezone.now()), with_nights=with_nights)


def test_a_row_reads_like_the_customer_it_is_of() -> None:
    store = Store.objects.create(external_id="S1", name="강남점")
    customer = make_customer(home_store=store, attributes={"colour": "파랑"}, email="Gil@Example.com")
    CustomerStats.objects.update_or_create(
        customer=customer, defaults={"order_count": 3, "paid_total": 42_000, "last_order_at": timezone.now()}
    )
    campaign = make_draft()

    person = people_of(campaign).found([customer.pk])[customer.pk]

    account = campaign.steps.get().account
    customer = Customer.objects.select_related("stats", "home_store").get(pk=customer.pk)
    of_row = template_fields.values(Recipient(person, person.stats, account))
    assert of_row == template_fields.values(content.recipient_of(customer, account))
    assert person.address == "gil@example.com"


def test_who_never_bought_reads_like_a_customer_without_statistics() -> None:
    customer = make_customer()
    CustomerStats.objects.filter(customer=customer).delete()
    campaign = make_draft()

    person = people_of(campaign).found([customer.pk])[customer.pk]

    account = campaign.steps.get().account
    customer = Customer.objects.get(pk=customer.pk)
    of_row = template_fields.values(Recipient(person, person.stats, account))
    assert of_row == template_fields.values(content.recipient_of(customer, account))


def test_a_slice_costs_one_query() -> None:
    customers = [make_customer().pk for _number in range(3)]
    people = people_of(make_draft())
    people.found(customers[:1])

    with CaptureQueriesContext(
        connection,
    ) as asked:
        found = people.found(customers)

    assert (len(asked), set(found)) == (1, set(customers))


def test_the_night_is_told_where_it_is_asked_for() -> None:
    customer = make_customer(phone="+821012345678")
    for purpose, channel in (("marketing_use", ""), ("ad_receive", "sms"), ("ad_night", "sms")):
        set_consent(customer, purpose, channel=channel)
    campaign = make_draft(account=make_account(channel="sms", gateway="solapi", sender_address="0212345678"))

    awake = people_of(campaign, with_nights=True).found([customer.pk])[customer.pk]
    unasked = people_of(campaign).found([customer.pk])[customer.pk]

    assert (awake.may_at_night, unasked.may_at_night) == (True, False)
