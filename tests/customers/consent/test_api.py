"""Consents over the API: a grant without its date is taken with evidence, and read back without one (I-08)."""

import json

import pytest
from django.test import Client

from crm_project import api_keys
from customers.models import ConsentEntry, NoticeDuty
from tests.factories import make_customer, make_user

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/consents/"
UNDATED = {"purpose": "ad_receive", "channel": "sms", "action": "granted", "evidence.form": "A-17"}


@pytest.fixture
def shop_system(client: Client) -> Client:
    machine = make_user(
        "machine", "customers.add_consententry", "customers.view_consententry", "customers.view_customer"
    )
    _key, text = api_keys.make(name="web shop", user=machine)
    return Client(headers={"Authorization": f"Bearer {text}"})


def post(client: Client, record: dict[str, str]) -> dict[str, object]:
    return client.post(ADDRESS, json.dumps([record]), "application/json").json()


def test_a_grant_without_a_date_is_taken_with_evidence_and_asked_about_soon(shop_system: Client) -> None:
    customer = make_customer()

    first = post(shop_system, {"customer_id": customer.external_id, **UNDATED})
    second = post(shop_system, {"customer_id": customer.external_id, **UNDATED})

    assert ((first["new"], second["new"], second["unchanged"]), first["refused"]) == ((1, 0, 1), 0)
    assert ConsentEntry.objects.get().is_undated
    assert NoticeDuty.objects.get().kind == "reconfirmation"
    assert shop_system.get(ADDRESS).json()["results"][0]["occurred_at"] is None
    assert shop_system.get("/api/v1/customers/").json()["results"][0]["consents"][0]["since"] is None


@pytest.mark.parametrize(
    "change", [{"evidence.form": ""}, {"action": "withdrawn"}], ids=["without evidence", "a withdrawal"]
)
def test_nothing_else_is_taken_without_a_date(shop_system: Client, change: dict[str, str]) -> None:
    answer = post(shop_system, {"customer_id": make_customer().external_id, **UNDATED, **change})

    assert (answer["new"], answer["refused"]) == (0, 1)
    assert not ConsentEntry.objects.exists()
