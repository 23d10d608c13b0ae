"""What there is to say about a run: its steps, its state, its counts, and what comes next."""

from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from crm_project.templatetags.components import badge
from crm_project.templatetags.formats import moment_text, number_text, percent_text
from customers.imports.storing import sentences_of
from customers.models import ImportRun
from customers.platforms import known_exports

STATUS = ImportRun.Status
TONES = {
    STATUS.UPLOADED: "wait",
    STATUS.CHECKING: "busy",
    STATUS.CHECKED: "wait",
    STATUS.IMPORTING: "busy",
    STATUS.DONE: "good",
    STATUS.CANCELLED: "quiet",
    STATUS.FAILED: "bad",
}
STEPS = (
    gettext_lazy("File"),
    gettext_lazy("Columns"),
    pgettext_lazy("step of an import", "Check"),
    pgettext_lazy("step of an import", "Import"),
    gettext_lazy("Result"),
)
FORMATS = {
    "text": gettext_lazy("Text (CSV)"),
    "workbook": gettext_lazy("Excel workbook"),
    "page": gettext_lazy("Web table named as Excel"),
}
DELIMITERS = {
    ",": gettext_lazy("comma"),
    ";": gettext_lazy("semicolon"),
    "\t": gettext_lazy("tab"),
    "|": gettext_lazy("bar"),
}
ENCODINGS = {"utf-8-sig": "UTF-8", "cp949": "CP949 (EUC-KR)"}
# Where people look at what came in.
LISTS = {
    kind: (f"admin:customers_{model}_changelist", f"customers.view_{model}")
    for kind, model in {
        "customers": "customer",
        "stores": "store",
        "products": "product",
        "orders": "order",
        "events": "event",
        "consents": "consententry",
        "opt_outs": "consententry",
    }.items()
}


@dataclass(frozen=True)
class Words:
    """The sentences and numbers of the run's page."""

    headline: str
    counts: dict[str, int]
    remarks: list[str]
    share_refused: str
    to_import: int
    list_url_name: str


def of(run: ImportRun) -> Words:
    """Return what to say of the pass that runs or ran last."""
    counts = run.stored or run.found
    read, refused = counts.get("read", 0), counts.get("refused", 0)
    return Words(
        headline=_headline(run),
        counts=counts,
        remarks=[*sentences_of(counts), *run.notices],
        share_refused=percent_text(refused / read if read else 0),
        to_import=read - refused,
        list_url_name=LISTS[run.kind][0],
    )


def status_badge(run: ImportRun) -> SafeString:
    """Return the run's status as a badge."""
    return badge(run.get_status_display(), TONES[STATUS(run.status)])


def seen(run: ImportRun) -> list[tuple[object, ...]]:
    """Return what we saw in the file, as a strip of words."""
    sight = run.sight
    pairs: list[tuple[object, ...]] = [(_("Format"), FORMATS[sight["format"]])]
    if "encoding" in sight:
        pairs.append((_("Written in"), ENCODINGS[sight["encoding"]], DELIMITERS.get(sight["delimiter"], "")))
    if sight.get("sheets"):
        pairs.append((_("Sheet"), sight["sheets"][sight["sheet"]]))
    pairs.append((_("Names of columns"), _("in line %(line)d") % {"line": sight["header_line"]}))
    pairs.append((_("Lines below"), number_text(max(sight["lines"], 0))))
    platform = known_exports.LABELS.get(run.platform, "")
    pairs.append((_("Recognised as"), f"{platform} · {run.get_kind_display()}" if platform else run.get_kind_display()))
    return pairs


def history(run: ImportRun) -> list[tuple[object, ...]]:
    """Return who brought the file and when it was done."""
    who = run.created_by.get_full_name() or run.created_by.get_username() if run.created_by else "–"
    pairs: list[tuple[object, ...]] = [(_("Source"), run.source), (_("Uploaded"), moment_text(run.created_at), who)]
    return [*pairs, (_("Ended"), moment_text(run.finished_at))] if run.finished_at else pairs


def steps(run: ImportRun | None) -> list[dict[str, object]]:
    """Return the steps with where the run stands."""
    place, is_problem = _place(run)
    return [
        {"label": label, "state": _state(number, place, is_problem=is_problem)} for number, label in enumerate(STEPS)
    ]


def _state(number: int, place: int, *, is_problem: bool) -> str:
    if number == place:
        return "problem" if is_problem else "current"
    return "done" if number < place else "todo"


def _place(run: ImportRun | None) -> tuple[int, bool]:
    if run is None:
        return 0, False
    places = {STATUS.UPLOADED: 1, STATUS.CHECKING: 2, STATUS.CHECKED: 3, STATUS.IMPORTING: 3, STATUS.DONE: 4}
    if run.status in places:
        return places[STATUS(run.status)], False
    return 3 if run.found.get("is_whole") else 2, run.status == STATUS.FAILED


def _headline(run: ImportRun) -> str:
    counts = {name: number_text(count) for name, count in (run.stored or run.found).items()}
    if run.status == STATUS.CHECKING:
        return _("Reading the file …") if not run.records_size else _("Checking every line; nothing is stored.")
    if run.status == STATUS.CHECKED:
        return _("Checked: nothing is stored yet.")
    if run.status == STATUS.IMPORTING:
        return _("Importing. You may leave this page; it goes on.")
    if run.status == STATUS.DONE:
        return _("%(new)s new, %(changed)s changed, %(unchanged)s as they were.") % counts
    if run.status == STATUS.CANCELLED:
        return _("Stopped by hand. What was stored stays; it can go on where it stood.")
    return run.problem
