"""Whom a slice of messages is for: what their envelopes and the fields of content need, in one statement.

Rows, not instances of models: making those costs more than asking for them.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import BooleanField, Case, QuerySet, Value, When
from django.db.models.expressions import RawSQL

from campaigns import template_fields
from campaigns.pipeline.gate import Gate
from campaigns.pipeline.gate.permission import joined, may_at_night
from crm_project.prepared_statements import PreparedStatement, array
from customers.models import Customer

THESE = "SELECT unnest($1)"


class Store(NamedTuple):
    """A customer's home store."""

    name: str


class Stats(NamedTuple):
    """What a customer's orders add up to; without any, as it stands here."""

    order_count: int = 0
    paid_total: int = 0
    last_order_at: datetime | None = None


class Person(NamedTuple):
    """A customer as the fields of content read one, with where a channel reaches them."""

    pk: int
    address: str
    may_at_night: bool
    external_id: str
    name: str
    locale: str
    joined_at: datetime
    attributes: dict[str, Any]
    home_store: Store | None
    stats: Stats


class People:
    """The customers of one campaign over one account. `with_nights`: tell also who may be written to at night."""

    def __init__(self, gate: Gate, *, with_nights: bool) -> None:
        customers = Customer.objects.filter(pk__in=RawSQL(THESE, []))  # noqa: S611  # ours
        sql, parameters = _asked(customers, gate, with_nights=with_nights).query.sql_with_params()
        self._statement = PreparedStatement(sql, "bigint[]", parameters)

    def found(self, customer_ids: Sequence[int]) -> dict[int, Person]:
        """Return these customers by number, as they stand now."""
        return {row[0]: _person(*row) for row in self._statement.rows(array(customer_ids))}


def _asked(customers: QuerySet[Customer], gate: Gate, *, with_nights: bool) -> QuerySet[Customer, Any]:
    awake: Value | Case = Value(False)
    if with_nights:
        customers = joined(customers, gate)
        awake = Case(When(may_at_night(), then=Value(True)), default=Value(False), output_field=BooleanField())
    told = customers.order_by().annotate(address=gate.channel.address(), may_at_night=awake)
    return told.values_list("pk", "address", "may_at_night", *template_fields.COLUMNS)


def _person(
    pk: int,
    address: str,
    awake: bool,
    number: str,
    name: str,
    locale: str,
    joined_at: datetime,
    attributes: str,
    store: str | None,
    order_count: int | None,
    paid_total: int | None,
    last_order_at: datetime | None,
) -> Person:
    """Lay out the columns of `template_fields.COLUMNS`; who has no row of statistics has bought nothing yet."""
    stats = Stats() if order_count is None else Stats(order_count, paid_total or 0, last_order_at)
    home_store = None if store is None else Store(store)
    return Person(pk, address, awake, number, name, locale, joined_at, json.loads(attributes), home_store, stats)
