"""Whom a slice of messages is for: what their envelopes and the fields of content need, in one statement.

Rows, not instances of models: making those costs more than asking for them. Moments come as seconds since 1970, for
most content names none, and a datetime takes longer to make than the rest of a row.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db.models import BooleanField, Case, FloatField, Func, QuerySet, Value, When
from django.db.models.expressions import RawSQL

from campaigns import template_fields
from campaigns.pipeline.gate import Gate
from campaigns.pipeline.gate.permission import joined, may_at_night
from crm_project.prepared_statements import Call, array, remembered, together
from customers.models import Customer

THESE = "SELECT unnest($1)"


MOMENTS = ("joined_at", "stats__last_order_at")


class Store(NamedTuple):
    """A customer's home store."""

    name: str


class Stats(NamedTuple):
    """What a customer's orders add up to; without any, as it stands here."""

    order_count: int = 0
    paid_total: int = 0
    last_order_second: float | None = None

    @property
    def last_order_at(self) -> datetime | None:
        """Return when the last order was placed."""
        return None if self.last_order_second is None else datetime.fromtimestamp(self.last_order_second, UTC)


NEVER_BOUGHT = Stats()


class Person(NamedTuple):
    """A customer as the fields of content read one, with where a channel reaches them."""

    pk: int
    address: str
    may_at_night: bool
    external_id: str
    name: str
    locale: str
    joined_second: float
    attributes: dict[str, Any]
    home_store: Store | None
    stats: Stats

    @property
    def joined_at(self) -> datetime:
        """Return when they joined."""
        return datetime.fromtimestamp(self.joined_second, UTC)


class People:
    """The customers of one campaign over one account. `with_nights`: tell also who may be written to at night."""

    def __init__(self, gate: Gate, *, with_nights: bool) -> None:
        customers = Customer.objects.filter(pk__in=RawSQL(THESE, []))  # noqa: S611  # ours
        sql, parameters = _asked(customers, gate, with_nights=with_nights).query.sql_with_params()
        self._statement = remembered(sql, "bigint[]", parameters)

    def asking(self, customer_ids: Sequence[int]) -> Call:
        """Return what asks for these customers; `found_in` reads the answer."""
        return Call(self._statement, [array(customer_ids)])

    def found_in(self, rows: Iterable[tuple]) -> dict[int, Person]:
        """Return the customers by number, as answered."""
        return {row[0]: _person(*row) for row in rows}

    def found(self, customer_ids: Sequence[int]) -> dict[int, Person]:
        """Return these customers by number, as they stand now."""
        return self.found_in(together(self.asking(customer_ids))[0])


def _asked(customers: QuerySet[Customer], gate: Gate, *, with_nights: bool) -> QuerySet[Customer, Any]:
    awake: Value | Case = Value(False)
    if with_nights:
        customers = joined(customers, gate)
        awake = Case(When(may_at_night(), then=Value(True)), default=Value(False), output_field=BooleanField())
    told = customers.order_by().annotate(address=gate.channel.address(), may_at_night=awake)
    columns: list[str | Func] = [_seconds(name) if name in MOMENTS else name for name in template_fields.COLUMNS]
    return told.values_list("pk", "address", "may_at_night", *columns)


def _seconds(moment: str) -> Func:
    return Func(moment, template="extract(epoch FROM %(expressions)s)::float8", output_field=FloatField())


def _person(
    pk: int,
    address: str,
    awake: bool,
    number: str,
    name: str,
    locale: str,
    joined_second: float,
    attributes: str,
    store: str | None,
    order_count: int | None,
    paid_total: int | None,
    last_order_second: float | None,
) -> Person:
    """Lay out the columns of `template_fields.COLUMNS`; who has no row of statistics has bought nothing yet."""
    stats = NEVER_BOUGHT if order_count is None else Stats(order_count, paid_total or 0, last_order_second)
    home_store = None if store is None else Store(store)
    own = {} if attributes == "{}" else json.loads(attributes)
    return Person(pk, address, awake, number, name, locale, joined_second, own, home_store, stats)
