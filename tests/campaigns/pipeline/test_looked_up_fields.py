"""Fields that cost a query are looked up for all customers at once, and only where content names them."""

from datetime import date

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from campaigns.errors import ContentRefused
from campaigns.models import Campaign, Variant
from campaigns.pipeline import content
from customers import stored_numbers
from customers.models import Customer
from customers.recommendations import nightly
from loyalty.models import Coupon
from tests.factories import buy, make_customer, make_draft, make_product

pytestmark = pytest.mark.django_db
LIST = "{% for product in recommended %}<a href='{{ product.url }}'>{{ product.name }}</a>{% endfor %}"


def variant_of(campaign: Campaign) -> Variant:
    return Variant.objects.select_related("step__campaign", "step__account").get(step__campaign=campaign)


def shop_with_buyers(count: int) -> list[Customer]:
    now = timezone.now()
    products = [make_product(name=f"상품 {n}", url=f"https://shop.example/{n}?a=1&b=2") for n in range(4)]
    buyers = [make_customer() for _number in range(count)]
    for number, buyer in enumerate(buyers):
        buy(buyer, products[number % 4], at=now - timezone.timedelta(days=3))
    stored_numbers.rebuild_everything(now)
    nightly.rebuild(now)
    return list(Customer.objects.select_related("stats", "home_store").order_by("pk"))


def test_the_products_of_each_customer_are_linked_to_their_pages() -> None:
    [buyer, *_others] = shop_with_buyers(4)

    mail = content.render(variant_of(make_draft(content={"html": LIST})), buyer)

    assert "상품" in mail.html
    assert "https://shop.example/1?a=1&amp;b=2" in mail.html
    assert mail.links == []


def test_however_many_customers_the_queries_are_the_same(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    buyers = shop_with_buyers(12)
    variant = variant_of(make_draft(content={"html": LIST}))

    with django_assert_max_num_queries(12):
        recipients = content.recipients_of(buyers, variant)

    assert sum("recommended" in recipient.looked_up for recipient in recipients) == 12


def test_content_that_names_none_costs_no_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    buyers = [Customer.objects.select_related("stats", "home_store").get(pk=make_customer().pk)]
    variant = variant_of(make_draft())

    with django_assert_num_queries(0):
        content.recipients_of(buyers, variant)


def test_the_coupon_of_the_campaign_is_told_and_without_one_nobody_is_written_to() -> None:
    campaign = make_draft(content={"html": "<p>{{ coupon.name | josa: '을/를' }} {{ coupon.valid_until }}까지</p>"})
    customer = make_customer()

    with pytest.raises(ContentRefused) as refusal:
        content.render(variant_of(campaign), customer)
    coupon = Coupon.objects.create(external_id="K-1", name="5천원 할인", valid_until=date(2026, 12, 31))
    campaign.coupons.add(coupon)

    assert refusal.value.reason == "VAR_MISSING"
    assert "<p>5천원 할인을 2026-12-31까지</p>" in content.render(variant_of(campaign), customer).html


@pytest.mark.parametrize(
    "href",
    [
        "{{ product.name }}",
        "{{ product.url }}/x",
        "{{ attributes.url }}",
        "{{ product.url | default: 'javascript:1' }}",
    ],
)
def test_no_other_field_stands_in_a_link(href: str) -> None:
    listed = f'{{% for product in recommended %}}<a href="{href}">x</a>{{% endfor %}}'

    problems = content.check(variant_of(make_draft(content={"html": listed})))

    assert [problem.field for problem in problems] == ["html"]


@pytest.mark.parametrize(
    ("html", "fields"),
    [
        ("<p>The products you viewed, {{ name }}</p>", set()),
        ("{% for product in viewed %}{{ product.name }}{% endfor %}", {"viewed"}),
        ("{% if trigger.product %}{{ coupon.code }}{% endif %}", {"trigger", "coupon"}),
    ],
)
def test_only_words_in_tags_name_fields(html: str, fields: set[str]) -> None:
    assert content.fields_looked_up(variant_of(make_draft(content={"html": html}))) == fields
