"""The two passes over a file, check and import, chunk by chunk; both run as the same job."""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from crm_project import queue
from customers.errors import FileRefused
from customers.imports import files, prepared, records, runs, storing
from customers.imports.errors import ErrorFile
from customers.imports.opt_outs import Origin
from customers.imports.storing import Counts
from customers.imports.undated import UndatedPolicy
from customers.ingest.result import IngestResult
from customers.models import ImportRun

RECORDS_OF_A_CHUNK = 20_000
FIND_DUPLICATES = "customers.tasks.find_duplicates"
STATUS = ImportRun.Status
RESULT = ("read", "new", "changed", "unchanged", "refused")
BESIDES = ("buyers", "products", "left_out", "granted", "withdrawn")


def carry_on(run_id: int) -> None:
    """Check or import one run from where it stands, until it is done, is cancelled or time is up."""
    run = ImportRun.objects.filter(pk=run_id, status__in=runs.BUSY).first()
    if run is None:
        return
    with translation.override(run.language):
        try:
            _carry_on(run)
        except FileRefused as refusal:
            _end(run, STATUS.FAILED, problem=str(refusal))
        except Exception as error:
            _end(
                run, STATUS.FAILED, problem=_("It stopped unexpectedly (%(error)s).") % {"error": type(error).__name__}
            )
            raise


def _carry_on(run: ImportRun) -> None:
    if not files.uploaded(run).exists():
        raise FileRefused(_("The file of this import is deleted. Upload it again."))
    if run.status == STATUS.CHECKING and not run.records_size:
        _prepare(run)
    while run.position < run.records_size:
        if _is_cancelled(run):
            _end(run, STATUS.CANCELLED)
            return
        if queue.out_of_time():
            queue.kick(runs.JOB, run.pk)
            return
        _do_chunk(run)
        queue.progress()
    _finish(run)


def _prepare(run: ImportRun) -> None:
    """Read the file into records once; both passes go over them."""
    result = IngestResult()
    errors = ErrorFile(files.errors(run), size=0, names=names_of_columns(run))
    result.on_refusal = errors.write
    seen = runs.looked_at(run)
    called = [ours or theirs or "–" for ours, theirs in zip(run.mapping, seen.names, strict=True)]
    found = records.read(seen, run.mapping, kind=run.kind, result=result, names=called)
    run.records_size = prepared.prepare(
        found, into=files.records(run), kind=run.kind, export=runs.export_of(run), result=result
    )
    run.errors_size = errors.save()
    errors.close()
    run.found = _added({}, result, {})
    # Where the errors of reading end: an import begins its own behind them.
    run.found |= {"unreadable": result.refused, "unreadable_bytes": run.errors_size}
    run.save(update_fields=["records_size", "errors_size", "found"])


def _do_chunk(run: ImportRun) -> None:
    is_check = run.status == STATUS.CHECKING
    things, position = prepared.chunk(files.records(run), start=run.position, most_records=RECORDS_OF_A_CHUNK)
    errors = ErrorFile(files.errors(run), size=run.errors_size, names=names_of_columns(run))
    counts = Counts(IngestResult(on_refusal=errors.write))
    try:
        with transaction.atomic():
            with transaction.atomic():
                storing.store(
                    things,
                    kind=run.kind,
                    source=run.source,
                    origin=Origin(run.file_name, run.created_by),
                    export=runs.export_of(run),
                    policy=_policy(run),
                    counts=counts,
                )
                transaction.set_rollback(is_check)
            _note(run, counts, position=position, errors_size=errors.save())
    finally:
        errors.close()


def _note(run: ImportRun, counts: Counts, *, position: int, errors_size: int) -> None:
    """Write how far the pass got, in the chunk's transaction."""
    field = "found" if run.status == STATUS.CHECKING else "stored"
    besides = {name: getattr(counts, name) for name in BESIDES}
    setattr(run, field, _added(getattr(run, field), counts.result, besides))
    run.notices = list(dict.fromkeys([*run.notices, *counts.result.notices]))[:100]
    run.position, run.errors_size = position, errors_size
    run.save(update_fields=[field, "notices", "position", "errors_size"])


def _added(before: Mapping[str, int], result: IngestResult, besides: Mapping[str, int]) -> dict[str, int]:
    now = {name: getattr(result, name) for name in RESULT} | dict(besides)
    return {**before, **{name: before.get(name, 0) + count for name, count in now.items()}}


def _policy(run: ImportRun) -> UndatedPolicy:
    return UndatedPolicy(run.created_at, run.consent_evidence)


def _is_cancelled(run: ImportRun) -> bool:
    return ImportRun.objects.filter(pk=run.pk, cancel_asked_at__isnull=False).exists()


def _finish(run: ImportRun) -> None:
    if run.status == STATUS.CHECKING:
        run.found["is_whole"] = 1
        run.save(update_fields=["found"])
        _end(run, STATUS.CHECKED)
        return
    _end(run, STATUS.DONE)
    if run.kind == ImportRun.Kind.CUSTOMERS:
        queue.kick(FIND_DUPLICATES)


def _end(run: ImportRun, status: str, *, problem: str = "") -> None:
    run.status, run.problem, run.finished_at = status, problem, timezone.now()
    run.save(update_fields=["status", "problem", "finished_at"])


def names_of_columns(run: ImportRun) -> dict[str, str]:
    """Return what the file calls each of our columns."""
    return {ours: theirs for ours, theirs in zip(run.mapping, run.sight["names"], strict=True) if ours}
