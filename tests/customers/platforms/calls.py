"""Calls as the platforms make them: with their headers, their signature, and bodies in their shape."""

import base64
import hashlib
import hmac
import json
from itertools import count

from django.http import HttpResponse
from django.test import Client

from crm_project.sealed_secrets import seal
from customers.models import WebhookDelivery, WebhookEndpoint
from customers.platforms import deliveries

SECRET = "shpss_0123456789"
_numbers = count(1)


def make_endpoint(platform: str, **given: object) -> WebhookEndpoint:
    """An address that the platform calls."""
    defaults = {"name": f"{platform} shop", "platform": platform, "sealed_secret": seal(SECRET)}
    return WebhookEndpoint.objects.create(**defaults | given)


def shopify_call(
    endpoint: WebhookEndpoint, topic: str, payload: object, *, delivery: str = "", secret: str = SECRET
) -> HttpResponse:
    """Call as Shopify does, and return the answer."""
    body = json.dumps(payload)
    signature = base64.b64encode(hmac.new(secret.encode(), body.encode(), hashlib.sha256).digest()).decode()
    headers = {
        "X-Shopify-Topic": topic,
        "X-Shopify-Webhook-Id": delivery or f"delivery-{next(_numbers)}",
        "X-Shopify-Hmac-Sha256": signature,
    }
    return Client().post(f"/webhooks/shopify/{endpoint.public_key}/", body, "application/json", headers=headers)


def cafe24_call(
    endpoint: WebhookEndpoint, payload: dict, *, secret: str = SECRET, delivery: str | None = None
) -> HttpResponse:
    """Call as Cafe24 does, and return the answer."""
    headers = {"X-API-Key": secret} | ({"X-Trace-Id": delivery} if delivery else {})
    return Client().post(f"/webhooks/cafe24/{endpoint.public_key}/", payload, "application/json", headers=headers)


def handled() -> list[tuple[str, str]]:
    """Take in what is due, and return the topic and the state of every delivery."""
    deliveries.handle_due()
    return list(WebhookDelivery.objects.order_by("pk").values_list("topic", "state"))


def shopify_order(**given: object) -> dict:
    """An order of one line for 20,000 won and 3,000 won of shipping, paid by a customer."""
    defaults = {
        "id": 820982911946154508,
        "name": "#1001",
        "currency": "KRW",
        "created_at": "2026-11-20T10:00:00+09:00",
        "processed_at": "2026-11-20T10:00:00+09:00",
        "updated_at": "2026-11-20T10:00:05+09:00",
        "cancelled_at": None,
        "financial_status": "paid",
        "fulfillment_status": None,
        "source_name": "web",
        "total_line_items_price": "20000.00",
        "total_discounts": "0.00",
        "total_price": "23000.00",
        "shipping_lines": [{"price": "3000.00"}],
        "customer": {
            "id": 115310627314723954,
            "email": "gildong@example.com",
            "first_name": "길동",
            "last_name": "홍",
            "phone": "+821012345678",
            "created_at": "2026-01-02T10:00:00+09:00",
            "updated_at": "2026-11-20T10:00:05+09:00",
        },
        "line_items": [
            {"id": 1, "title": "한라봉 3kg", "name": "한라봉 3kg", "sku": "P-7", "quantity": 2, "price": "10000.00"}
        ],
        "refunds": [],
        "fulfillments": [],
    }
    return defaults | given


def cafe24_order(event_no: int = 90023, **given: object) -> dict:
    """An order in the shape of Cafe24's sample: amounts as texts, letters for states, dates of zeros."""
    resource = {
        "mall_id": "bestshop",
        "event_shop_no": "1",
        "order_id": "20261120-0029236",
        "currency": "KRW",
        "order_date": "2026-11-20T15:28:14+09:00",
        "order_place_name": "모바일웹",
        "member_id": "gdhong",
        "buyer_name": "홍길동",
        "buyer_email": "gildong@example.com",
        "buyer_cellphone": "010-2424-2424",
        "first_order": None,
        "paid": "T",
        "payment_date": "2026-11-20T15:30:07+09:00",
        "order_price_amount": "24680.00",
        "membership_discount_amount": "0.00",
        "actual_payment_amount": "27580",
        "mileage_spent_amount": "100.00",
        "shipping_fee": "3000.00",
        "shipping_status": "F",
        "wished_delivery_date": "0000-00-00",
        "order_place_id": "NCHECKOUT",
        "ordering_product_code": "P00000BO,P00000DQ",
        "ordering_product_name": "상품1,상품2",
    }
    return {"event_no": event_no, "resource": resource | given}
