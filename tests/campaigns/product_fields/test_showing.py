"""A message tells which products it showed, and a click on one of them which it was about."""

import re
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from campaigns import links
from campaigns.models import Campaign, Hit, Message, MessageProduct
from campaigns.product_fields.showing import PRODUCT, Showing
from customers.models import Customer, Event, Product
from tests.factories import buy, make_draft, make_product, make_reachable_customer

pytestmark = pytest.mark.django_db
CART = "{% for product in left_in_cart %}<a href='{{ product.url }}'>{{ product.name }}</a>{% endfor %}"


def test_only_what_content_reads_is_shown() -> None:
    listed = [{PRODUCT: 7, "name": "우유", "url": "https://shop.example/7"}, {PRODUCT: 8, "name": "쌀"}]
    showing = Showing(message_id=1, attempt=1)
    watched = showing.watched({"recommended": listed, "coupon": {"code": "A"}})

    name = watched["recommended"][1]["name"]

    assert (name, watched["coupon"]) == ("쌀", {"code": "A"})
    assert [(each.field, each.position, each.product_id) for each in showing.shown] == [("recommended", 2, 8)]


def test_the_next_attempt_numbers_its_products_apart() -> None:
    listed = {"recommended": [{PRODUCT: 7, "name": "우유"}]}
    showings = [Showing(message_id=1, attempt=attempt) for attempt in (1, 2)]

    for showing in showings:
        assert showing.watched(listed)["recommended"][0]["name"] == "우유"

    assert [showing.shown[0].number for showing in showings] == [257, 513]


def test_a_click_leads_to_the_product_it_was_about_and_to_nothing_else(
    sent: Callable[[Campaign], Campaign], outbox: Path, client: Client
) -> None:
    milk, other = (make_product(name=name, url=f"https://shop.example/{name}?a=1") for name in ("milk", "other"))
    reader = make_reachable_customer()
    buy(reader, milk, at=timezone.now() - timedelta(days=3))
    remember_cart(reader, other)

    campaign = sent(make_draft(content={"html": CART}))
    message = Message.objects.get(campaign=campaign)
    [address] = clicks_in(outbox / str(campaign.pk) / f"{message.pk}.eml")
    answer = client.get(address)
    forged = client.get(links.product_url(message.pk, 300).removeprefix(settings.SITE_URL))

    assert answer.headers["Location"] == (
        f"https://shop.example/other?a=1&utm_source=dangol&utm_medium=email&utm_campaign=campaign-{campaign.pk}"
    )
    assert forged.status_code == 404
    [shown] = MessageProduct.objects.all()
    assert (shown.field, shown.position, shown.product, Hit.objects.get().shown) == ("left_in_cart", 1, other, shown)


def test_a_product_whose_page_is_gone_leads_nowhere(
    sent: Callable[[Campaign], Campaign], outbox: Path, client: Client
) -> None:
    product, reader = make_product(url="https://shop.example/p"), make_reachable_customer()
    remember_cart(reader, product)
    campaign = sent(make_draft(content={"html": CART}))
    [address] = clicks_in(outbox / str(campaign.pk) / f"{Message.objects.get(campaign=campaign).pk}.eml")
    Product.objects.update(url="javascript:alert(1)")

    answer = client.get(address)

    assert (answer.status_code, Hit.objects.count()) == (404, 0)


def remember_cart(customer: Customer, product: Product) -> None:
    Event.objects.create(
        external_id="e1", kind="cart_add", customer=customer, product=product, occurred_at=timezone.now()
    )


def clicks_in(mail: Path) -> list[str]:
    text = message_from_bytes(mail.read_bytes(), policy=policy.default).get_body(("plain",)).get_content()
    return re.findall(r"\((?:https?://[^/]+)(/c/[^)]+)\)", text)
