"""The shop's app gets the code that its customer shows at the counter."""

import pytest
from django.utils import timezone

from customers.models import Customer
from loyalty.desk import finding
from tests.factories import make_customer, make_user
from tests.loyalty.desk.counter import make_asker, make_member

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/member-code/"


def test_the_code_that_the_app_gets_finds_its_customer_at_the_desk(client) -> None:
    customer = make_member(external_id="A-1024")
    client.force_login(make_user("app", "loyalty.view_membershipcard"))

    answer = client.get(ADDRESS, {"customer_id": "A-1024"})

    assert (answer.status_code, answer.json()["seconds_valid"], answer["Cache-Control"]) == (200, 60, "no-store")
    assert finding.find(answer.json()["code"], asker=make_asker()).customer == customer


def test_there_is_no_code_of_nobody_or_of_the_erased_and_none_without_the_right(client) -> None:
    make_customer(external_id="A-1", erased_at=timezone.now())
    make_customer(external_id="A-2")
    client.force_login(make_user("app", "loyalty.view_membershipcard"))

    assert [client.get(ADDRESS, {"customer_id": number}).status_code for number in ("A-1", "A-9", "\0", "")] == [
        404
    ] * 4
    client.force_login(make_user("other", "customers.view_customer"))
    assert client.get(ADDRESS, {"customer_id": "A-2"}).status_code == 403
    assert Customer.objects.count() == 2
