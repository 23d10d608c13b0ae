"""Uploaded files as a place where people's data lies: found by their words, deleted with them (P-06)."""

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from customers.imports import files, runs
from customers.models import Customer, ImportRun
from customers.privacy.traces import texts_of

BLOCK = 1 << 20
ENCODINGS = ("utf-8", "cp949")


def delete_naming(customers: Iterable[Customer]) -> int:
    """Delete the files of every run that may name one of these people; return of how many.

    A run that was under way has to be brought again: its file can be made anew, a person's data cannot be unseen. A
    workbook of several sheets counts as naming them, since only one of its sheets was unfolded.
    """
    texts = texts_of(customers)
    found = [run for run in _with_files() if len(run.sight.get("sheets", [])) > 1 or any(_places(run, texts))]
    for run in found:
        runs.delete_files(run)
    return len(found)


def search(texts: Collection[str]) -> list[str]:
    """Return the files in which one of these texts stands. Evidence of consents is kept with the consents it proves."""
    return [str(path) for run in _with_files() for path in _places(run, texts)]


def _with_files() -> Iterable[ImportRun]:
    return ImportRun.objects.filter(files_deleted_at=None)


def _places(run: ImportRun, texts: Collection[str]) -> Iterator[Path]:
    wanted = {form for text in texts for encoding in ENCODINGS if (form := text.encode(encoding, errors="ignore"))}
    folder = files.folder(run)
    for path in sorted(folder.iterdir()) if folder.exists() else ():
        if path != files.evidence(run) and _contains(path, wanted):
            yield path


def _contains(path: Path, wanted: Collection[bytes]) -> bool:
    longest = max(map(len, wanted), default=0)
    tail = b""
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            read = tail + block
            if any(text in read for text in wanted):
                return True
            tail = read[-longest:]
    return False
