"""Places of this app and of the floor that hold people's words without pointing at a customer."""

from collections.abc import Collection, Iterable

from django.contrib.admin.models import LogEntry
from django.db import connection
from django.utils.translation import gettext_lazy as _

from crm_project import queue
from crm_project.models import IdempotentRequest, Job
from customers.consent import phone_opt_outs
from customers.imports import personal_files
from customers.models import (
    AccessLogEntry,
    Customer,
    ExportRequest,
    Incident,
    PlatformVersion,
    SubjectRequest,
    WebArrival,
    WebhookDelivery,
)
from customers.personal_data import PersonalStore, register_store
from customers.privacy import export_files
from customers.privacy.traces import texts_of, words_in_rows


def _erase_queue_records(customers: Iterable[Customer]) -> int:
    records = queue.records_naming(texts_of(customers))
    for each in records:
        each.delete()
    return len(records)


def _search_queue_records(texts: Collection[str]) -> list[str]:
    return [f"queue record {each.pk}" for each in queue.records_naming(texts)]


def _erase_versions(customers: Iterable[Customer]) -> int:
    """Delete what platforms last said of these customers; the number of another kind of record stays."""
    numbers = {customer.external_id for customer in customers}
    versions = PlatformVersion.objects.filter(kind=PlatformVersion.Kind.CUSTOMER, external_id__in=numbers)
    return versions.delete()[0]


def _erase_references(customers: Iterable[Customer]) -> int:
    """Empty calls of platforms that were about these customers, which may say no more of them than their number."""
    numbers = [customer.external_id for customer in customers]
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE customers_webhookdelivery SET "references" = "references" - %s::text[], body = ''"""
            ' WHERE "references" ?| %s::text[]',
            [numbers, numbers],
        )
        return cursor.rowcount


def _search_references(texts: Collection[str]) -> list[str]:
    deliveries = WebhookDelivery.objects.filter(references__has_any_keys=list(texts)).values_list("pk", flat=True)
    return [f"WebhookDelivery {pk}.references" for pk in deliveries]


def _search_versions(texts: Collection[str]) -> list[str]:
    versions = PlatformVersion.objects.filter(external_id__in=texts).values_list("pk", flat=True)
    return [f"PlatformVersion {pk}" for pk in versions]


for _store in (
    PersonalStore(
        "queue", _erase_queue_records, _search_queue_records, explanation=_("What background jobs failed with")
    ),
    PersonalStore(
        "export files",
        export_files.delete_naming,
        export_files.search,
        explanation=_("Files of exports; those with the person are deleted"),
    ),
    PersonalStore(
        "import files",
        personal_files.delete_naming,
        personal_files.search,
        explanation=_("Uploaded files; those with the person are deleted"),
    ),
    PersonalStore(
        "080 opt-outs",
        phone_opt_outs.forget,
        phone_opt_outs.places_naming,
        explanation=_("Numbers that refused text messages over the free 080 number"),
    ),
    words_in_rows("job errors", Job, "last_error", explanation=_("What background jobs failed with")),
    words_in_rows(
        "admin history", LogEntry, "object_repr", "change_message", explanation=_("What staff changed in the admin")
    ),
    words_in_rows("access reasons", AccessLogEntry, "reason", explanation=_("Why staff looked at somebody")),
    words_in_rows(
        "export reasons", ExportRequest, "reason", "decision_note", "failure", explanation=_("Why exports were made")
    ),
    words_in_rows("webhook bodies", WebhookDelivery, "body", "note", explanation=_("What shop platforms called with")),
    PersonalStore(
        "webhook references",
        _erase_references,
        _search_references,
        explanation=_("Customer numbers that shop platforms called about"),
    ),
    words_in_rows("web events", WebArrival, "records", explanation=_("What the shop's web pages reported just now")),
    PersonalStore(
        "platform versions",
        _erase_versions,
        _search_versions,
        explanation=_("Customer numbers of platforms, with the state that was last heard of"),
    ),
    words_in_rows("kept answers", IdempotentRequest, "answer", explanation=_("Answers of the API for repetitions")),
    words_in_rows(
        "incidents",
        Incident,
        *("title", "what_happened", "other_data", "protection", "measures", "told_how", "reported_how", "outcome"),
        explanation=_("Records of incidents that name the person"),
    ),
    words_in_rows(
        "requests of others", SubjectRequest, "details", "outcome", explanation=_("Requests that name the person")
    ),
):
    register_store(_store)
