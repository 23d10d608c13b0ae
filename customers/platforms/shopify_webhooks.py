"""What Shopify calls with: orders, customers, products, consents, and what its customers ask about their data (I-04).

A call is signed: base64 of the HMAC-SHA256 of its raw body. Its number and its time stand in headers that are not
signed, so order among calls is taken from `updated_at` in the body.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterable
from datetime import datetime

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from customers.errors import DeliveryRefused
from customers.models import SubjectRequest
from customers.models.consent import Channel, Purpose
from customers.platforms.payloads import Payload, inner, rows, text, whole
from customers.platforms.told import Call, Kind, Only, Part, PersonAsks, PlatformWebhooks, Record, Told, Version

WON = "KRW"
MARKETING_STATES = {"subscribed": "granted", "unsubscribed": "withdrawn", "redacted": "withdrawn"}
STATUSES = {"pending": "pending", "authorized": "pending", "voided": "cancelled", "refunded": "refunded"}


def is_genuine(call: Call, secret: str) -> bool:
    """Compare the signature of the raw body, in constant time."""
    made = base64.b64encode(hmac.new(secret.encode(), call.body, hashlib.sha256).digest())
    return hmac.compare_digest(made, call.headers.get("x-shopify-hmac-sha256", "").encode())


def delivery_id(call: Call) -> str:
    """Return Shopify's number of the call; without one, a hash of the body."""
    given = call.headers.get("x-shopify-webhook-id", "")
    return given[:100] or f"sha256:{hashlib.sha256(call.body).hexdigest()}"


def topic(call: Call, _payload: Payload) -> str:
    """Return the topic, such as orders/updated."""
    return call.headers.get("x-shopify-topic", "")[:100]


def read(topic: str, payload: Payload, _delivery: str, _arrived: datetime) -> Told:
    """Return what the call tells.

    Raises:
        DeliveryRefused: it cannot be understood.
    """
    reader = READERS.get(topic)
    return reader(payload) if reader else Told(is_known=False)


def _order(payload: Payload) -> Told:
    number = text(payload, "name") or text(payload, "id")
    if text(payload, "currency") not in ("", WON):
        raise DeliveryRefused(_("Only orders in won (KRW) can be taken in."))
    head: Record = {
        "order_id": number,
        "customer_id": text(inner(payload, "customer"), "id"),
        "placed_at": payload.get("processed_at") or payload.get("created_at"),
        "status": _status(payload),
        "channel": "store" if payload.get("source_name") == "pos" else "online",
        "items_amount": whole(payload, "total_line_items_price"),
        "discount": whole(payload, "total_discounts"),
        "shipping": sum(whole(line, "price") for line in rows(payload, "shipping_lines")),
        "paid": whole(payload, "total_price"),
        "refunded": _refunded(payload),
        "refunded_at": _taken_back_at(payload),
        "delivered_at": _delivered_at(payload),
    }
    lines = _lines(payload)
    version = Version(Kind.ORDER, number, _updated_at(payload))
    products = [{"sku": line["sku"], "name": name} for line, name in lines]
    parts = [
        *_customer_parts(inner(payload, "customer")),
        Part("products", _once(products), only=Only.UNKNOWN),
        Part("orders", [head | line for line, _name in lines] or [head], version),
    ]
    return Told(parts)


def _status(payload: Payload) -> str:
    paid = text(payload, "financial_status")
    if payload.get("cancelled_at"):
        return "cancelled"
    if paid in STATUSES:
        return STATUSES[paid]
    parcels = rows(payload, "fulfillments")
    if parcels and all(parcel.get("shipment_status") == "delivered" for parcel in parcels):
        return "delivered"
    return "shipped" if payload.get("fulfillment_status") == "fulfilled" else "paid"


def _delivered_at(payload: Payload) -> str:
    """Return when the last parcel was told to have arrived; empty while one is on its way."""
    if _status(payload) != "delivered":
        return ""
    return max((text(parcel, "updated_at") for parcel in rows(payload, "fulfillments")), default="")


def _refunded(payload: Payload) -> int:
    return sum(
        whole(transaction, "amount")
        for refund in rows(payload, "refunds")
        for transaction in rows(refund, "transactions")
        if transaction.get("kind") == "refund" and transaction.get("status") == "success"
    )


def _taken_back_at(payload: Payload) -> str:
    """Return when the order was cancelled, or else money was last paid back; a shop's times are all of one zone."""
    refunds = (text(refund, "created_at") for refund in rows(payload, "refunds"))
    return text(payload, "cancelled_at") or max(refunds, default="")


def _lines(payload: Payload) -> list[tuple[Record, str]]:
    """Return the lines with the names of their products, less what was given back; a line given back whole is none.

    Where all were given back, all are there, of nothing: an order told without lines would keep those it had.
    """
    returned = _returned(payload)
    kept, emptied = [], []
    for position, line in enumerate(rows(payload, "line_items"), start=1):
        back_quantity, back_amount = returned.get(line.get("id"), (0, 0))
        quantity = whole(line, "quantity") - back_quantity
        reduced = sum(whole(discount, "amount") for discount in rows(line, "discount_allocations"))
        amount = whole(line, "price") * whole(line, "quantity") - reduced - back_amount
        name = text(line, "title") or text(line, "name")
        sku = (text(line, "sku") or text(line, "name"))[:100]
        said: Record = {"sku": sku, "quantity": quantity, "line_amount": amount, "position": position}
        if sku and quantity > 0:
            kept.append((said, name[:300] or sku))
        elif sku:
            emptied.append((said | {"quantity": 0, "line_amount": 0}, name[:300] or sku))
    return kept or emptied


