"""What a record of each kind holds, for the API's description of itself: `ingest`'s columns, each with a note.

A column without a note fails a test: whoever adds one says what it is.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crm_project.api_schema import Records, describe
from customers.ingest.schema import Column, Schema
from customers.models import ConsentEntry, Device, Event, Order
from customers.models.consent import Channel, Purpose

TYPES: dict[str, dict[str, object]] = {
    "text": {"type": "string"},
    "bigint": {"type": "integer", "format": "int64"},
    "int": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "timestamptz": {"type": "string", "format": "date-time"},
    "float8": {"type": "number"},
}
CHOICES: dict[tuple[str, str], list[str]] = {
    ("orders", "status"): Order.Status.values,
    ("orders", "channel"): Order.SalesChannel.values,
    ("events", "kind"): Event.Kind.values,
    ("devices", "platform"): Device.Platform.values,
    ("consents", "purpose"): Purpose.values,
    ("consents", "channel"): Channel.values,
    ("consents", "action"): ConsentEntry.Action.values,
    ("customers", "gender"): ["f", "m"],
}
WHO = _("The customer's number at the sender")
WON = _("won")
REFERRAL = {
    "referral_code": _("The code of the link that brought a new customer; the first one told counts"),
    "referral_device": _("The browser or telephone they came with; only a keyed hash is kept"),
    "referral_address": _("The address they order to; only a keyed hash is kept"),
}
NOTES: dict[str, dict[str, str | Promise]] = {
    "customers": {
        "customer_id": WHO,
        "name": _("Name"),
        "email": _("E-mail; stored in lower case"),
        "phone": _("Phone; stored as +821012345678"),
        "birthday": _("Day of birth"),
        "gender": _("f or m"),
        "locale": _("Language; new customers: ko"),
        "joined_at": _("When the customer joined; new customers: now"),
        "store_id": _("Number of the home store"),
        "acquisition_source": _("Where the customer came from"),
        "region": _("Region or address; no more than the city or district is kept"),
    },
    "stores": {
        "store_id": _("The store's number at the sender"),
        "name": _("Name"),
        "online": _("Whether it is an online shop"),
        "region": _("Region; where it is missing, that of the address"),
        "address": _("Address"),
        "phone": _("Phone"),
        "latitude": _("Latitude in degrees"),
        "longitude": _("Longitude in degrees"),
    },
    "products": {
        "sku": _("Stock keeping unit"),
        "name": _("Name"),
        "category": _("Category"),
        "brand": _("Brand"),
        "price": WON,
        "url": _("Page of the product"),
        "image_url": _("Picture"),
        "active": _("Whether it is on sale"),
        "stock": _("How many there are; empty: not counted"),
    },
    "orders": {
        "order_id": _("The order's number at the sender"),
        "customer_id": _("The customer's number; empty for a guest"),
        "placed_at": _("When it was ordered"),
        "status": _("Paid, shipped and delivered orders count as purchases; new orders: paid"),
        "channel": _("Where it was ordered; new orders: online"),
        "store_id": _("Number of the store"),
        "items_amount": _("won, all products before discount"),
        "discount": WON,
        "points_used": _("points"),
        "shipping": WON,
        "paid": _("won, shipping included"),
        "refunded": _("won paid back so far, in all; never more than was paid"),
        "refunded_at": _("When money was last paid back, or the order cancelled; otherwise when it is told"),
        "delivered_at": _("When it reached the customer; otherwise when an order under way is told to be delivered"),
        "sku": _("The line's product"),
        "quantity": _("The line's quantity; otherwise 1"),
        "line_amount": _("won, for the whole line"),
        "position": _("The line's place; tells two equal lines apart"),
    },
    "events": {
        "event_id": _("The event's number at the sender: the same one counts once"),
        "kind": _("What was done"),
        "customer_id": _("The customer's number; this or visitor_id"),
        "visitor_id": _("The browser or the app; this or customer_id"),
        "occurred_at": _("When it happened"),
        "sku": _("The product concerned"),
    },
    "devices": {
        "address": _("The token of the app, or the browser's push subscription as toJSON() gives it"),
        "platform": _("What it is"),
        "os_permission": _("Whether the telephone or browser lets it show notifications"),
        "customer_id": _("Who is logged in; empty: nobody"),
        "refuses_advertising": _("Whether advertising was refused on the device itself"),
        "app_version": _("Version of the app"),
        "seen_at": _("When this was so; otherwise now"),
    },
    "consents": {
        "customer_id": WHO,
        "purpose": _("What is allowed"),
        "channel": _("Over which channel; empty for marketing use"),
        "action": _("What the customer said"),
        "occurred_at": _("When the customer said it, not when it is sent"),
        "wording_version": _("The version of the text the customer agreed to"),
    },
}
for _kind in ("customers", "orders"):
    NOTES[_kind] |= REFERRAL
OWN_FIELDS = {
    "attr.": _("`attr.NAME` are fields of the shop's own; `consent.CHANNEL` with `consent.CHANNEL.at` a consent."),
    "prop.": _("`prop.NAME` are fields of the sender's own."),
    "evidence.": _("`evidence.NAME` is kept as proof of what was said."),
}
EXAMPLES: dict[str, list[dict[str, object]]] = {
    "stores": [{"store_id": "S-1", "name": "성수점", "address": "서울특별시 성동구 성수이로 1"}],
    "products": [{"sku": "P-7", "name": "한라봉 3kg", "category": "과일", "price": 24_000}],
    "customers": [
        {
            "customer_id": "A-1024",
            "name": "홍길동",
            "email": "gildong@example.com",
            "phone": "010-1234-5678",
            "joined_at": "2025-03-02",
            "attr.size": "M",
            "consent.email": "yes",
            "consent.email.at": "2025-03-02T10:00:00+09:00",
        }
    ],
    "orders": [
        {
            "order_id": "O-1",
            "customer_id": "A-1024",
            "placed_at": "2026-11-20T18:30:00+09:00",
            "status": "paid",
            "items_amount": 48_000,
            "shipping": 3_000,
            "paid": 51_000,
            "sku": "P-7",
            "quantity": 2,
            "line_amount": 48_000,
        }
    ],
    "events": [
        {
            "event_id": "e-1",
            "kind": "cart_add",
            "customer_id": "A-1024",
            "occurred_at": "2026-11-21T09:00:00+09:00",
            "sku": "P-7",
        }
    ],
    "devices": [
        {
            "address": "dGhpcyBpcyBhIHRva2Vu:APA91bH…",
            "platform": "android",
            "os_permission": True,
            "customer_id": "A-1024",
            "app_version": "3.4.1",
            "seen_at": "2026-11-21T09:00:00+09:00",
        }
    ],
    "consents": [
        {
            "customer_id": "A-1024",
            "purpose": "ad_receive",
            "channel": "email",
            "action": "withdrawn",
            "occurred_at": "2026-11-21T10:00:00+09:00",
        }
    ],
}


def describe_records(schema: Schema) -> Records:
    """Return what a record of this kind holds, in the reader's language."""
    described = {
        "type": "object",
        "properties": {column.name: _describe(schema.kind, column) for column in schema.columns},
        "required": [column.name for column in schema.columns if column.required],
    }
    if schema.prefix:
        described |= describe(OWN_FIELDS[schema.prefix], additionalProperties={})
    return Records(described, EXAMPLES[schema.kind])


def _describe(kind: str, column: Column) -> dict[str, object]:
    choices = CHOICES.get((kind, column.name))
    more = {"enum": choices} if choices else {}
    return describe(NOTES[kind].get(column.name, ""), **TYPES[column.sql_type], **more)
