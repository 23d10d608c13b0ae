"""The words by which a person can be found again, and rows of free text that may hold them."""

import json
import unicodedata
from collections.abc import Collection, Iterable
from functools import partial

from django.db import connection, models

from customers.contacts import display_phone
from customers.models import Customer
from customers.personal_data import PersonalStore

# A name of one syllable is a word of many sentences.
SHORTEST_NAME = 2


def texts_of(customers: Iterable[Customer]) -> set[str]:
    """Return how these people's names, phones, e-mails and numbers may be written down."""
    texts: set[str] = set()
    for customer in customers:
        texts |= _names(customer.name)
        texts |= _phones(customer.phone)
        texts |= {customer.email, customer.email.upper()} if customer.email else set()
    return texts


def words_in_rows(name: str, model: type[models.Model], *fields: str, explanation: object = "") -> PersonalStore:
    """Return a store of a table's free text: a value that names an erased person is emptied as a whole."""
    return PersonalStore(
        name,
        erase=partial(_empty, model, fields),
        search=partial(_search, model, fields),
        explanation=explanation,
    )


def _empty(model: type[models.Model], fields: Collection[str], customers: Iterable[Customer]) -> int:
    texts = sorted(texts_of(customers))
    emptied = 0
    with connection.cursor() as cursor:
        for name in fields if texts else ():
            column = _column(model, name)
            blank = "'{}'" if isinstance(model._meta.get_field(name), models.JSONField) else "''"
            cursor.execute(f"UPDATE {_table(model)} SET {column} = {blank} WHERE {_holds(column)}", [texts])
            emptied += cursor.rowcount
    return emptied


def _search(model: type[models.Model], fields: Collection[str], texts: Collection[str]) -> list[str]:
    found = []
    with connection.cursor() as cursor:
        for name in fields:
            cursor.execute(
                f"SELECT id FROM {_table(model)} WHERE {_holds(_column(model, name))} ORDER BY id", [sorted(texts)]
            )
            found += [f"{model._meta.label} {pk}.{name}" for (pk,) in cursor.fetchall()]
    return found


def _holds(column: str) -> str:
    named = f"EXISTS (SELECT FROM unnest(%s::text[]) AS said(text) WHERE position(said.text IN {column}::text) > 0)"
    return f"{column}::text <> '' AND {named}"  # nearly all rows of large tables are empty here


def _table(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _column(model: type[models.Model], name: str) -> str:
    return connection.ops.quote_name(model._meta.get_field(name).column)


def _names(name: str) -> set[str]:
    """Return the name as people and as JSON write it, composed and decomposed."""
    if len(name) < SHORTEST_NAME:
        return set()
    forms = {name, unicodedata.normalize("NFC", name), unicodedata.normalize("NFD", name)}
    return forms | {json.dumps(form)[1:-1] for form in forms}


def _phones(phone: str) -> set[str]:
    if not phone:
        return set()
    shown = display_phone(phone)
    digits = shown.replace("-", "")
    return {phone, phone.removeprefix("+"), shown, digits, digits.removeprefix("0")}  # spreadsheets lose the zero
