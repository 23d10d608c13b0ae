"""What a platform told becomes facts: each part through `ingest`, all of them or none."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from django.utils.translation import gettext as _

from customers import consent, ingest
from customers.consent import ConsentExpression
from customers.errors import DeliveryRefused
from customers.ingest.result import IngestResult
from customers.models import ConsentEntry, ConsentState, Customer, Order, Product, SubjectRequest
from customers.personal_data import everyone_behind
from customers.platforms.told import Only, Part, PersonAsks, Record, Told
from customers.platforms.versions import is_newest
from customers.privacy import contact_hashes, subject_requests

BY_API = ConsentEntry.Method.API
INGEST: dict[str, Callable[..., IngestResult]] = {
    "customers": partial(ingest.ingest_customers, method=BY_API),
    "products": ingest.ingest_products,
    "orders": ingest.ingest_orders,
    "events": ingest.ingest_events,
    "consents": partial(ingest.ingest_consents, method=BY_API),
}
ERASED = "erased"


@dataclass
class TakenIn:
    """What came of a call."""

    changed: int = 0
    # Whether the call's own record, which comes after those it merely names, was older than what is stored.
    is_outdated: bool = False
    # Whether it names somebody whose data was erased: then nothing of its body is kept.
    names_erased: bool = False
    references: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def take_in(told: Told, *, source: str, delivery: str, arrived: datetime) -> TakenIn:
    """Store all that a call told. Runs in the caller's transaction.

    Raises:
        DeliveryRefused: a record of it was refused; the caller rolls the others back.
    """
    taken = TakenIn(references=list(told.to_fetch), notes=list(dict.fromkeys(told.notes)))
    erased = contact_hashes.erased_numbers(source, _people_named(told))
    if erased:
        taken.names_erased = True
        taken.notes.append(_("This names somebody whose data was erased. Only what became of their orders is kept."))
    for part in told.parts:
        if left := _without_erased(part, erased, source=source):
            _take_part(left, source=source, taken=taken)
    for ask in told.asks:
        _open_request(ask, source=source, delivery=delivery, arrived=arrived, taken=taken)
    withdraw_held(told.not_allowed, source=source, delivery=delivery, arrived=arrived)
    return taken


def _people_named(told: Told) -> set[str]:
    """Return the customer numbers that the call names."""
    records = (record for part in told.parts for record in part.records)
    numbers = {str(record.get("customer_id") or "") for record in records}
    return (numbers | {ask.customer_number for ask in told.asks}) - {""}


def _without_erased(part: Part, erased: set[str], *, source: str) -> Part | None:
    """Leave out what is said of erased people, but for orders that are here; None where nothing is left (P-06)."""
    if not any(str(record.get("customer_id")) in erased for record in part.records):
        return part
    numbers = [str(record.get("order_id")) for record in part.records]
    known = set(Order.objects.filter(source=source, external_id__in=numbers).values_list("external_id", flat=True))
    left = [
        record
        for record in part.records
        if str(record.get("customer_id")) not in erased or str(record.get("order_id")) in known
    ]
    return replace(part, records=left) if left else None


def _take_part(part: Part, *, source: str, taken: TakenIn) -> None:
    records = _wanted(part, source=source)
    if part.version:
        taken.is_outdated = not is_newest(part.version, source=source)
        if taken.is_outdated:
            return
        taken.references.append(part.version.number)
    if not records:
        return
    if part.kind == "events":
        records = [_without_unknown_product(record, source=source) for record in records]
    result = INGEST[part.kind](records, source=source)
    if result.refusals:
        raise _refused(part, result)
    taken.changed += result.new + result.changed


def _wanted(part: Part, *, source: str) -> list[Record]:
    """Return the records that are to be taken in, by whether we know what they are about."""
    if part.only is Only.ALL:
        return part.records
    key = "sku" if part.kind == "products" else "customer_id"
    numbers = [str(record[key]) for record in part.records]
    if part.kind == "products":
        known = set(Product.objects.filter(source=source, sku__in=numbers).values_list("sku", flat=True))
    else:
        mine = Customer.objects.filter(source=source, external_id__in=numbers)
        known = set(mine.values_list("external_id", flat=True))
    return [record for record in part.records if (str(record[key]) in known) is (part.only is Only.KNOWN)]


def _without_unknown_product(record: Record, *, source: str) -> Record:
    """Leave out a product that nobody told us of: the visit is a fact all the same."""
    if Product.objects.filter(source=source, sku=record.get("sku", "")).exists():
        return record
    return {name: value for name, value in record.items() if name != "sku"}


def _refused(part: Part, result: IngestResult) -> DeliveryRefused:
    first = result.refusals[0]
    message = _("%(kind)s, %(field)s: %(message)s") % {
        "kind": part.kind,
        "field": first.field,
        "message": first.message,
    }
    return DeliveryRefused(message, code=ERASED if first.code == ERASED else None)


def _open_request(ask: PersonAsks, *, source: str, delivery: str, arrived: datetime, taken: TakenIn) -> None:
    """Open the request, and stop advertising at once where the person wants to be forgotten (P-05)."""
    customer = Customer.objects.filter(source=source).known_as(ask.customer_number).first()
    subject_requests.open_request(
        ask.kind,
        customer=customer,
        origin=SubjectRequest.Origin.WEBHOOK,
        details=_("Customer number at the platform: %(number)s") % {"number": ask.customer_number},
        received_at=arrived,
        reference=_reference(ask, source=source, delivery=delivery),
    )
    taken.references.append(ask.customer_number)
    taken.notes.append(_("A request of the person was opened.") if customer else _("Nobody here has this number."))
    if customer and ask.kind == SubjectRequest.Kind.ERASE:
        held = ConsentState.objects.filter(customer__in=everyone_behind([customer.pk]), is_granted=True).exclude(
            channel=""
        )
        channels = [(ask.customer_number, channel) for channel in held.values_list("channel", flat=True).distinct()]
        withdraw_held(channels, source=source, delivery=delivery, arrived=arrived)


def _reference(ask: PersonAsks, *, source: str, delivery: str) -> str:
    """Name the asking once for all; the person's number as a hash, because this stays when they are erased."""
    number = contact_hashes.digest(contact_hashes.number_text(source, ask.customer_number)).hex()
    return f"{number[:32]} {delivery}"


def withdraw_held(channels: list[tuple[str, str]], *, source: str, delivery: str, arrived: datetime) -> int:
    """Withdraw the consents to advertising that these customers hold over these channels; return how many (L-05).

    Of somebody who was merged, those of every row of this person: a merge can be undone.
    """
    held = ConsentState.objects.filter(purpose="ad_receive", is_granted=True)
    withdrawn = [
        ConsentExpression(held_by, "ad_receive", "withdrawn", arrived, channel, evidence={"webhook": delivery})
        for number, channel in channels
        for held_by in held.filter(customer__in=_everyone_known_as(number, source=source), channel=channel).values_list(
            "customer_id", flat=True
        )
    ]
    return consent.record_many(withdrawn, method=BY_API).new if withdrawn else 0


def _everyone_known_as(number: str, *, source: str) -> list[int]:
    return everyone_behind(Customer.objects.filter(source=source).known_as(number).values_list("pk", flat=True))
