"""How often products of messages were shown, clicked and bought."""

from datetime import timedelta

import pytest
from django.utils import timezone

from analytics.attribution.credits import attribute_fresh
from analytics.product_clicks.reading import Answers, products_shown
from campaigns.models import Campaign, Hit, Message, MessageProduct
from campaigns.pipeline import outcome
from campaigns.product_fields.fields import LABELS
from campaigns.product_fields.showing import NUMBERS_OF_AN_ATTEMPT
from customers.models import Product
from tests.factories import buy, make_customer, make_message, make_product, make_running_campaign

pytestmark = pytest.mark.django_db


def test_each_field_and_each_product_tells_what_became_of_it() -> None:
    campaign, milk, rice = campaign_with_products(), make_product(name="우유"), make_product(name="쌀")
    clicked, bought, ignored = (make_message(campaign, make_customer()) for _number in range(3))
    for message in (clicked, bought, ignored):
        show(message, milk, field="recommended")
    in_two = show(bought, rice, field="viewed", number=2)
    show(bought, rice, field="recommended", number=3)
    click(clicked, clicked.products.get())
    click(bought, in_two)
    buy(bought.customer, rice, milk, at=timezone.now())
    attribute_fresh()

    found = products_shown(campaign)

    assert found
    assert found.fields == [
        Answers(LABELS["recommended"], shown=3, clicked=1, bought=1, amount=2_000),
        Answers(LABELS["viewed"], shown=1, clicked=1, bought=1, amount=1_000),
    ]
    assert found.products == [
        Answers("우유", shown=3, clicked=1, bought=1, amount=1_000),
        Answers("쌀", shown=1, clicked=1, bought=1, amount=1_000),
    ]


def test_of_two_attempts_at_a_message_the_last_one_counts_and_what_was_clicked() -> None:
    campaign, milk, rice = campaign_with_products(), make_product(name="우유"), make_product(name="쌀")
    for is_clicked in (False, True):
        message = make_message(campaign, make_customer(), attempt=2)
        first = show(message, milk, field="recommended", number=1 * NUMBERS_OF_AN_ATTEMPT + 1)
        show(message, rice, field="recommended", number=2 * NUMBERS_OF_AN_ATTEMPT + 1)
        if is_clicked:
            click(message, first)

    found = products_shown(campaign)

    assert found
    assert [(each.label, each.shown, each.clicked) for each in found.products] == [("우유", 1, 1), ("쌀", 2, 0)]


def test_a_machines_click_is_none() -> None:
    campaign, milk = campaign_with_products(), make_product()
    message = make_message(campaign, make_customer())
    click(message, show(message, milk, field="recommended"), user_agent="Barracuda")

    found = products_shown(campaign)

    assert found
    assert [each.clicked for each in found.fields] == [0]


def test_a_campaign_whose_content_shows_none_has_no_such_part() -> None:
    assert products_shown(make_running_campaign()) is None


def campaign_with_products() -> Campaign:
    campaign = make_running_campaign(links=("https://shop.example/",))
    campaign.steps.get().variants.update(
        html="{% for product in recommended %}{{ product.name }}{% endfor %}{{ viewed }}"
    )
    return campaign


def show(message: Message, product: Product, *, field: str, number: int = 1) -> MessageProduct:
    return MessageProduct.objects.create(message=message, number=number, field=field, position=1, product=product)


def click(message: Message, shown: MessageProduct, *, user_agent: str = "Mozilla/5.0 Chrome/130.0") -> None:
    Hit.objects.create(
        message=message,
        shown=shown,
        kind="click",
        occurred_at=timezone.now() - timedelta(seconds=20),
        user_agent=user_agent,
        milliseconds_since_sent=40_000,
    )
    outcome.roll_up_waiting()
