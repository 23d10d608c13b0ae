"""Apps and browsers over the API: taken in, read back, and whose token nobody learns without the right to."""

import pytest

from customers.models import AccessLogEntry
from tests.customers.api.shop_system import ShopSystem
from tests.factories import make_customer, make_device

pytestmark = pytest.mark.django_db


def test_an_app_is_taken_in_and_each_record_has_its_answer() -> None:
    make_customer(external_id="C")
    good = {"address": "token", "platform": "ios", "os_permission": True, "customer_id": "C"}

    status, answer = ShopSystem().post("devices", [good, good | {"address": "other", "customer_id": "nobody"}])

    assert (status, answer["new"], answer["refused"]) == (200, 1, 1)
    assert answer["results"][1]["code"] == "unknown_customer"


def test_a_token_that_moves_takes_its_messages_along() -> None:
    """N-07."""
    make_customer(external_id="A")
    make_customer(external_id="B")
    shop = ShopSystem()
    state = {"address": "token", "platform": "android", "os_permission": True}

    shop.post("devices", [state | {"customer_id": "A"}])
    shop.post("devices", [state | {"customer_id": "B"}])

    assert [each["customer_id"] for each in shop.get("devices/")[1]["results"]] == ["B"]


def test_who_sees_masked_sees_no_token() -> None:
    make_device(make_customer(external_id="C"), address="secret")

    answer = ShopSystem().get("devices/?customer_id=C&platform=android")[1]["results"]

    assert [(each["customer_id"], each["address"]) for each in answer] == [("C", "")]
    assert not AccessLogEntry.objects.exists()


def test_who_may_see_personal_data_sees_it_and_is_written_down() -> None:
    customer = make_customer(external_id="C")
    make_device(customer, address="secret")
    make_device(None, address="nobody's")

    answer = ShopSystem("customers.view_personal_data").get("devices/")[1]["results"]

    assert {each["address"] for each in answer} == {"secret", "nobody's"}
    assert list(AccessLogEntry.objects.values_list("customer", flat=True)) == [customer.pk]
