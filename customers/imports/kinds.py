"""The kinds of facts a file may hold: their columns, in words, and the function of `ingest` that stores them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers import ingest
from customers.imports.opt_outs import OPT_OUTS, Origin, ingest_opt_outs
from customers.ingest.consents import CONSENTS
from customers.ingest.customers import CUSTOMERS
from customers.ingest.events import EVENTS
from customers.ingest.order_records import ORDERS
from customers.ingest.products import PRODUCTS, STORES
from customers.ingest.result import IngestResult
from customers.ingest.schema import Schema
from customers.models import ImportRun


@dataclass(frozen=True)
class Kind:
    """A kind of facts. Records of one `key` belong together and are never stored apart."""

    name: str
    schema: Schema
    ingest: Callable[..., IngestResult]
    explanation: str | Promise
    icon: str
    # Whether what it stores says which file it came in and who brought that.
    names_origin: bool = False

    def store(self, records: Iterable[Mapping[str, object]], *, origin: Origin, **given: object) -> IngestResult:
        """Store the records; `given` is what every function of `ingest` takes."""
        named = {"origin": origin} if self.names_origin else {}
        return self.ingest(records, **named, **given)

    @property
    def label(self) -> str | Promise:
        """Return what operators call it."""
        return ImportRun.Kind(self.name).label

    @property
    def key(self) -> str:
        """Return the column that says what a record is about."""
        return self.schema.columns[0].name


KINDS = {
    kind.name: kind
    for kind in (
        Kind("customers", CUSTOMERS, ingest.ingest_customers, _("Who they are and what they agreed to"), "users"),
        Kind("products", PRODUCTS, ingest.ingest_products, _("What the shop sells"), "package"),
        Kind("stores", STORES, ingest.ingest_stores, _("Where the shop sells"), "store"),
        Kind("orders", ORDERS, ingest.ingest_orders, _("Who bought what, when and for how much"), "shopping-cart"),
        Kind("events", EVENTS, ingest.ingest_events, _("What they looked at, searched for and left in a cart"), "eye"),
        Kind(
            "opt_outs",
            OPT_OUTS,
            ingest_opt_outs,
            _("Who refused text messages by the free 080 number"),
            "phone",
            names_origin=True,
        ),
        Kind("consents", CONSENTS, ingest.ingest_consents, _("Single agreements and withdrawals"), "shield-check"),
    )
}
