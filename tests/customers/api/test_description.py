"""The API describes itself: a valid OpenAPI document, each column explained, each example taken in."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator

from customers.api.record_schemas import EXAMPLES, NOTES
from customers.ingest.consents import CONSENTS
from customers.ingest.customers import CUSTOMERS
from customers.ingest.events import EVENTS
from customers.ingest.order_records import ORDERS
from customers.ingest.products import PRODUCTS, STORES
from tests.customers.api.shop_system import ShopSystem

SCHEMAS = {schema.kind: schema for schema in (CUSTOMERS, STORES, PRODUCTS, ORDERS, EVENTS, CONSENTS)}


def test_the_document_is_valid_and_raises_no_warning(tmp_path: Path) -> None:
    file = tmp_path / "schema.yml"

    call_command("spectacular", validate=True, fail_on_warn=True, file=str(file))

    assert "/api/v1/orders/{number}/:" in file.read_text("utf-8")


@pytest.mark.parametrize("kind", SCHEMAS)
def test_each_column_is_explained_and_none_that_is_not_there(kind: str) -> None:
    assert set(NOTES[kind]) == {column.name for column in SCHEMAS[kind].columns}


def test_the_examples_are_taken_in_one_after_the_other(db: None) -> None:
    shop = ShopSystem()

    answers = {kind: shop.post(kind, records)[1] for kind, records in EXAMPLES.items()}

    assert {kind: (answer["refused"], answer["notices"]) for kind, answer in answers.items()} == dict.fromkeys(
        EXAMPLES, (0, [])
    )
    assert all(answer["new"] for answer in answers.values())


def test_the_document_speaks_the_readers_language() -> None:
    def about(language: str) -> str:
        with translation.override(language):
            return SchemaGenerator().get_schema(public=True)["paths"]["/api/v1/orders/"]["post"]["description"]

    assert about("en").startswith("Orders, one record a line")


def test_staff_read_the_documentation_and_others_log_in_first(client: Client, admin_client: Client, db: None) -> None:
    page = admin_client.get("/api/docs/")

    assert page.status_code == 200
    assert "line_amount" in page.content.decode()
    assert client.get("/api/docs/").status_code == 302


def test_the_document_itself_is_for_those_with_a_key_or_a_log_in(client: Client, db: None) -> None:
    shop = ShopSystem()

    answers = [
        client.get("/api/schema/").status_code,
        client.get("/api/schema/", headers={"Authorization": f"Bearer {shop.text}"}).status_code,
    ]
    client.force_login(User.objects.create_user("staff", is_staff=True))

    assert [*answers, client.get("/api/schema/").status_code] == [401, 200, 200]
