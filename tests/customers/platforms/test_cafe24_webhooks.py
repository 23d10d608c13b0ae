"""What Cafe24 tells becomes facts, with all the quirks of its calls (I-01, I-02)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from customers import consent
from customers.identity import merging
from customers.models import ConsentState, Customer, Event, Order, Product, SubjectRequest, WebhookDelivery
from customers.privacy import erasure
from tests.customers.platforms.calls import cafe24_call, cafe24_order, handled, make_endpoint
from tests.factories import make_customer, set_consent

pytestmark = pytest.mark.django_db

JOINED = {
    "mall_id": "bestshop",
    "event_shop_no": "1",
    "member_id": "gdhong",
    "group_no": 1,
    "name": "홍길동",
    "nick_name": "길동이",
    "created_date": "2026-11-17T15:26:00+09:00",
    "member_authentication": "T",
    "birthday": "1990-03-04",
    "gender": "F",
    "phone": "02-123-4567",
    "cellphone": "010-2468-2468",
    "sms": "T",
    "email": "gildong@example.com",
    "news_mail": "F",
    "total_mileage": "0.00",
    "use_mobile_app": "T",
    "member_type": "p",
}


def told(payload: dict) -> WebhookDelivery:
    """Have Cafe24 call and the call taken in."""
    cafe24_call(make_endpoint("cafe24"), payload)
    handled()
    return WebhookDelivery.objects.latest("pk")


def test_an_order_is_taken_in_and_its_buyer_known_by_number_alone() -> None:
    assert told(cafe24_order()).state == "done"

    order = Order.objects.get()
    assert (order.external_id, order.items_amount, order.paid, order.shipping) == (
        "20261120-0029236",
        24_680,
        27_580,
        3_000,
    )
    assert (order.points_used, order.status, order.revenue) == (100, "paid", 24_580)
    assert (order.customer.external_id, order.customer.name, order.customer.phone) == ("gdhong", "", "")


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"paid": "F", "payment_date": ""}, "pending"),
        ({"paid": "M"}, "paid"),
        ({"shipping_status": "M"}, "shipped"),
        ({"shipping_status": "T"}, "delivered"),
        ({"shipping_status": "W"}, "paid"),
        ({"cancel_date": "2026-11-21T10:00:00+09:00"}, "cancelled"),
        ({"cancel_date": "0000-00-00"}, "paid"),
    ],
)
def test_letters_and_dates_say_how_far_an_order_has_come(given: dict, status: str) -> None:
    told(cafe24_order(90024, **given))

    assert Order.objects.get().status == status


def test_a_guests_order_and_a_naver_member_are_understood() -> None:
    told(cafe24_order(order_id="1", member_id=None))
    told(cafe24_order(order_id="2", member_id="33578422@n"))

    customers = dict(Order.objects.values_list("external_id", "customer__external_id"))
    assert customers == {"1": None, "2": "33578422@n"}


def test_an_order_already_delivered_does_not_go_back_to_being_shipped() -> None:
    endpoint = make_endpoint("cafe24")
    for status in ("T", "M", "F"):
        cafe24_call(endpoint, cafe24_order(90024, shipping_status=status))

    assert [state for _topic, state in handled()] == ["done", "outdated", "outdated"]
    assert Order.objects.get().status == "delivered"


def test_a_cancellation_is_taken_in_and_its_amounts_are_to_be_fetched() -> None:
    told(cafe24_order())

    delivery = told(cafe24_order(90026, cancel_date="2026-11-21T10:00:00+09:00"))

    assert Order.objects.get().status == "cancelled"
    assert (delivery.state, delivery.references) == ("to_fetch", ["20261120-0029236"])


def test_an_erased_persons_cancellation_counts_and_nothing_of_the_call_is_kept() -> None:
    told(cafe24_order())
    erasure.erase([Order.objects.get().customer_id], by=None)

    delivery = told(cafe24_order(90026, cancel_date="2026-11-21T10:00:00+09:00"))

    order = Order.objects.get()
    assert (order.status, order.revenue, order.customer.erased_at is None) == ("cancelled", 0, False)
    assert (delivery.state, delivery.references, delivery.body) == ("to_fetch", ["20261120-0029236"], "")


def test_an_orders_later_copy_keeps_the_lines_that_cafe24_does_not_send() -> None:
    told(cafe24_order())
    order = Order.objects.get()
    order.lines.create(position=1, product=Product.objects.create(sku="P00000BO", name="상품1"), amount=24_680)

    told(cafe24_order(90024, shipping_status="M"))

    assert order.lines.count() == 1


@pytest.mark.parametrize("event_no", [90071, 90072, 90073, 90074])
def test_a_call_about_many_orders_names_them_to_be_fetched(event_no: int) -> None:
    delivery = told({"event_no": event_no, "resource": {"order_id": "20200713-0000039, 20200708-0000080"}})

    assert (delivery.topic, delivery.state) == (str(event_no), "to_fetch")
    assert delivery.references == ["20200713-0000039", "20200708-0000080"]


def test_a_new_member_is_a_customer_without_any_consent() -> None:
    delivery = told({"event_no": 90032, "resource": JOINED})

    customer = Customer.objects.get()
    assert (customer.external_id, customer.name, customer.phone) == ("gdhong", "홍길동", "+821024682468")
    assert (customer.gender, customer.birthday.isoformat()) == ("f", "1990-03-04")
    assert customer.attributes["app_user"] == "T"
    assert not ConsentState.objects.exists()
    assert delivery.note  # says that the undated consent was left out


@pytest.mark.parametrize("birthday", ["", "0000-00-00", None])
def test_a_birthday_of_zeros_is_none(birthday: str | None) -> None:
    told({"event_no": 90032, "resource": JOINED | {"birthday": birthday}})

    assert Customer.objects.get().birthday is None


def test_a_child_is_marked() -> None:
    told({"event_no": 90032, "resource": JOINED | {"member_authentication": "J"}})

    assert Customer.objects.get().attributes["under_14"] == "Y"


def test_a_no_to_mail_takes_a_consent_back_that_was_held() -> None:
    customer = make_customer(external_id="gdhong")
    for channel in ("email", "sms"):
        set_consent(customer, "ad_receive", channel=channel)

    told({"event_no": 90032, "resource": JOINED})

    assert set(ConsentState.objects.values_list("channel", "is_granted")) == {("email", False), ("sms", True)}


@pytest.mark.parametrize(
    ("payload", "topic", "state"),
    [
        (
            {"mall_id": "b", "event_shop_no": "1", "member_id": "gdhong", "diff_key": ["phone"]},
            "90080",
            "to_fetch",
        ),
        ({"event_no": 90143, "mall_id": "b", "event_shop_no": "1", "member_id": "gdhong"}, "90143", "done"),
        ({"event_no": 90144, "mall_id": "b", "domain": "b.cafe24.com"}, "90144", "done"),
        ({"mall_id": "b", "event_shop_no": "90145", "member_id": "gdhong"}, "90145", "done"),
        ({"mall_id": "b", "event_shop_no": "90146", "member_id": "gdhong"}, "90146", "done"),
        ({"event_no": 90148, "resource": {"member_id": "gdhong", "avail_mileage": 1000}}, "90148", "done"),
        ({"event_no": 99999, "resource": {}}, "99999", "unknown"),
        ({"mall_id": "b"}, "", "unknown"),
    ],
)
def test_the_event_is_found_wherever_its_number_stands(payload: dict, topic: str, state: str) -> None:
    delivery = told(payload)

    assert (delivery.topic, delivery.state) == (topic, state)


def test_members_at_rest_are_marked_and_woken_and_nobody_is_made_up() -> None:
    make_customer(external_id="a")

    told({"mall_id": "b", "event_shop_no": "90145", "member_id": "a, nobody"})
    resting = Customer.objects.get().attributes
    told({"mall_id": "b", "event_shop_no": "90146", "member_id": "a"})

    assert (resting, Customer.objects.get().attributes) == ({"resting": "Y"}, {})


def test_members_who_left_ask_to_be_erased_and_get_no_more_advertising() -> None:
    customers = [make_customer(external_id=number) for number in ("a", "b")]
    set_consent(customers[0], "ad_receive", channel="sms")

    told({"mall_id": "m", "event_shop_no": "90147", "member_id": "a, b"})

    requests = SubjectRequest.objects.order_by("pk")
    assert [(each.kind, each.customer) for each in requests] == [("erase", each) for each in customers]
    assert not ConsentState.objects.filter(is_granted=True).exists()


def test_a_merged_member_who_left_asks_as_the_kept_customer_who_gets_no_more_advertising() -> None:
    kept, merged = make_customer(external_id="a"), make_customer(external_id="b")
    set_consent(kept, "ad_receive", channel="sms")
    merging.merge(kept.pk, merged.pk, by=None)

    told({"mall_id": "m", "event_shop_no": "90147", "member_id": "b"})

    assert SubjectRequest.objects.get().customer == kept
    assert consent.is_granted(kept.pk, purpose="ad_receive", channel="sms") is False


def test_a_merged_member_who_left_gets_no_advertising_after_the_merge_is_undone_either() -> None:
    kept, merged = make_customer(external_id="a"), make_customer(external_id="b")
    set_consent(merged, "ad_receive", channel="sms", at=timezone.now() - timedelta(days=2))
    set_consent(kept, "ad_receive", channel="sms", is_granted=False, at=timezone.now() - timedelta(days=1))
    done = merging.merge(kept.pk, merged.pk, by=None)

    told({"mall_id": "m", "event_shop_no": "90147", "member_id": "b"})
    merging.undo(done.pk, by=None)

    assert not ConsentState.objects.filter(is_granted=True).exists()


def test_a_merged_members_no_to_mail_takes_back_what_the_kept_customer_agreed_to() -> None:
    kept, merged = make_customer(), make_customer(external_id="gdhong")
    for channel in ("email", "sms"):
        set_consent(kept, "ad_receive", channel=channel)
    merging.merge(kept.pk, merged.pk, by=None)

    told({"event_no": 90032, "resource": JOINED})

    held = ConsentState.objects.filter(customer=kept).values_list("channel", "is_granted")
    assert set(held) == {("email", False), ("sms", True)}


def test_what_is_put_into_a_cart_is_an_event_of_its_product() -> None:
    product = Product.objects.create(sku="P0000BEB", name="상품")
    in_cart = {"member_id": "gdhong", "product_no": 781, "variant_code": "P0000BEB000A", "quantity": 2}

    told({"event_no": 90084, "resource": in_cart})

    event = Event.objects.get()
    assert (event.kind, event.customer.external_id, event.product) == ("cart_add", "gdhong", product)
    assert event.properties == {"variant": "P0000BEB000A", "product_no": "781", "quantity": 2}


def test_a_product_nobody_told_of_leaves_the_event_without_one() -> None:
    told({"event_no": 90084, "resource": {"member_id": "gdhong", "variant_code": "P0000BEB000A", "quantity": 1}})

    assert Event.objects.get().product is None


def test_the_same_call_without_a_number_counts_once() -> None:
    endpoint = make_endpoint("cafe24")

    answers = [cafe24_call(endpoint, cafe24_order()).json()["repeated"] for _time in range(2)]

    assert answers == [False, True]


def test_an_order_in_dollars_is_refused() -> None:
    assert told(cafe24_order(currency="USD")).state == "retrying"
    assert not Order.objects.exists()
