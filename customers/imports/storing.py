"""One batch of things stored, with the buyers and products they name, in the caller's transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Model
from django.utils.translation import gettext as _

from customers import ingest
from customers.imports import undated
from customers.imports.kinds import KINDS
from customers.imports.opt_outs import Origin
from customers.imports.undated import UndatedPolicy
from customers.ingest.result import IngestResult
from customers.models import Customer, Product
from customers.platforms.contact_identities import readable_email
from customers.platforms.exports import Export, Found, Record


@dataclass
class Counts:
    """What a batch came to. `buyers` and `products` were named by orders and not known before."""

    result: IngestResult
    buyers: int = 0
    products: int = 0
    left_out: int = 0  # consents without a date that nobody wanted
    granted: int = 0  # such consents that were recorded
    withdrawn: int = 0
    refused_lines: set[int] = field(default_factory=set)


def sentences_of(counts: Mapping[str, int]) -> list[str]:
    """Return what there is to say of a batch besides the counts of its result."""
    said = {
        "buyers": _("%(count)s buyers of these orders were not known and come in with them."),
        "products": _("%(count)s products of these orders were not known and come in with them."),
        "left_out": _("%(count)s consents without a date are left out."),
        "granted": _("%(count)s consents come in without a date; they are to be confirmed within 30 days."),
        "withdrawn": _("%(count)s consents that we held are withdrawn, as the file says no."),
    }
    return [sentence % {"count": f"{counts[name]:,}"} for name, sentence in said.items() if counts.get(name)]


def store(
    things: Sequence[Found],
    *,
    kind: str,
    source: str,
    origin: Origin,
    export: Export | None,
    policy: UndatedPolicy,
    counts: Counts,
) -> None:
    """Store the things of a kind; what is refused is counted in `counts.result`."""
    customers = _once([each for thing in things for each in thing.customers], key="customer_id")
    records = [each for thing in things for each in thing.records]
    if export and export.is_known_by_email:
        _use_known_numbers(customers, records, kind=kind, source=source)
    is_marketplace = export is not None and export.is_marketplace
    if customers:
        unknown = _unknown(Customer, "external_id", "customer_id", customers, source=source)
        counts.buyers += ingest.ingest_customers(unknown, source=source, marketplace=is_marketplace).new
    products = _once([each for thing in things for each in thing.products], key="sku")
    if products:
        unknown = _unknown(Product, "sku", "sku", products, source=source)
        counts.products += ingest.ingest_products(unknown, source=source).new
    if kind == "customers":
        records, said = undated.take(records)
        _ingest(kind, records, source=source, origin=origin, counts=counts)
        undated.record(said, source=source, policy=policy, counts=counts)
    else:
        _ingest(kind, records, source=source, origin=origin, counts=counts)


def _ingest(kind: str, records: Iterable[Mapping[str, object]], *, source: str, origin: Origin, counts: Counts) -> None:
    result, before = counts.result, counts.result.on_refusal

    def note(refusal: ingest.Refusal) -> None:
        counts.refused_lines.add(refusal.line)
        if before:
            before(refusal)

    result.on_refusal = note
    try:
        KINDS[kind].store(records, origin=origin, source=source, result=result)
    finally:
        result.on_refusal = before


def _once(records: Sequence[Record], *, key: str) -> list[Record]:
    """Return the records of each key once: its last."""
    return list({str(record[key]): record for record in records}.values())


def _unknown(model: type[Model], column: str, key: str, records: Sequence[Record], *, source: str) -> list[Record]:
    """Return the records whose key the table does not have. What it has is better known than by an order's rows."""
    # What no column can hold is left for ingest to refuse by its line.
    keys = [number for record in records if _is_storable(number := str(record[key]))]
    known = set(model._default_manager.filter(source=source, **{f"{column}__in": keys}).values_list(column, flat=True))
    return [record for record in records if str(record[key]) not in known]


def _is_storable(text: str) -> bool:
    """Tell whether a database could hold the text: no half characters, no NUL."""
    return not any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in text)


def _use_known_numbers(customers: Sequence[Record], records: Sequence[Record], *, kind: str, source: str) -> None:
    """Give people the number that the source's customer with the same e-mail has already."""
    people = records if kind == "customers" else customers
    emails = {number: readable_email(person.get("email")) for person in people if (number := person["customer_id"])}
    rows = Customer.objects.filter(source=source, erased_at=None, email__in=set(emails.values()) - {""})
    known = dict(rows.order_by("-pk").values_list("email", "external_id"))
    numbers = {number: known[email] for number, email in emails.items() if email in known}
    for record in (*customers, *records):
        number = record.get("customer_id")
        record["customer_id"] = numbers.get(number, number)
