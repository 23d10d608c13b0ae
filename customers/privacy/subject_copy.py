"""The copy that a person may ask for: everything stored about them, as JSON and as CSV, in one archive (P-05).

It goes over the same list of tables as erasure does, and takes along what hangs on their rows: the lines of an order,
the hits of a message. Columns that name staff are left out, for they are data of other people.
"""

import csv
import io
import json
import zipfile
from collections.abc import Iterable

from django.contrib.auth.models import User
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from customers.models import Customer
from customers.personal_data import everyone_behind, tables
from customers.privacy.export_files import safe

Rows = list[dict[str, object]]


def archive(customer: Customer) -> bytes:
    """Return the zip file of what is stored about the customer and everybody merged into them."""
    copy = everything_about(customer)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archived:
        archived.writestr("readme.txt", _readme(copy))
        archived.writestr("data.json", json.dumps(copy, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1))
        for name, rows in copy.items():
            archived.writestr(f"{name}.csv", _csv(rows))
    return buffer.getvalue()


def everything_about(customer: Customer) -> dict[str, Rows]:
    """Return the rows of every table that are about the customer, by the table's name; empty ones left out."""
    ids = everyone_behind([customer.pk])
    copy = {"customers.customer": _rows(Customer.objects.filter(pk__in=ids))}
    declared = {table.model for table in tables()}
    for table in tables():
        rows = table.model._base_manager.filter(**{f"{table.field}__in": ids})
        _add(copy, table.model, rows)
        for child in _children(table.model, known=declared):
            _add(copy, child.model, child.model._base_manager.filter(**{f"{child.name}__in": rows}))
    return {name: rows for name, rows in copy.items() if rows}


def _children(model: type[models.Model], *, known: set[type[models.Model]]) -> list[models.ForeignKey]:
    """Return the keys by which tables of nobody's own point at this one."""
    if model is Customer:
        return []
    relations = model._meta.related_objects
    return [relation.field for relation in relations if relation.related_model not in {*known, Customer}]


def _add(copy: dict[str, Rows], model: type[models.Model], rows: models.QuerySet) -> None:
    seen = copy.setdefault(model._meta.label_lower, [])
    known = {row["id"] for row in seen if "id" in row}
    seen += [row for row in _rows(rows) if row.get("id") not in known]


def _rows(rows: models.QuerySet) -> Rows:
    columns = [field.attname for field in rows.model._meta.concrete_fields if field.related_model is not User]
    return list(rows.order_by("pk").values(*columns))


def _csv(rows: Rows) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(rows[0])
    for row in rows:
        writer.writerow([safe(_cell(value)) for value in row.values()])
    return "\ufeff" + text.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, cls=DjangoJSONEncoder)
    return localtime(value).isoformat(sep=" ", timespec="seconds") if hasattr(value, "astimezone") else value


def _readme(copy: Iterable[str]) -> str:
    explanations = {table.model._meta.label_lower: table.explanation for table in tables()}
    lines = [f"{name}: {explanations.get(name, '')}".rstrip(": ") for name in copy]
    return "\n".join(
        [_("Everything that is stored about you, each table as a CSV file and all of it as JSON."), *lines]
    )
