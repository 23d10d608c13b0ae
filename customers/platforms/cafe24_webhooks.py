"""What Cafe24 calls with: orders, members, carts, and members who leave (I-01, I-02).

A call proves itself by a key in a header and is not signed. It carries no time of its own and none of the amounts of
a refund: what an order's dates and stage say decides which of two calls is newer, and what a call leaves out is noted
as to be fetched.
"""

import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from customers.errors import DeliveryRefused
from customers.models import SubjectRequest
from customers.models.consent import Channel
from customers.platforms.payloads import Payload, inner, text, whole
from customers.platforms.told import Call, Kind, Only, Part, PersonAsks, PlatformWebhooks, Record, Told, Version

WON = "KRW"
YES, NO, UNDER_14 = "T", "F", "J"
# Calls whose number stands where the shop's should, or nowhere.
CHANGED_MEMBER = "90080"
DATES = ("order_date", "payment_date", "cancel_date", "return_confirmed_date")
STATUSES = {"M": "shipped", "T": "delivered"}
# How far an order has come, where its dates do not tell.
STAGES = ("pending", "paid", "shipped", "delivered", "cancelled")
LENGTH_OF_PRODUCT_CODE = 8


def is_genuine(call: Call, secret: str) -> bool:
    """Compare the key of the header, in constant time."""
    return hmac.compare_digest(secret.encode(), call.headers.get("x-api-key", "").encode())


def delivery_id(call: Call) -> str:
    """Return the number of the call; Cafe24 gives none to some, and the same body is then the same call."""
    given = call.headers.get("x-trace-id", "")
    return given[:100] or f"sha256:{hashlib.sha256(call.body).hexdigest()}"


def topic(_call: Call, payload: Payload) -> str:
    """Return the number of the event, wherever it stands."""
    if text(payload, "event_no"):
        return text(payload, "event_no")[:100]
    if "diff_key" in payload:
        return CHANGED_MEMBER
    misplaced = text(payload, "event_shop_no")
    return misplaced if len(misplaced) == 5 else ""


def read(topic: str, payload: Payload, delivery: str, arrived: datetime) -> Told:
    """Return what the call tells.

    Raises:
        DeliveryRefused: it cannot be understood.
    """
    reader = READERS.get(topic)
    return reader(inner(payload, "resource") or payload, delivery, arrived) if reader else Told(is_known=False)


def _order(payload: Payload, _delivery: str, _arrived: datetime) -> Told:
    number, member = text(payload, "order_id"), text(payload, "member_id")
    if text(payload, "currency") not in ("", WON):
        raise DeliveryRefused(_("Only orders in won (KRW) can be taken in."))
    status = _status(payload)
    record: Record = {
        "order_id": number,
        "customer_id": member,
        "placed_at": text(payload, "order_date"),
        "status": status,
        "channel": "store" if text(payload, "store_pickup") == YES else "online",
        "items_amount": whole(payload, "order_price_amount"),
        "discount": whole(payload, "membership_discount_amount"),
        "points_used": whole(payload, "mileage_spent_amount"),
        "shipping": whole(payload, "shipping_fee"),
        "paid": whole(payload, "actual_payment_amount"),
    }
    version = Version(Kind.ORDER, number, max(_dates(payload)), STAGES.index(status))
    # Who ordered is known by number alone: the buyer's contacts were given to deliver this order.
    buyer = [Part("customers", [{"customer_id": member}], only=Only.UNKNOWN)] if member else []
    return Told([*buyer, Part("orders", [record], version)])


def _status(payload: Payload) -> str:
    if _date(payload, "cancel_date"):
        return "cancelled"
    if text(payload, "paid") == NO:
        return "pending"
    return STATUSES.get(text(payload, "shipping_status"), "paid")


def _changed_back(payload: Payload, delivery: str, arrived: datetime) -> Told:
    """Read a cancellation, return, exchange or refund: the state is here, its amounts are not."""
    told = _order(payload, delivery, arrived)
    told.to_fetch.append(text(payload, "order_id"))
    told.notes.append(_("Cafe24 does not say how much was paid back. Import the order or send it over the API."))
    return told


