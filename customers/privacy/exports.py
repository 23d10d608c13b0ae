"""Personal data leaves as a file only like this: asked for with a reason → approved → made by a job → downloaded.

Small masked exports approve themselves; from `EXPORT_APPROVAL_FROM` rows on, and unmasked, a second person decides.
Whose data left is written down customer by customer (P-14). The file is deleted after `EXPORT_KEPT_HOURS`.
Each kind of export is registered in `EXPORTS`; its permission is asked when it is asked for, made and downloaded.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_project.errors import BusinessError
from crm_project.queue import kick
from crm_project.registry import Registry
from customers import access_log
from customers.errors import ExportRefused, ReasonMissing
from customers.models import AccessLogEntry, Customer, ExportRequest
from customers.privacy import export_files

Status = ExportRequest.Status
MAY_APPROVE = "customers.approve_export"
MAKE_JOB = "customers.tasks.make_export"


@dataclass(frozen=True)
class Export:
    """A kind of export: what it is called, who may have it, and its rows. `rows` masks unless `is_unmasked`."""

    label: object
    permission: str
    header: Callable[[ExportRequest], Sequence[str]]
    rows: Callable[[ExportRequest], Iterable[Sequence[object]]]


EXPORTS: Registry[Export] = Registry("export")


def request_export(
    kind: str,
    *,
    by: User,
    reason: str,
    customers: QuerySet[Customer] | None = None,
    row_count: int | None = None,
    parameters: Mapping[str, object] | None = None,
    is_unmasked: bool = False,
) -> ExportRequest:
    """Ask for a file of personal data.

    Args:
        customers: whose data it is; they are fixed now, so that what is approved is what leaves.
        row_count: how many rows it will have, for an export that is not a list of customers.
        parameters: what the kind needs to find its rows again: ids and dates, never words about a person.

    Raises:
        PermissionDenied: the asker may not have this kind, or not unmasked.
        ReasonMissing: no reason was given.
        ExportRefused: there is nothing to export.
    """
    _permit(kind, by, is_unmasked=is_unmasked)
    if len(reason.strip()) < access_log.SHORTEST_REASON:
        raise ReasonMissing(_("Say what the file is for, for example “postal vouchers for November”."))
    with transaction.atomic():
        export = ExportRequest.objects.create(
            kind=kind,
            asked_by=by,
            reason=reason.strip()[:300],
            parameters=dict(parameters or {}),
            is_unmasked=is_unmasked,
        )
        listed = _list_people(export, customers) if customers is not None else 0
        export.row_count = listed if row_count is None else row_count
        if not export.row_count:
            raise ExportRefused(_("There is nothing to export: the selection is empty."))
        export.save(update_fields=["row_count"])
        if not needs_approval(export):
            _queue(export)
    return export


def needs_approval(export: ExportRequest) -> bool:
    """Tell whether a second person has to agree."""
    return export.is_unmasked or export.row_count >= settings.EXPORT_APPROVAL_FROM


def approve(export: ExportRequest, *, by: User) -> None:
    """Let the file be made.

    Raises:
        PermissionDenied: this person may not approve exports.
        ExportRefused: it does not wait, or they asked for it themselves.
    """
    with transaction.atomic():
        _queue(_decided(export, by=by, note=""))


def refuse(export: ExportRequest, *, by: User, note: str) -> None:
    """Turn the export down with a word why.

    Raises:
        PermissionDenied: this person may not approve exports.
        ExportRefused: it does not wait, they asked for it themselves, or no word was given.
    """
    if not note.strip():
        raise ExportRefused(_("Say why, so that the asker knows what to change."))
    with transaction.atomic():
        waiting = _decided(export, by=by, note=note.strip()[:300])
        waiting.status = Status.REFUSED
        waiting.save(update_fields=["status"])


def make(export_id: int) -> None:
    """Write the file of an approved export; one that was made already stays as it is."""
    export = ExportRequest.objects.select_related("asked_by").filter(pk=export_id, status=Status.QUEUED).first()
    if export is None:
        return
    try:
        _permit(export.kind, export.asked_by, is_unmasked=export.is_unmasked)
        kind = EXPORTS[export.kind]
        export.file_name, export.row_count = export_files.write(export, kind.header(export), kind.rows(export))
    except (BusinessError, PermissionDenied, OSError) as error:
        export.status, export.failure = Status.FAILED, _failure_words(error)
    else:
        export.status, export.made_at = Status.READY, timezone.now()
        export.expires_at = export.made_at + timedelta(hours=settings.EXPORT_KEPT_HOURS)
    export.save()


def download(request: HttpRequest, export: ExportRequest) -> Path:
    """Return the file for its asker, and write the download down.

    Raises:
        PermissionDenied: somebody else asked for it, or the asker may no longer have it.
        ExportRefused: there is no file, or it is over.
    """
    if export.asked_by_id != request.user.pk:
        raise PermissionDenied
    _permit(export.kind, request.user, is_unmasked=export.is_unmasked)
    is_over = export.expires_at is None or export.expires_at <= timezone.now()
    if export.status != Status.READY or is_over or not export_files.path_of(export).exists():
        raise ExportRefused(_("The file is not there any more. Ask for a new export."))
    access_log.record(request, AccessLogEntry.Action.EXPORT, reason=f"export {export.pk}", row_count=export.row_count)
    ExportRequest.objects.filter(pk=export.pk).update(download_count=F("download_count") + 1)
    return export_files.path_of(export)


def delete_expired() -> int:
    """Delete the files whose time is over; return how many."""
    return export_files.delete(ExportRequest.objects.filter(status=Status.READY, expires_at__lte=timezone.now()))


def _permit(kind: str, person: User, *, is_unmasked: bool) -> None:
    if kind not in EXPORTS or not person.is_active or not person.has_perm(EXPORTS[kind].permission):
        raise PermissionDenied
    if is_unmasked and not person.has_perm(access_log.MAY_UNMASK):
        raise PermissionDenied


def _list_people(export: ExportRequest, customers: QuerySet[Customer]) -> int:
    sql, parameters = customers.order_by().values("pk").distinct().query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO customers_exportedcustomer (export_id, customer_id)"
            f" SELECT %s, chosen.* FROM ({sql}) AS chosen",
            [export.pk, *parameters],
        )
        return cursor.rowcount


def _decided(export: ExportRequest, *, by: User, note: str) -> ExportRequest:
    """Return the export, locked, with the decision on its row."""
    if not by.has_perm(MAY_APPROVE):
        raise PermissionDenied
    waiting = ExportRequest.objects.select_for_update().filter(pk=export.pk, status=Status.WAITING).first()
    if waiting is None:
        raise ExportRefused(_("Somebody decided about this export already."))
    if waiting.asked_by_id == by.pk:
        raise ExportRefused(_("You asked for this export yourself: somebody else has to decide."))
    waiting.decided_by, waiting.decided_at, waiting.decision_note = by, timezone.now(), note
    waiting.save(update_fields=["decided_by", "decided_at", "decision_note"])
    return waiting


def _queue(export: ExportRequest) -> None:
    export.status = Status.QUEUED
    export.save(update_fields=["status"])
    kick(MAKE_JOB, export.pk)


def _failure_words(error: Exception) -> str:
    if isinstance(error, PermissionDenied):
        return _("The asker may no longer have this export.")
    return str(error)[:300]
