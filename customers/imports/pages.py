"""The pages of an import: file → columns → check → import → result. GET shows, POST does one thing and leads on."""

import csv
from collections.abc import Callable, Iterator

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from crm_project.errors import BusinessError
from customers.errors import FileRefused
from customers.imports import errors, files, run_words, runs
from customers.imports.column_table import column_table
from customers.imports.forms import ColumnsForm, LookForm, UploadForm
from customers.imports.kinds import KINDS
from customers.models import ImportRun
from customers.privacy.export_files import safe

ERRORS_SHOWN = 10
STATUS = ImportRun.Status


def upload(request: HttpRequest) -> HttpResponse:
    """The first step: bring a file."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            run = runs.upload(
                file.chunks(),
                name=file.name,
                by=request.user,
                kind=form.cleaned_data["kind"],
                source=form.cleaned_data["source"],
            )
        except FileRefused as refusal:
            form.add_error("file", str(refusal))
        else:
            return HttpResponseRedirect(address(run, "columns"))
    return _page(request, "imports/upload.html", title=_("Import a file"), form=form, kinds=KINDS.values(), run=None)


def columns(request: HttpRequest, run_id: int) -> HttpResponse:
    """The second step: which column is what."""
    run = _run(run_id)
    if run.status != STATUS.UPLOADED or run.files_deleted_at:
        return HttpResponseRedirect(address(run))
    form = ColumnsForm(request.POST or None, request.FILES or None)
    mapped = request.POST.getlist("column") if request.method == "POST" else run.mapping
    if request.method == "POST" and form.is_valid() and len(mapped) == len(run.mapping):
        try:
            _check(run, form, mapped)
        except BusinessError as refusal:
            messages.error(request, str(refusal))
        else:
            return HttpResponseRedirect(address(run))
    table = column_table(run, mapped if len(mapped) == len(run.mapping) else run.mapping)
    look = LookForm(initial=_about(run), run=run)
    seen = run_words.seen(run)
    return _page(
        request, "imports/columns.html", title=run.file_name, run=run, form=form, look=look, table=table, seen=seen
    )


def look(request: HttpRequest, run_id: int) -> HttpResponse:
    """Say what a file is where it was recognised wrongly."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    run = _run(run_id)
    form = LookForm(request.POST, run=run)
    if not form.is_valid():
        for problem in form.errors.values():
            messages.error(request, " ".join(problem))
        return HttpResponseRedirect(address(run, "columns"))
    said = form.cleaned_data
    return _do(
        request,
        run,
        lambda: runs.look_again(
            run, sheet=said.get("sheet", 0), kind=said["kind"], platform=said["platform"], source=said["source"]
        ),
        page="columns",
    )


def show(request: HttpRequest, run_id: int) -> HttpResponse:
    """The third to the last step: the check, the import, the result."""
    run = _run(run_id)
    if run.status == STATUS.UPLOADED and not run.files_deleted_at:
        return HttpResponseRedirect(address(run, "columns"))
    first = list(errors.read(files.errors(run), most=ERRORS_SHOWN)) if not run.files_deleted_at else []
    return _page(
        request,
        "imports/run.html",
        title=run.file_name,
        run=run,
        words=run_words.of(run),
        badge=run_words.status_badge(run),
        about=[*run_words.seen(run), *run_words.history(run)],
        may_see_list=request.user.has_perm(run_words.LISTS[run.kind][1]),
        errors=first,
        is_busy=run.status in runs.BUSY,
        needs_word=run.status == STATUS.CHECKED and runs.needs_word(run),
    )


def start(request: HttpRequest, run_id: int) -> HttpResponse:
    """Import what was checked."""
    run = _run(run_id)
    return _do(request, run, lambda: runs.start(run, leaves_lines_out="without_refused" in request.POST))


def cancel(request: HttpRequest, run_id: int) -> HttpResponse:
    """Stop after the chunk that is being done."""
    run = _run(run_id)
    return _do(request, run, lambda: runs.cancel(run), done=_("It stops after the lines it has in hand."))


def resume(request: HttpRequest, run_id: int) -> HttpResponse:
    """Go on where it stood."""
    run = _run(run_id)
    return _do(request, run, lambda: runs.resume(run))


def choose_anew(request: HttpRequest, run_id: int) -> HttpResponse:
    """Go back to the columns."""
    run = _run(run_id)
    return _do(request, run, lambda: runs.choose_anew(run), page="columns")


def error_file(request: HttpRequest, run_id: int) -> HttpResponse:
    """Give what was refused as a file for a spreadsheet."""
    run = _run(run_id)
    response = StreamingHttpResponse(_error_lines(run), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="import-{run.pk}-errors.csv"'
    return response


def address(run: ImportRun, page: str = "change") -> str:
    """Return the address of a page of the run."""
    return reverse(f"admin:customers_importrun_{page}", args=[run.pk])


def _check(run: ImportRun, form: ColumnsForm, mapped: list[str]) -> None:
    evidence = form.evidence_of()
    if evidence:
        files.keep(run, form.cleaned_data["evidence"].chunks(), files.evidence(run))
    undated = form.cleaned_data["undated"] or ImportRun.UndatedConsents.LEAVE_OUT
    runs.check_columns(run, mapped, undated=undated, evidence=evidence)


def _do(
    request: HttpRequest, run: ImportRun, act: Callable[[], None], *, done: str = "", page: str = "change"
) -> HttpResponse:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        act()
    except BusinessError as refusal:
        messages.error(request, str(refusal))
    else:
        if done:
            messages.success(request, done)
    return HttpResponseRedirect(address(run, page))


def _run(run_id: int) -> ImportRun:
    return get_object_or_404(ImportRun.objects.select_related("created_by"), pk=run_id)


def _about(run: ImportRun) -> dict[str, object]:
    return {"kind": run.kind, "platform": run.platform, "source": run.source, "sheet": run.sight.get("sheet", 0)}


def _page(request: HttpRequest, template: str, *, run: ImportRun | None, **given: object) -> HttpResponse:
    steps = run_words.steps(run)
    return render(request, template, admin.site.each_context(request) | {"run": run, "steps": steps, **given})


def _error_lines(run: ImportRun) -> Iterator[str]:
    rows = csv.writer(_Echo())
    # With a byte order mark, so that a spreadsheet reads Hangul right.
    yield "\ufeff" + rows.writerow([_("Line"), _("Column"), _("Value"), _("What is wrong"), _("What to do")])
    for error in errors.read(files.errors(run)):
        cells = (error.field, error.value, error.cause, error.remedy)
        yield rows.writerow([error.line, *map(safe, cells)])


class _Echo:
    """A file that gives back what is written, so that a line can be sent as soon as it is made."""

    def write(self, text: str) -> str:
        return text
