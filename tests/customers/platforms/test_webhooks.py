"""Calls of platforms: only genuine ones, each once, an older state never over a newer one, and none in the way."""

from datetime import timedelta
from random import Random

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from crm_project.models import Kick
from crm_project.sealed_secrets import seal
from customers.models import Customer, Order, WebhookDelivery, WebhookEndpoint
from customers.personal_data import stores
from customers.platforms import deliveries, taking_in, webhook_views
from tests.customers.platforms.calls import (
    SECRET,
    cafe24_call,
    cafe24_order,
    handled,
    make_endpoint,
    shopify_call,
    shopify_order,
)
from tests.factories import make_customer

pytestmark = pytest.mark.django_db


def test_a_call_is_stored_at_once_and_taken_in_by_a_job() -> None:
    endpoint = make_endpoint("shopify")

    answer = shopify_call(endpoint, "orders/create", shopify_order())

    assert (answer.status_code, answer.json()) == (200, {"received": True, "repeated": False})
    assert not Order.objects.exists()
    assert Kick.objects.filter(job=deliveries.HANDLE).count() == 1
    assert handled() == [("orders/create", "done")]
    assert Order.objects.get().external_id == "#1001"


@pytest.mark.parametrize("secret", ["", "another", SECRET + "x"])
def test_a_call_without_the_right_secret_is_refused_and_not_stored(secret: str) -> None:
    shopify, cafe24 = make_endpoint("shopify"), make_endpoint("cafe24")

    answers = [
        shopify_call(shopify, "orders/create", shopify_order(), secret=secret),
        cafe24_call(cafe24, cafe24_order(), secret=secret),
    ]

    assert [answer.status_code for answer in answers] == [401, 401]
    assert not WebhookDelivery.objects.exists()


def test_a_body_that_was_changed_on_the_way_is_refused() -> None:
    endpoint = make_endpoint("shopify")
    headers = {"X-Shopify-Topic": "orders/create", "X-Shopify-Hmac-Sha256": "bm90IHRoZSBzaWduYXR1cmU="}

    answer = Client().post(f"/webhooks/shopify/{endpoint.public_key}/", "{}", "application/json", headers=headers)

    assert answer.status_code == 401


@pytest.mark.parametrize(
    "path",
    ["/webhooks/shopify/nobody/", "/webhooks/cafe24/{key}/", "/webhooks/ebay/{key}/", "/webhooks/%00/{key}/"],
    ids=str,
)
def test_an_address_nobody_made_is_not_found(path: str) -> None:
    endpoint = make_endpoint("shopify")

    assert Client().post(path.format(key=endpoint.public_key), "{}", "application/json").status_code == 404


def test_an_inactive_address_is_not_found() -> None:
    endpoint = make_endpoint("shopify", is_active=False)

    assert shopify_call(endpoint, "orders/create", shopify_order()).status_code == 404


def test_an_address_is_not_read() -> None:
    assert Client().get(f"/webhooks/shopify/{make_endpoint('shopify').public_key}/").status_code == 405


def test_the_former_secret_counts_for_a_while() -> None:
    endpoint = make_endpoint(
        "shopify",
        sealed_secret=seal("the new one"),
        sealed_former_secret=seal(SECRET),
        former_secret_until=timezone.now() + timedelta(hours=1),
    )

    assert shopify_call(endpoint, "orders/create", shopify_order()).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        assert shopify_call(endpoint, "orders/create", shopify_order()).status_code == 401


def test_many_wrong_secrets_from_one_address_have_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_views, "WRONG_SECRETS_A_MINUTE", 2)
    endpoint = make_endpoint("shopify")

    answers = [shopify_call(endpoint, "orders/create", {}, secret="wrong") for _try in range(3)]

    assert [answer.status_code for answer in answers] == [401, 401, 429]
    assert int(answers[-1]["Retry-After"]) >= 1
    assert shopify_call(endpoint, "orders/create", shopify_order()).status_code == 200


def test_a_repeated_delivery_is_dropped() -> None:
    endpoint = make_endpoint("shopify")
    shopify_call(endpoint, "orders/create", shopify_order(), delivery="d1")
    handled()

    answer = shopify_call(endpoint, "orders/create", shopify_order(total_price="1.00"), delivery="d1")

    assert answer.json() == {"received": True, "repeated": True}
    assert WebhookDelivery.objects.count() == 1
    handled()
    assert Order.objects.get().paid == 23_000


def test_a_body_replayed_under_a_new_number_changes_nothing() -> None:
    endpoint = make_endpoint("shopify")
    later = shopify_order(updated_at="2026-11-21T10:00:00+09:00", cancelled_at="2026-11-21T10:00:00+09:00")
    shopify_call(endpoint, "orders/create", shopify_order())
    shopify_call(endpoint, "orders/cancelled", later)

    shopify_call(endpoint, "orders/create", shopify_order())

    assert [state for _topic, state in handled()] == ["done", "done", "outdated"]
    assert Order.objects.get().status == "cancelled"


