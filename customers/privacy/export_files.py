"""The files of exports: under `EXPORT_DIR`, for their asker's download, deleted when their time is over."""

import csv
import json
import secrets
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet

from customers.models import Customer, ExportRequest
from customers.privacy.traces import texts_of

Status = ExportRequest.Status
# What a spreadsheet takes for the beginning of a formula; a tab is no safe prefix.
FORMULA_BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def write(export: ExportRequest, header: Sequence[str], rows: Iterable[Sequence[object]]) -> tuple[str, int]:
    """Write the file in the format that was asked for; return its name and number of rows."""
    form = export.parameters.get("format", "csv")
    name = f"{export.kind}-{export.pk}-{secrets.token_hex(8)}.{form}"
    _folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    path = _folder() / name
    unfinished = path.with_suffix(".part")
    count = (_write_json if form == "json" else _write_csv)(unfinished, header, rows)
    unfinished.chmod(0o600)
    unfinished.replace(path)
    return name, count


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Write a CSV file that Excel opens as it is: UTF-8 with a mark (U-09)."""
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([safe(each) for each in header])
        for row in rows:
            writer.writerow([safe(each) for each in row])
            count += 1
    return count


def _write_json(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Write a list of objects, a line each, for a machine to read."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(",\n" if count else "[\n")
            file.write(json.dumps(dict(zip(header, row, strict=True)), ensure_ascii=False, cls=DjangoJSONEncoder))
            count += 1
        file.write("\n]\n" if count else "[]\n")
    return count


def safe(value: object) -> object:
    """Return a cell that no spreadsheet runs: text that looks like a formula gets an apostrophe, numbers stay."""
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(FORMULA_BEGINNINGS):
        return f"'{value}"
    return value


def path_of(export: ExportRequest) -> Path:
    """Return where the export's file lies."""
    return _folder() / export.file_name


def delete(exports: QuerySet[ExportRequest]) -> int:
    """Delete the files of these exports, and say so on their rows."""
    deleted = 0
    for export in exports.exclude(file_name=""):
        path_of(export).unlink(missing_ok=True)
        ExportRequest.objects.filter(pk=export.pk).update(status=Status.EXPIRED, file_name="")
        deleted += 1
    return deleted


def delete_naming(customers: Iterable[Customer]) -> int:
    """Delete the files in which one of these people stands."""
    people = list(customers)
    texts, numbers = texts_of(people), {person.pk for person in people}
    listed = ExportRequest.objects.filter(people__customer__in=numbers).exclude(file_name="")
    naming = [export.pk for export in _with_files() if _names(path_of(export), texts)]
    return delete(ExportRequest.objects.filter(pk__in={*listed.values_list("pk", flat=True), *naming}))


def search(texts: Collection[str]) -> list[str]:
    """Return the files in which one of these texts stands."""
    return [str(path) for path in sorted(_folder().glob("*")) if _names(path, texts)]


def _with_files() -> QuerySet[ExportRequest]:
    return ExportRequest.objects.exclude(file_name="")


def _names(path: Path, texts: Collection[str]) -> bool:
    if not path.exists():
        return False
    with path.open(encoding="utf-8") as file:
        return any(text in line for line in file for text in texts)


def _folder() -> Path:
    return Path(settings.EXPORT_DIR)
