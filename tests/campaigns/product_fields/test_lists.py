"""What each field offers where there is none of it, and what a message of an automation is about."""

import pytest
from django.utils import timezone

from campaigns.models import Automation, AutomationVersion, Enrollment, Journey
from campaigns.pipeline.markup import PRODUCT_PAGE
from campaigns.product_fields import fields, lists, occasion
from campaigns.product_fields.lists import SOURCES, Asked
from campaigns.product_fields.showing import PRODUCT
from campaigns.product_fields.trigger import trigger
from campaigns.template_fields import FIELDS
from customers.models import Event
from tests.factories import buy, make_customer, make_message, make_product, make_running_campaign

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("own", "stands_in"),
    [(True, ["own", "", ""]), (False, ["", "second", ""])],
)
def test_only_who_has_none_gets_what_stands_in(
    monkeypatch: pytest.MonkeyPatch, own: bool, stands_in: list[str]
) -> None:
    first, second, reader = make_product(name="own"), make_product(name="second"), make_customer()
    sources = [lambda asked: {reader.pk: [first.pk]} if own else {}, lambda asked: {reader.pk: [second.pk]}]
    monkeypatch.setitem(SOURCES, "viewed", sources)

    found = lists.products_for("viewed", Asked([reader.pk], timezone.now(), {}))

    assert [[each.name for each in products] for products in found.values()] == [[name for name in stands_in if name]]


def test_nobody_is_told_of_a_cart_that_they_did_not_fill() -> None:
    product, reader = make_product(), make_customer()
    Event.objects.create(
        external_id="1", kind="product_view", customer=reader, product=product, occurred_at=timezone.now()
    )

    asked = Asked([reader.pk], timezone.now(), {})

    assert lists.products_for("left_in_cart", asked) == {}
    assert lists.products_for("viewed", asked) == {reader.pk: [product]}


def test_the_trigger_tells_the_order_and_its_products() -> None:
    milk, rice, reader = make_product(name="우유", price=2_900), make_product(name="쌀"), make_customer()
    order = buy(reader, milk, rice, at=timezone.now(), external_id="A-1", paid=12_000)
    context = {"order_id": order.pk, "product_id": rice.pk, "category": "식품", "store": ""}

    [told] = trigger([reader.pk], make_running_campaign(), {reader.pk: context}).values()

    assert [each["name"] for each in told["products"]] == ["쌀", "우유"]
    assert told["product"] == {PRODUCT: rice.pk, "name": "쌀", "category": "식품"}
    assert told["order"] == {"number": "A-1", "amount": 12_000, "placed_on": timezone.localdate()}
    assert told["category"] == "식품"
    assert not {"order_id", "product_id", "store"} & told.keys()


def test_a_message_knows_the_journey_that_it_belongs_to() -> None:
    automation = Automation.objects.create(name="장바구니")
    version = AutomationVersion.objects.create(automation=automation, trigger="cart_left")
    campaign, reader = make_running_campaign(automation=automation), make_customer()
    terms = {"automation": automation, "version": version, "customer": reader, "anchor_at": timezone.now()}
    first, _second = [Journey.objects.create(**terms, entry_key=key, context={"of": key}) for key in ("a", "b")]
    entered = Enrollment.objects.create(campaign=campaign, customer=reader, entry_key=f"journey/{first.pk}")
    message = make_message(campaign, reader, enrollment=entered)

    assert occasion.of_messages([message.pk]) == {reader.pk: {"of": "a", "message_id": message.pk}}
    assert occasion.latest([reader.pk], campaign) == {reader.pk: {"of": "b"}}
    assert occasion.of_messages([make_message(make_running_campaign(), reader).pk]) == {}


def test_who_never_entered_is_looked_at_as_if_their_last_order_had_begun_it() -> None:
    automation, reader = Automation.objects.create(name="구매 뒤"), make_customer()
    buy(reader, at=timezone.now() - timezone.timedelta(days=2))
    last = buy(reader, at=timezone.now())

    told = occasion.latest([reader.pk], make_running_campaign(automation=automation))

    assert told == {reader.pk: {"order_id": last.pk}}


def test_every_list_is_a_field_with_an_example() -> None:
    assert [FIELDS[name].is_looked_up for name in [*SOURCES, "trigger"]] == [True] * 8
    assert set(fields.LABELS) == {*SOURCES, "trigger"}


@pytest.mark.parametrize(
    "name", [*(f"{name}[0]" for name in SOURCES), "bought_together.first", "product", "trigger.product"]
)
def test_the_page_of_each_product_may_stand_in_a_link(name: str) -> None:
    assert PRODUCT_PAGE.fullmatch(f"{{{{ {name}.url }}}}")