@pytest.mark.parametrize("seed", range(5))
def test_whatever_order_they_come_in_the_newest_state_stays(seed: int) -> None:
    endpoint = make_endpoint("shopify")
    states = [
        shopify_order(financial_status="pending"),
        shopify_order(updated_at="2026-11-20T11:00:00+09:00"),
        shopify_order(updated_at="2026-11-21T09:00:00+09:00", fulfillment_status="fulfilled"),
        shopify_order(
            updated_at="2026-11-25T09:00:00+09:00",
            fulfillment_status="fulfilled",
            financial_status="partially_refunded",
            refunds=[{"transactions": [{"kind": "refund", "status": "success", "amount": "5000.00"}]}],
        ),
    ]
    calls = states * 2
    chance = Random(seed)  # noqa: S311 - it protects nothing
    chance.shuffle(calls)

    for payload in calls:
        shopify_call(endpoint, "orders/updated", payload)
        if chance.random() < 0.5:
            handled()
    handled()

    order = Order.objects.get()
    assert (order.status, order.refunded, order.revenue) == ("shipped", 5_000, 15_000)


def test_an_unknown_topic_is_kept_in_sight() -> None:
    endpoint = make_endpoint("shopify")

    shopify_call(endpoint, "themes/publish", {"id": 1})

    assert handled() == [("themes/publish", "unknown")]


def test_what_cannot_be_stored_yet_is_tried_again_and_stored_whole() -> None:
    endpoint = make_endpoint("shopify")
    shopify_call(endpoint, "customers_email_marketing_consent/update", _said_yes())
    assert handled() == [("customers_email_marketing_consent/update", "retrying")]
    delivery = WebhookDelivery.objects.get()
    assert delivery.next_attempt_at > timezone.now()
    assert "customer_id" in delivery.note

    shopify_call(endpoint, "customers/create", shopify_order()["customer"])
    handled()
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        assert handled()[0] == ("customers_email_marketing_consent/update", "done")


def test_after_the_last_attempt_a_person_has_to_look() -> None:
    endpoint = make_endpoint("shopify")
    shopify_call(endpoint, "customers_email_marketing_consent/update", _said_yes())

    for _attempt in range(len(deliveries.WAITS) + 1):
        WebhookDelivery.objects.update(next_attempt_at=None)
        handled()

    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.next_attempt_at) == ("failed", 6, None)
    assert deliveries.handle_due() == 0


def test_a_refused_part_takes_the_whole_delivery_back() -> None:
    endpoint = make_endpoint("shopify")

    shopify_call(endpoint, "orders/create", shopify_order(processed_at="yesterday"))

    assert handled() == [("orders/create", "retrying")]
    assert not Customer.objects.exists()
    assert not Order.objects.exists()


