"""Workbooks and tables of web pages become rows, read by a process of their own (`workbook_process`)."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from customers.errors import FileRefused
from customers.imports import workbook_process

SECONDS = 400  # of the clock; the process ends itself after `workbook_process.SECONDS` of work


@dataclass(frozen=True)
class Workbook:
    """A workbook whose sheet was unfolded into lines of JSON."""

    unfolded: Path
    sheets: tuple[str, ...]
    sheet: int


def unfold(path: Path, *, into: Path, sheet: int = 0, page_encoding: str = "") -> Workbook:
    """Unfold one sheet of a workbook, or the tables of a page in the given encoding, into the file `into`.

    Raises:
        FileRefused: it is broken, locked by a password, or unfolds to more than can be read.
    """
    process = workbook_process.__file__
    megabytes = str(settings.IMPORT_WORKBOOK_MEGABYTES)
    with into.open("wb") as out:
        try:
            done = subprocess.run(  # noqa: S603 (our own program; the file's path is an argument)
                [sys.executable, "-I", process, str(path.resolve()), str(sheet), page_encoding, megabytes],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.DEVNULL,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise FileRefused(_too_large()) from error
    _check(done.returncode)
    with into.open(encoding="utf-8", errors="surrogatepass") as file:
        about = json.loads(file.readline())
    return Workbook(into, tuple(about["sheets"]), about["sheet"])


def rows(workbook: Workbook) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of the unfolded sheet with their numbers in the workbook, empty ones left out."""
    with workbook.unfolded.open(encoding="utf-8", errors="surrogatepass") as file:
        file.readline()
        for number, line in enumerate(file, 1):
            if line != "[]\n":
                yield number, json.loads(line)


def _check(returncode: int) -> None:
    if returncode == 0:
        return
    broken = _("The workbook is damaged. Open it in Excel, save it again as .xlsx and try that.")
    sentences = {
        workbook_process.LOCKED: locked(),
        workbook_process.BROKEN: broken,
        workbook_process.STUMBLED: broken,
        workbook_process.EMPTY: _("The workbook has no sheet that can be seen."),
    }
    # What ends the process otherwise are its limits: memory, seconds, bytes.
    raise FileRefused(sentences.get(returncode) or _too_large())


def locked() -> str:
    """Return the sentence for a file that only its password opens."""
    return _("The workbook is locked by a password. Open it in Excel, remove the password (File, Info) and save it.")


def _too_large() -> str:
    return _("The workbook unfolds to more than can be read. Save the sheet as CSV (UTF-8) and import that.")
