"""Import a file of facts: `manage.py import_data customers FILE`. The columns are in docs/data.md."""

import csv
import os
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from crm_project.progress_bar import ProgressBar
from customers.errors import FileRefused
from customers.imports import from_shell, looking
from customers.imports.kinds import KINDS
from customers.ingest.result import IngestResult, Refusal
from customers.platforms import known_exports
from customers.platforms.folding import fold

REFUSALS_SHOWN = 10
LONGEST_SOURCE = 40
LONGEST_FILE_NAME = 200
SOME_LINES_WERE_REFUSED, FILE_WAS_REFUSED = 1, 2


class Command(BaseCommand):
    """Exit code 0: everything was stored; 1: some lines were refused; 2: the file was refused."""

    help = "Import customers, stores, products, orders, events or consents from a CSV or Excel file (see docs/data.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("kind", choices=KINDS)
        parser.add_argument("file", type=Path)
        parser.add_argument("--map", nargs="+", action="extend", default=[], type=_pair, metavar="THEIRS=OURS")
        parser.add_argument(
            "--platform", choices=known_exports.LABELS, default="", help="the file is an export of this system"
        )
        parser.add_argument("--sheet", type=int, default=1, help="the sheet of a workbook, counted from 1")
        parser.add_argument(
            "--source", type=_source, help="the system the file is from (default: the platform, else shop)"
        )
        parser.add_argument("--dry-run", action="store_true", help="check everything and store nothing")
        parser.add_argument("--errors", type=Path, metavar="FILE.csv", help="write all refused lines here")

    def handle(self, *, kind: str, file: Path, map: list[tuple[str, str]], **options: object) -> None:
        """Import, and say what came of it."""
        with ExitStack() as stack:
            try:
                result = IngestResult(on_refusal=_writer_of_refusals(stack, options["errors"]))
                self._import(kind, file, dict(map), result, **options)
            except FileRefused as refusal:
                raise CommandError(str(refusal), returncode=FILE_WAS_REFUSED) from refusal
            except OSError as error:
                raise CommandError(f"{error.filename}: {error.strerror}", returncode=FILE_WAS_REFUSED) from error
        self._say(result, dry_run=options["dry_run"])
        if result.refused:
            sys.exit(SOME_LINES_WERE_REFUSED)

    def _import(self, kind: str, file: Path, renamed: dict[str, str], result: IngestResult, **options: object) -> None:
        with TemporaryDirectory() as folder, transaction.atomic():
            also_known = frozenset(map(fold, renamed))
            unfolded = Path(folder) / "sheet"
            looked_at = looking.look_at(file, unfolded=unfolded, sheet=options["sheet"] - 1, also_known=also_known)
            bar = ProgressBar(sys.stderr, whole=looked_at.lines, unit=_("lines"), when_full=_("read, now storing …"))
            try:
                from_shell.import_file(
                    looked_at,
                    kind=kind,
                    renamed=renamed,
                    platform=options["platform"],
                    source=options["source"] or options["platform"] or "shop",
                    file_name=os.fsencode(file.name).decode(errors="replace")[-LONGEST_FILE_NAME:],
                    result=result,
                    progress=bar,
                    folder=Path(folder),
                )
                transaction.set_rollback(options["dry_run"])
            finally:
                bar.end()

    def _say(self, result: IngestResult, *, dry_run: bool) -> None:
        for notice in result.notices:
            self.stderr.write(notice)
        for refusal in result.refusals[:REFUSALS_SHOWN]:
            self.stderr.write(str(refusal))
        if result.refused > REFUSALS_SHOWN:
            self.stderr.write(
                _("… and %(count)d more; --errors FILE.csv writes all of them.")
                % {"count": result.refused - REFUSALS_SHOWN}
            )
        counts = {name: f"{getattr(result, name):,}" for name in ("read", "new", "changed", "unchanged", "refused")}
        self.stdout.write(
            _("%(read)s lines read: %(new)s new, %(changed)s changed, %(unchanged)s unchanged, %(refused)s refused.")
            % counts
        )
        if dry_run:
            self.stdout.write(_("This was a dry run: nothing was stored."))


def _pair(text: str) -> tuple[str, str]:
    theirs, equals, ours = text.rpartition("=")
    if not (theirs and equals and ours):
        raise ArgumentTypeError(f"{text!r} is not THEIRS=OURS")
    return theirs.strip(), ours.strip()


def _source(text: str) -> str:
    if not 1 <= len(text) <= LONGEST_SOURCE:
        raise ArgumentTypeError(f"a source has 1 to {LONGEST_SOURCE} characters")
    return text


def _writer_of_refusals(stack: ExitStack, path: Path | None) -> Callable[[Refusal], None] | None:
    """Return the function that writes each refusal into the file at `path`."""
    if path is None:
        return None
    # With a byte order mark, so that a spreadsheet reads Hangul right.
    rows = csv.writer(stack.enter_context(path.open("w", encoding="utf-8-sig", newline="")))
    rows.writerow(["line", "field", "value", "message"])
    return lambda refusal: rows.writerow([refusal.line, refusal.field, refusal.value, refusal.message])
