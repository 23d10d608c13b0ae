"""The ledger as evidence for the authority: what was said, when, by which way, and which words had been read (P-04).

One customer's entries or those of a period leave through `customers/privacy/exports.py`: with a reason, approved by a
second person where that is asked for, written down.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.masking import CustomerView
from customers.models import ConsentEntry, ConsentWording, Customer, ExportRequest
from customers.personal_data import everyone_behind
from customers.privacy.exports import EXPORTS, Export, request_export

KIND = "consent_evidence"
PERMISSION = "customers.export_consent_evidence"
FORMATS = ("csv", "json")
AT_ONCE = 2_000

Words = Mapping[tuple[str, str], ConsentWording]


def ask_about_customer(
    customer: Customer, *, by: User, reason: str, form: str = "csv", is_unmasked: bool = False
) -> ExportRequest:
    """Ask for everything that one customer said about consent. Errors: those of `exports.request_export`."""
    people = Customer.objects.filter(pk__in=everyone_behind([customer.pk]))
    parameters = {"customer": customer.pk, "format": form}
    return _ask(parameters, by=by, reason=reason, is_unmasked=is_unmasked, customers=people)


def ask_about_period(
    first: date, last: date, *, by: User, reason: str, form: str = "csv", is_unmasked: bool = False
) -> ExportRequest:
    """Ask for what all customers said from the first to the last day (KST). Errors: `exports.request_export`."""
    parameters = {"first": first.isoformat(), "last": last.isoformat(), "format": form}
    return _ask(parameters, by=by, reason=reason, is_unmasked=is_unmasked, customers=None)


def entries_of(parameters: Mapping[str, object]) -> QuerySet[ConsentEntry]:
    """Return the entries that the parameters of an export name, in the order in which they were said."""
    entries = ConsentEntry.objects.order_by("occurred_at", "pk")
    if "customer" in parameters:
        return entries.filter(customer__in=everyone_behind([int(str(parameters["customer"]))]))
    first, last = (date.fromisoformat(str(parameters[name])) for name in ("first", "last"))
    return entries.filter(occurred_at__gte=_midnight(first), occurred_at__lt=_midnight(last + timedelta(days=1)))


def header(export: ExportRequest) -> list[str]:
    """Return the names of the columns."""
    return [
        _("Entry"),
        _("Customer number"),
        _("Name"),
        _("E-mail"),
        _("Phone"),
        _("Consent to"),
        _("Channel"),
        _("Action"),
        _("Said at"),
        _("Recorded at"),
        _("Said by way of"),
        _("Entered by"),
        _("Wording version"),
        _("Purpose of use"),
        _("Items used"),
        _("Retention period"),
        _("Right to refuse"),
        _("Evidence"),
    ]


def rows(export: ExportRequest) -> Iterator[Sequence[object]]:
    """Yield a row for each entry, with the words that had been read."""
    words = {(wording.purpose, wording.version): wording for wording in ConsentWording.objects.all()}
    for entry in entries_of(export.parameters).select_related("customer", "actor").iterator(chunk_size=AT_ONCE):
        yield _row(entry, words, is_unmasked=export.is_unmasked)


def _ask(
    parameters: Mapping[str, object],
    *,
    by: User,
    reason: str,
    is_unmasked: bool,
    customers: QuerySet[Customer] | None,
) -> ExportRequest:
    return request_export(
        KIND,
        by=by,
        reason=reason,
        customers=customers,
        row_count=entries_of(parameters).count(),
        parameters=parameters,
        is_unmasked=is_unmasked,
    )


def _row(entry: ConsentEntry, words: Words, *, is_unmasked: bool) -> list[object]:
    shown = CustomerView(entry.customer, unmasked=is_unmasked)
    wording = words.get((entry.purpose, entry.wording_version))
    told = [wording.aim, wording.items, wording.retention, wording.right_to_refuse] if wording else [""] * 4
    return [
        entry.pk,
        entry.customer.external_id,
        shown.name,
        shown.email,
        shown.phone,
        entry.get_purpose_display(),
        entry.get_channel_display(),
        entry.get_action_display(),
        _("date unknown") if entry.is_undated else _in_korea(entry.occurred_at),
        _in_korea(entry.recorded_at),
        entry.get_method_display(),
        entry.actor.get_username() if entry.actor else "",
        entry.wording_version,
        *told,
        # What was noted may name people.
        json.dumps(entry.evidence, ensure_ascii=False) if is_unmasked else "",
    ]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=timezone.get_default_timezone())


def _in_korea(moment: datetime) -> str:
    return timezone.localtime(moment).isoformat(timespec="seconds")


EXPORTS.register(KIND, Export(gettext_lazy("Consent ledger as evidence"), PERMISSION, header, rows))
