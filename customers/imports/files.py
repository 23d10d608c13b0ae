"""Where the files of a run lie: `VAR_DIR/imports/<number>/`, readable by their owner only."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

from customers.models import ImportRun

MODE = 0o700


def folder(run: ImportRun) -> Path:
    """Return the run's folder."""
    return Path(settings.IMPORT_DIR) / str(run.pk)


def uploaded(run: ImportRun) -> Path:
    """Return the file as it was brought."""
    return folder(run) / "uploaded"


def unfolded(run: ImportRun) -> Path:
    """Return the rows of a workbook's sheet."""
    return folder(run) / "sheet.jsonl"


def records(run: ImportRun) -> Path:
    """Return the records, laid out for the import."""
    return folder(run) / "records.jsonl"


def errors(run: ImportRun) -> Path:
    """Return what the run's last pass refused."""
    return folder(run) / "errors.jsonl"


def evidence(run: ImportRun) -> Path:
    """Return the evidence of consents without a date; it is kept as long as the consents are."""
    return folder(run) / "evidence"


def keep(run: ImportRun, parts: Iterable[bytes], path: Path) -> int:
    """Write what was uploaded and return its size."""
    folder(run).mkdir(parents=True, exist_ok=True, mode=MODE)
    with path.open("wb") as file:
        return sum(file.write(part) for part in parts)


def forget_reading(run: ImportRun) -> None:
    """Delete what an earlier choice of columns made of the file."""
    for path in (records(run), errors(run)):
        path.unlink(missing_ok=True)


def delete(run: ImportRun) -> None:
    """Delete the run's files but for its evidence."""
    kept = evidence(run)
    if not folder(run).exists():
        return
    for path in folder(run).iterdir():
        if path != kept:
            path.unlink()
    if not kept.exists():
        shutil.rmtree(folder(run))
