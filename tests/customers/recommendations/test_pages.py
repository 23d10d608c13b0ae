"""The page of the recommendations and the customer's panel say what was found, to whoever may see it."""

import pytest
from django.test import Client
from django.urls import reverse

from customers.recommendations import nightly
from tests.customers.recommendations.shoppers import NOW, buy_each, days_ago
from tests.factories import buy, make_customer, make_product, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
PAGE = "admin:customers_recommendations"


@pytest.fixture
def analyst(client: Client) -> Client:
    client.force_login(make_user("analyst", "customers.view_affinityrebuild", "customers.view_customer"))
    return client


def test_the_page_says_what_to_wait_for_before_the_first_rebuild(analyst: Client) -> None:
    answer = analyst.get(reverse(PAGE), headers={"accept-language": "en"})

    assert "Nothing was computed yet" in answer.content.decode()


def test_a_product_is_found_and_its_companions_are_drawn(analyst: Client) -> None:
    shampoo, conditioner = make_product(name="탈모 샴푸"), make_product(name="린스")
    buy_each(20, shampoo, conditioner)
    buy_each(40, make_product())
    nightly.rebuild(NOW)

    found = analyst.get(reverse(PAGE), {"q": "샴푸"})
    drawn = analyst.get(reverse(PAGE), {"product": shampoo.pk})

    assert [row["label"] for row in found.context["found"]] == ["탈모 샴푸"]
    (companion,) = drawn.context["companions"]
    assert (companion["label"], companion["value"]) == ("린스", 1.0)


@pytest.mark.parametrize("typed", ["x", "-1", "９", "1" * 40, ""])
def test_an_address_that_names_no_product_shows_the_pairs(analyst: Client, typed: str) -> None:
    nightly.rebuild(NOW)

    answer = analyst.get(reverse(PAGE), {"product": typed, "q": "\0"})

    assert answer.status_code == 200
    assert answer.context["product"] is None


def test_nobody_sees_it_without_the_permission(client: Client) -> None:
    client.force_login(make_user("clerk"))

    assert client.get(reverse(PAGE)).status_code == 403


def test_the_customer_page_says_what_to_offer(analyst: Client) -> None:
    customer, milk = make_customer(), make_product(name="우유")
    for days in (30, 20, 10):
        buy(customer, milk, at=days_ago(days))
    buy_each(12, make_product(name="두부"))
    nightly.rebuild(NOW)

    page = analyst.get(reverse("admin:customers_customer_change", args=[customer.pk]))

    panel = next(content for each, content in page.context["aside_panels"] if each.name == "recommendations")
    assert "두부" in panel