def _returned(payload: Payload) -> dict[object, tuple[int, int]]:
    returned: dict[object, tuple[int, int]] = {}
    for refund in rows(payload, "refunds"):
        for line in rows(refund, "refund_line_items"):
            quantity, amount = returned.get(line.get("line_item_id"), (0, 0))
            more = whole(line, "quantity"), whole(line, "subtotal")
            returned[line.get("line_item_id")] = quantity + more[0], amount + more[1]
    return returned


def _customer(payload: Payload) -> Told:
    return Told(_customer_parts(payload))


def _customer_parts(payload: Payload) -> list[Part]:
    """Return the customer and what they said about advertising; nothing for a guest."""
    number = text(payload, "id")
    if not number:
        return []
    first, last = text(payload, "first_name"), text(payload, "last_name")
    is_korean = all("가" <= letter <= "힣" for letter in first + last)
    record: Record = {"customer_id": number, "name": last + first if is_korean else f"{first} {last}".strip()}
    for column, theirs in (("email", "email"), ("phone", "phone"), ("joined_at", "created_at")):
        if payload.get(theirs):
            record[column] = payload[theirs]
    if "tags" in payload:
        record["attr.tags"] = payload["tags"]
    changed = payload.get("updated_at")
    version = Version(Kind.CUSTOMER, number, _updated_at(payload)) if changed else None
    parts = [Part("customers", [record], version, only=Only.ALL if changed else Only.UNKNOWN)]
    consents = [*_consents(number, payload, Channel.EMAIL), *_consents(number, payload, Channel.SMS)]
    return parts + ([Part("consents", consents)] if consents else [])


def _consents(number: str, payload: Payload, channel: str) -> list[Record]:
    """Return what the customer said about a channel, where Shopify knows when they said it (I-08)."""
    said = inner(payload, f"{channel}_marketing_consent")
    action, when = MARKETING_STATES.get(text(said, "state")), said.get("consent_updated_at")
    if not action or not when:
        return []
    terms = {"customer_id": number, "purpose": Purpose.AD_RECEIVE.value, "channel": channel, "action": action}
    return [terms | {"occurred_at": when, "evidence.opt_in_level": text(said, "opt_in_level")}]


def _consent(payload: Payload) -> Told:
    number = text(payload, "customer_id")
    consents = [*_consents(number, payload, Channel.EMAIL), *_consents(number, payload, Channel.SMS)]
    if consents:
        return Told([Part("consents", consents)])
    return Told(notes=[_("A consent without the time it was given is not recorded.")])


def _product(payload: Payload) -> Told:
    title, number = text(payload, "title"), text(payload, "id")
    common: Record = {
        "category": text(payload, "product_type"),
        "brand": text(payload, "vendor"),
        "active": payload.get("status", "active") == "active",
        "image_url": text(inner(payload, "image"), "src"),
    }
    records = []
    for variant in rows(payload, "variants"):
        of_variant = text(variant, "title")
        name = title if of_variant in ("", "Default Title") else f"{title} - {of_variant}"
        record = {"sku": (text(variant, "sku") or name)[:100], "name": name, "price": whole(variant, "price")}
        if variant.get("inventory_management"):
            record["stock"] = variant.get("inventory_quantity")
        records.append(common | record)
    return Told([Part("products", _once(records), Version(Kind.PRODUCT, number, _updated_at(payload)))])


def _asks(kind: str) -> Callable[[Payload], Told]:
    """Return the reader of a call by which a customer asks for something about their data."""

    def read_ask(payload: Payload) -> Told:
        return Told(asks=[PersonAsks(kind, text(inner(payload, "customer"), "id") or text(payload, "id"))])

    return read_ask


def _of_the_order(payload: Payload) -> Told:
    return Told(notes=[_("The order's own update, which Shopify sends as well, says what changed.")])


def _only_number(payload: Payload) -> Told:
    return Told(to_fetch=[text(inner(payload, "order_edit"), "order_id") or text(payload, "id")])


def _whole_shop(_payload: Payload) -> Told:
    return Told(
        to_fetch=["shop"], notes=[_("Shopify asks that all data of this shop be deleted. Talk to its owner first.")]
    )


ORDER_CHANGES = ("create", "updated", "paid", "cancelled", "fulfilled", "partially_fulfilled")
READERS: dict[str, Callable[[Payload], Told]] = {f"orders/{change}": _order for change in ORDER_CHANGES} | {
    "orders/edited": _only_number,
    "orders/delete": _only_number,
    "refunds/create": _of_the_order,
    "customers/create": _customer,
    "customers/update": _customer,
    "customers/enable": _customer,
    "customers/disable": _customer,
    "customers/delete": _asks(SubjectRequest.Kind.ERASE),
    "customers/redact": _asks(SubjectRequest.Kind.ERASE),
    "customers/data_request": _asks(SubjectRequest.Kind.ACCESS),
    "customers_email_marketing_consent/update": _consent,
    "customers_marketing_consent/update": _consent,
    "products/create": _product,
    "products/update": _product,
    "products/delete": _only_number,
    "shop/redact": _whole_shop,
}


def _updated_at(payload: Payload) -> datetime:
    try:
        when = parse_datetime(text(payload, "updated_at"))
    except ValueError:
        when = None
    if when is None or when.tzinfo is None:
        raise DeliveryRefused(_("The call does not say when the record changed (updated_at)."))
    return when


def _once(products: Iterable[Record]) -> list[Record]:
    return list({product["sku"]: product for product in products}.values())


SHOPIFY = PlatformWebhooks("shopify", is_genuine, delivery_id, topic, read)