def test_a_fault_of_ours_is_noted_without_what_was_sent_and_holds_up_nobody(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint = make_endpoint("shopify")
    shopify_call(endpoint, "orders/create", shopify_order(name="#1"))
    shopify_call(endpoint, "orders/create", shopify_order(name="#2"))
    store_orders = taking_in.INGEST["orders"]

    def fail_once(records: list[dict], **given: object) -> object:
        if records[0]["order_id"] == "#1":
            raise RuntimeError("gildong@example.com")
        return store_orders(records, **given)

    monkeypatch.setitem(taking_in.INGEST, "orders", fail_once)

    assert [state for _topic, state in handled()] == ["retrying", "done"]
    first = WebhookDelivery.objects.earliest("pk")
    assert "RuntimeError" in first.note
    assert "gildong" not in first.note + caplog.text


@pytest.mark.parametrize("body", ["", "no JSON", "[]", "[" * 100_000, '{"a": "\\ud800"}'], ids=lambda body: body[:12])
def test_what_is_no_json_object_is_refused(body: str) -> None:
    endpoint = make_endpoint("cafe24")

    answer = Client().post(
        f"/webhooks/cafe24/{endpoint.public_key}/", body, "application/json", headers={"X-API-Key": SECRET}
    )

    assert answer.status_code == 400
    assert not WebhookDelivery.objects.exists()


def test_bodies_are_deleted_after_a_week_and_rows_after_three_months() -> None:
    endpoint = make_endpoint("shopify")
    for number, days in enumerate((6, 8, 91)):
        shopify_call(endpoint, "orders/create", shopify_order(name=f"#{number}"))
        last = WebhookDelivery.objects.filter(pk=WebhookDelivery.objects.latest("pk").pk)
        last.update(received_at=timezone.now() - timedelta(days=days), state="done")

    deliveries.purge()

    kept = WebhookDelivery.objects.order_by("pk")
    assert [bool(each.body) for each in kept] == [True, False]
    assert settings.WEBHOOK_BODIES_KEPT_DAYS == 7


def test_a_failed_delivery_is_looked_at_again_in_the_admin(admin_client: Client) -> None:
    endpoint = make_endpoint("shopify")
    shopify_call(endpoint, "orders/create", shopify_order())
    WebhookDelivery.objects.update(state="failed")
    chosen = [WebhookDelivery.objects.get().pk]

    admin_client.post("/admin/customers/webhookdelivery/", {"action": "look_again", "_selected_action": chosen})

    assert handled() == [("orders/create", "done")]


def test_what_only_a_person_can_fetch_is_settled_in_the_admin(admin_client: Client) -> None:
    cafe24_call(make_endpoint("cafe24"), {"event_no": 90071, "resource": {"order_id": "1, 2"}})
    assert handled() == [("90071", "to_fetch")]
    chosen = [WebhookDelivery.objects.get().pk]

    admin_client.post("/admin/customers/webhookdelivery/", {"action": "settle", "_selected_action": chosen})

    assert handled() == [("90071", "done")]


def test_what_was_sent_is_shown_to_nobody(admin_client: Client) -> None:
    shopify_call(make_endpoint("shopify"), "orders/create", shopify_order())
    handled()
    pk = WebhookDelivery.objects.get().pk

    pages = [admin_client.get(f"/admin/customers/webhookdelivery/{path}") for path in ("", f"{pk}/change/")]

    assert [page.status_code for page in pages] == [200, 200]
    assert not any("gildong" in page.content.decode() or "12345678" in page.content.decode() for page in pages)


def test_a_made_up_secret_is_shown_once_and_stored_sealed(admin_client: Client) -> None:
    form = {"name": "본점", "platform": "cafe24", "source": "shop", "secret": "", "is_active": "on"}

    made = admin_client.post("/admin/customers/webhookendpoint/add/", form)

    endpoint = WebhookEndpoint.objects.get()
    secret = made.context["secret"]
    assert secret in made.content.decode()
    assert f"/webhooks/cafe24/{endpoint.public_key}/" in made.content.decode()
    assert secret not in str(WebhookEndpoint.objects.values().get())
    page = admin_client.get(f"/admin/customers/webhookendpoint/{endpoint.pk}/change/").content.decode()
    assert secret not in page
    assert cafe24_call(endpoint, cafe24_order(), secret=secret).status_code == 200


def test_a_new_secret_replaces_the_old_one_and_an_empty_field_keeps_it(admin_client: Client) -> None:
    endpoint = make_endpoint("shopify")
    address = f"/admin/customers/webhookendpoint/{endpoint.pk}/change/"

    admin_client.post(address, {"name": "본점", "secret": "", "is_active": "on"})
    assert shopify_call(endpoint, "orders/create", shopify_order()).status_code == 200
    admin_client.post(address, {"name": "본점", "secret": "another", "is_active": "on"})

    assert shopify_call(endpoint, "orders/create", shopify_order(), secret="another").status_code == 200
    assert shopify_call(endpoint, "orders/create", shopify_order()).status_code == 200  # the former, for two hours


def test_only_those_who_may_look_at_deliveries_again(client: Client) -> None:
    shopify_call(make_endpoint("shopify"), "orders/create", shopify_order())
    WebhookDelivery.objects.update(state="failed")
    client.force_login(User.objects.create_user("staff", is_staff=True))

    client.post("/admin/customers/webhookdelivery/", {"action": "look_again", "_selected_action": [1]})

    assert WebhookDelivery.objects.get().state == "failed"


def _said_yes() -> dict:
    said = {"state": "subscribed", "opt_in_level": "single_opt_in", "consent_updated_at": "2026-11-20T10:00:00+09:00"}
    return {"customer_id": 115310627314723954, "email_marketing_consent": said}


def test_what_names_an_erased_person_is_emptied_and_a_waiting_call_brings_nobody_back() -> None:
    endpoint = make_endpoint("shopify")
    customer = make_customer(name="홍길동", email="gildong@example.com", phone="+821012345678")
    shopify_call(endpoint, "orders/create", shopify_order())
    store = next(store for store in stores() if store.name == "webhook bodies")
    assert store.search(["홍길동", "gildong@example.com"]) != []

    store.erase([customer])

    assert store.search(["홍길동", "gildong@example.com"]) == []
    assert handled() == [("orders/create", "done")]
    assert not Order.objects.exists()


def test_a_merged_customers_number_goes_on_belonging_to_the_kept_one() -> None:
    endpoint = make_endpoint("shopify")
    kept = make_customer(external_id="1")
    make_customer(external_id="115310627314723954", merged_into=kept)

    shopify_call(endpoint, "orders/create", shopify_order())

    assert handled() == [("orders/create", "done")]
    assert Order.objects.get().customer == kept
