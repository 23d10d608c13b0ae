"""Outside of a campaign customers are told the same sender as by its messages."""

from urllib.parse import urlsplit

import pytest
from django.test import Client
from pytest_django import Settings

from customers.consent import preference_links
from customers.consent.sender import ShopIdentity, shop_identity
from tests.factories import make_account, make_customer

pytestmark = pytest.mark.django_db


def test_the_sender_of_the_live_account_is_told() -> None:
    make_account(sender_name="연습")
    make_account(sender_name="단골마트", contact_phone="02-1234-5678", postal_address="서울특별시 중구", is_live=True)

    assert shop_identity() == ShopIdentity("단골마트", "02-1234-5678", "서울특별시 중구")


def test_the_preference_page_names_the_sender(client: Client) -> None:
    make_account(sender_name="단골마트")

    page = client.get(f"/p/{preference_links.write(make_customer().pk)}")

    assert "단골마트" in page.content.decode()


def test_without_an_account_the_host_is_told(settings: Settings) -> None:
    assert shop_identity() == ShopIdentity(urlsplit(settings.SITE_URL).hostname)
