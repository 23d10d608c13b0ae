"""A run from upload to result: the only writer of `ImportRun`.

uploaded → (columns chosen) checking → checked → (a person says go) importing → done. A check stores nothing: each of
its chunks is rolled back. Each chunk of an import is one transaction together with how far it got, so that a run that
was cut goes on where it stood, and one that is run twice changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from crm_project import job_locks
from crm_project.queue import kick
from customers.errors import ImportRefused
from customers.imports import files, looking, mapping
from customers.models import ImportRun
from customers.platforms import known_exports
from customers.platforms.exports import Export

JOB = "customers.tasks.carry_on_import"
STATUS = ImportRun.Status
BUSY = (STATUS.CHECKING, STATUS.IMPORTING)
Undated = ImportRun.UndatedConsents


def upload(
    parts: Iterable[bytes], *, name: str, by: User, kind: str = "", platform: str = "", source: str = ""
) -> ImportRun:
    """Keep a file and look at it; what is not said about it is guessed from its columns.

    Raises:
        FileRefused: nothing can be read of it; nothing is kept then.
    """
    run = ImportRun.objects.create(
        kind=kind or "customers",
        file_name=name.replace("\0", "")[-200:],
        file_size=0,
        created_by=by,
        language=get_language() or settings.LANGUAGE_CODE,
    )
    try:
        files.forget_reading(run)
        run.file_size = files.keep(run, parts, files.uploaded(run))
        _look(run, kind=kind, platform=platform, source=source)
    except BaseException:
        files.delete(run)
        run.delete()
        raise
    return run


def look_again(run: ImportRun, *, sheet: int, kind: str, platform: str, source: str) -> None:
    """Look at another sheet, or at the columns as those of another kind, system or source.

    Raises:
        FileRefused: nothing can be read of the sheet.
        ImportRefused: the run has begun.
    """
    _expect(run, STATUS.UPLOADED)
    _look(run, kind=kind, platform=platform, source=source, sheet=sheet)


def check_columns(
    run: ImportRun, mapped: Sequence[str], *, undated: str = Undated.LEAVE_OUT, evidence: Mapping[str, object]
) -> None:
    """Take the columns a person chose, remember them for the source, and have the whole file checked.

    Raises:
        FileRefused: the choice cannot be imported with.
        ImportRefused: the run has begun, or consents without a date were to come in without evidence.
    """
    _expect(run, STATUS.UPLOADED)
    mapping.check(mapped, kind=run.kind, export=export_of(run))
    if undated == Undated.WITH_EVIDENCE and not evidence:
        raise ImportRefused(_("Bring the evidence of these consents as a file, and say what it is."))
    with transaction.atomic():
        mapping.remember(run.sight["names"], mapped, source=run.source, kind=run.kind)
        run.mapping, run.undated_consents, run.consent_evidence = list(mapped), undated, dict(evidence)
        _begin(run, STATUS.CHECKING)
        run.found, run.stored, run.records_size = {}, {}, 0
        files.forget_reading(run)
        run.save()
        kick(JOB, run.pk)


def start(run: ImportRun, *, leaves_lines_out: bool) -> None:
    """Import what was checked.

    Args:
        leaves_lines_out: a person knows that more lines will be refused than usual, and wants the others (I-05).

    Raises:
        ImportRefused: it was not checked, has nothing to store, or too much would be refused.
    """
    _expect(run, STATUS.CHECKED)
    if not (run.found["read"] - run.found["refused"]):
        raise ImportRefused(_("Every line of the file would be refused. Correct it and upload it again."))
    if needs_word(run) and not leaves_lines_out:
        raise ImportRefused(_("Say that the import shall go on without the refused lines, or correct the file first."))
    with transaction.atomic():
        _begin(run, STATUS.IMPORTING)
        # What could not be read is refused by both passes; their own refusals follow it.
        unreadable, run.errors_size = run.found["unreadable"], run.found["unreadable_bytes"]
        run.stored = {"read": unreadable, "refused": unreadable}
        run.save()
        kick(JOB, run.pk)


def needs_word(run: ImportRun) -> bool:
    """Tell whether so many lines would be refused that a person has to agree to it."""
    return run.found.get("refused", 0) * 100 > run.found.get("read", 0) * settings.IMPORT_REFUSED_PERCENT


def cancel(run: ImportRun) -> None:
    """Ask a check or an import to stop after its chunk; what an import stored so far stays.

    Raises:
        ImportRefused: it does not run.
    """
    _expect(run, *BUSY)
    ImportRun.objects.filter(pk=run.pk).update(cancel_asked_at=timezone.now())


def resume(run: ImportRun) -> None:
    """Go on where a run was stopped.

    Raises:
        ImportRefused: it was not stopped, or its file is deleted.
    """
    _expect(run, STATUS.CANCELLED, STATUS.FAILED)
    with transaction.atomic():
        run.status = STATUS.IMPORTING if run.found.get("is_whole") else STATUS.CHECKING
        run.cancel_asked_at, run.finished_at, run.problem = None, None, ""
        run.save()
        kick(JOB, run.pk)


def choose_anew(run: ImportRun) -> None:
    """Go back to the choice of columns, before anything was stored.

    Raises:
        ImportRefused: something of the file is stored already, or a check runs.
    """
    _expect(run, STATUS.CHECKED, STATUS.CANCELLED, STATUS.FAILED)
    if run.stored:
        raise ImportRefused(_("Part of this file is imported already. Upload it again to choose other columns."))
    run.status, run.problem = STATUS.UPLOADED, ""
    run.save()


def wake_forgotten() -> None:
    """Have the runs at work carried on that no process has in hand: theirs was killed."""
    for run in ImportRun.objects.filter(status__in=BUSY):
        if not job_locks.holders(JOB, run.pk):
            kick(JOB, run.pk)


def delete_files(run: ImportRun) -> None:
    """Delete the file and what was read of it; the numbers stay."""
    files.delete(run)
    ImportRun.objects.filter(pk=run.pk).update(files_deleted_at=timezone.now())


def delete_old_files() -> int:
    """Delete the files of all runs that are `IMPORT_KEEP_DAYS` old; return of how many."""
    limit = timezone.now() - timedelta(days=settings.IMPORT_KEEP_DAYS)
    old = ImportRun.objects.filter(created_at__lt=limit, files_deleted_at=None).exclude(status__in=BUSY)
    for run in old:
        delete_files(run)
    return len(old)


def export_of(run: ImportRun) -> Export | None:
    """Return the export that the run's file is, where it is one we know."""
    return known_exports.of(run.platform, run.kind) if run.platform else None