def _joined(payload: Payload, _delivery: str, _arrived: datetime) -> Told:
    number = text(payload, "member_id")
    record: Record = {
        "customer_id": number,
        "name": text(payload, "name"),
        "email": text(payload, "email"),
        "phone": text(payload, "cellphone") or text(payload, "phone"),
        "gender": text(payload, "gender"),
        "joined_at": text(payload, "created_date"),
        "attr.nickname": text(payload, "nick_name"),
        "attr.member_type": text(payload, "member_type"),
        "attr.app_user": text(payload, "use_mobile_app"),
    }
    if text(payload, "birthday").strip("0-"):
        record["birthday"] = text(payload, "birthday")
    if text(payload, "member_authentication") == UNDER_14:
        record["attr.under_14"] = "Y"
    told = Told([Part("customers", [record], Version(Kind.CUSTOMER, number, max(_dates(payload, "created_date"))))])
    for field, channel in (("sms", Channel.SMS), ("news_mail", Channel.EMAIL)):
        if text(payload, field) == NO:
            told.not_allowed.append((number, channel.value))
        elif text(payload, field) == YES:
            told.notes.append(_("A consent without the time it was given is not recorded."))
    return told


def _into_cart(payload: Payload, delivery: str, arrived: datetime) -> Told:
    """Read what was put into a cart. The call names a variant; its first characters are the product's code."""
    record: Record = {
        "event_id": f"cafe24:{delivery}"[:100],
        "kind": "cart_add",
        "customer_id": text(payload, "member_id"),
        "occurred_at": arrived.isoformat(),
        "sku": text(payload, "variant_code")[:LENGTH_OF_PRODUCT_CODE],
        "prop.variant": text(payload, "variant_code"),
        "prop.product_no": text(payload, "product_no"),
        "prop.quantity": whole(payload, "quantity"),
    }
    return Told([_member_part(payload), Part("events", [record])])


def _signed_in(payload: Payload, delivery: str, arrived: datetime) -> Told:
    record: Record = {
        "event_id": f"cafe24:{delivery}"[:100],
        "kind": "custom",
        "customer_id": text(payload, "member_id"),
        "occurred_at": arrived.isoformat(),
        "prop.name": "signed_in",
        "prop.from": text(payload, "inflow_name"),
    }
    return Told([_member_part(payload), Part("events", [record])])


def _member_part(payload: Payload) -> Part:
    return Part("customers", [{"customer_id": text(payload, "member_id")}], only=Only.UNKNOWN)


def _rests(is_resting: bool) -> Callable[[Payload, str, datetime], Told]:
    """Return the reader of members whose account was put to rest, or woken."""

    def read_members(payload: Payload, _delivery: str, _arrived: datetime) -> Told:
        word = "Y" if is_resting else ""
        records: list[Record] = [{"customer_id": number, "attr.resting": word} for number in _numbers(payload)]
        return Told([Part("customers", records, only=Only.KNOWN)])

    return read_members


def _left(payload: Payload, _delivery: str, _arrived: datetime) -> Told:
    return Told(asks=[PersonAsks(SubjectRequest.Kind.ERASE, number) for number in _numbers(payload)])


def _only_numbers(payload: Payload, _delivery: str, _arrived: datetime) -> Told:
    return Told(to_fetch=_numbers(payload))


def _nothing_kept(_payload: Payload, _delivery: str, _arrived: datetime) -> Told:
    return Told(notes=[_("This says nothing that is kept here.")])


READERS: dict[str, Callable[[Payload, str, datetime], Told]] = (
    dict.fromkeys(("90023", "90024", "90025", "90031"), _order)
    | dict.fromkeys(("90026", "90027", "90028", "90029"), _changed_back)
    | dict.fromkeys(("90071", "90072", "90073", "90074", "90070", CHANGED_MEMBER), _only_numbers)
    | dict.fromkeys(("90064", "90066", "90068", "90069", "90162", "90063", "90144", "90148"), _nothing_kept)
    | {
        "90032": _joined,
        "90084": _into_cart,
        "90143": _signed_in,
        "90145": _rests(True),
        "90146": _rests(False),
        "90147": _left,
    }
)


def _numbers(payload: Payload) -> list[str]:
    """Return the numbers of orders or members: comma-joined, sometimes with spaces."""
    joined = text(payload, "order_id") or text(payload, "member_id")
    return [number.strip() for number in joined.split(",") if number.strip()]


def _dates(payload: Payload, *names: str) -> list[datetime]:
    """Return the dates the call has.

    Raises:
        DeliveryRefused: it has none.
    """
    dates = [date for name in names or DATES if (date := _date(payload, name))]
    if not dates:
        raise DeliveryRefused(_("The call has no date."))
    return dates


def _date(payload: Payload, name: str) -> datetime | None:
    """Return a time; None for what is empty or "0000-00-00"."""
    try:
        when = parse_datetime(text(payload, name))
    except ValueError:
        return None
    return timezone.make_aware(when) if when and when.tzinfo is None else when


CAFE24 = PlatformWebhooks("cafe24", is_genuine, delivery_id, topic, read)
