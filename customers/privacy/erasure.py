"""Erasing people: nothing that says who they were stays, but what a law wants kept apart (P-05, P-06).

In one transaction: contacts → keyed hashes; records with a statutory time → the legal store; the customer's row → a
husk under a random key, which orders go on to point at, so that no sum changes; every other table and store as
`customers.personal_data` declares it; a line in the book of destructions. Nothing brings the person back.
"""

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers import stats
from customers.errors import ErasureRefused
from customers.models import Customer, Destruction
from customers.personal_data import Erase, PersonalTable, everyone_behind, stores, tables
from customers.privacy import contact_hashes, legal_store
from customers.segments.refresh import touch

MAY_ERASE = "customers.erase_customers"
# What stays on the row of an erased customer: that somebody joined on a day, in which system.
HUSK = ("id", "source", "external_id", "joined_at", "created_at", "is_demo", "merged_into", "erased_at")
WHAT = "personal data of a customer"
FATES = {
    Erase.DELETE: gettext_lazy("deleted"),
    Erase.KEEP: gettext_lazy("stays without a name"),
    Erase.CUT: gettext_lazy("stays as somebody unknown"),
    Erase.MOVE_TO_LEGAL_STORE: gettext_lazy("stays without a name"),
}


@dataclass(frozen=True)
class Fate:
    """What becomes of the rows of one table."""

    what: object
    count: int
    fate: object
    is_deleted: bool


@dataclass(frozen=True)
class Preview:
    """What an erasure would do, for the person who decides it."""

    numbers: list[str]
    fates: list[Fate]
    kept: list[legal_store.Kept]


def preview(customer: Customer) -> Preview:
    """Return what goes, what stays without a name, and what a law keeps and until when."""
    people = Customer.objects.filter(pk__in=everyone_behind([customer.pk])).order_by("pk")
    ids = [person.pk for person in people]
    fates = [_fate(table, ids) for table in tables()]
    return Preview(
        numbers=[person.external_id for person in people],
        fates=[fate for fate in fates if fate.count],
        kept=legal_store.what_stays(ids),
    )


@transaction.atomic
def erase(customer_ids: Collection[int], *, by: User | None, basis: str = Destruction.Basis.REQUEST) -> int:
    """Erase these customers and everybody merged into them; return how many customers.

    Raises:
        ErasureRefused: one of them is erased already or was merged into somebody, whose page is the one to use.
    """
    people = _locked(customer_ids)
    keys = {person.pk: uuid.uuid4() for person in people}
    contact_hashes.remember(people)
    legal_store.move_in(keys)
    _make_husks(keys)
    _let_reasons_be_emptied()
    for table in tables():
        _erase_rows(table, list(keys))
    for store in stores():
        store.erase(people)
    stats.refresh(keys)
    touch(keys)
    Destruction.objects.bulk_create(
        [Destruction(what=WHAT, row_count=1, basis=basis, customer_id=pk, user=by) for pk in keys]
    )
    return len(people)


def _locked(customer_ids: Collection[int]) -> list[Customer]:
    """Return everybody behind these customers as they are now, held against imports that arrive meanwhile."""
    people = list(Customer.objects.select_for_update().filter(pk__in=everyone_behind(customer_ids)).order_by("pk"))
    by_id = {person.pk: person for person in people}
    for pk in customer_ids:
        person = by_id.get(pk)
        if person is None or person.erased_at:
            raise ErasureRefused(_("This customer's data was erased already."))
        if person.merged_into_id:
            raise ErasureRefused(_("This customer was merged into another one. Erase that one."))
    return [person for person in people if not person.erased_at]


def _make_husks(keys: dict[int, uuid.UUID]) -> None:
    blanks = {field.name: _blank(field) for field in Customer._meta.concrete_fields if field.name not in HUSK} | {
        "erased_at": timezone.now()
    }
    Customer.objects.filter(pk__in=keys).update(**blanks)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE customers_customer c SET external_id = 'erased-' || key_of.key"
            " FROM unnest(%s::bigint[], %s::text[]) AS key_of(id, key) WHERE c.id = key_of.id",
            [list(keys), [str(key) for key in keys.values()]],
        )


def _let_reasons_be_emptied() -> None:
    """Tell the access log's trigger that the one change it knows is about to come."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL dangol.erasing = 'on'")


def _erase_rows(table: PersonalTable, ids: list[int]) -> int:
    if not isinstance(table.erase, Erase):
        return table.erase(ids)
    rows = _rows(table, ids)
    if table.erase is Erase.DELETE:
        return rows.delete()[0]
    changes = {name: _blank(table.model._meta.get_field(name)) for name in table.personal_fields}
    if table.erase is Erase.CUT:
        changes[table.field] = None
    return rows.update(**changes) if changes else 0


def _rows(table: PersonalTable, ids: Iterable[int]) -> models.QuerySet:
    return table.model._base_manager.filter(**{f"{table.field}__in": list(ids)})


def _blank(field: models.Field) -> object:
    """Return what an emptied column holds."""
    if field.null:
        return None
    return field.get_default() if field.has_default() or field.empty_strings_allowed else None


def _fate(table: PersonalTable, ids: list[int]) -> Fate:
    is_deleted = table.erase is Erase.DELETE
    fate = FATES[table.erase if isinstance(table.erase, Erase) else Erase.KEEP]
    return Fate(table.explanation or table.model._meta.verbose_name_plural, _rows(table, ids).count(), fate, is_deleted)