def looked_at(run: ImportRun) -> looking.LookedAt:
    """Return the run's file as it was looked at."""
    return looking.from_json(run.sight, path=files.uploaded(run), unfolded=files.unfolded(run))


def _look(run: ImportRun, *, kind: str, platform: str, source: str, sheet: int = 0) -> None:
    seen = looking.look_at(files.uploaded(run), unfolded=files.unfolded(run), sheet=sheet)
    export = known_exports.of(platform, kind) if platform else known_exports.recognise(seen.names, kind=kind)
    run.kind = kind or (export.kind if export else looking.guess_kind(seen.names))
    run.platform = export.platform if export else ""
    run.source = source or run.platform or "shop"
    run.sight = looking.as_json(seen)
    run.mapping = mapping.propose(seen.names, kind=run.kind, export=export, source=run.source)
    run.save()


def _begin(run: ImportRun, status: str) -> None:
    run.status, run.position, run.errors_size, run.notices = status, 0, 0, []
    run.cancel_asked_at, run.finished_at, run.problem = None, None, ""
    run.started_at = timezone.now()


def _expect(run: ImportRun, *statuses: str) -> None:
    if run.status not in statuses:
        raise ImportRefused(
            _("The import is “%(status)s” now. Look at it again.") % {"status": run.get_status_display()}
        )
    if run.files_deleted_at:
        raise ImportRefused(_("The file of this import is deleted. Upload it again."))
