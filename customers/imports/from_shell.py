"""A file imported from the shell: one transaction, our own names of columns unless others are given."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from django.utils import timezone
from django.utils.translation import gettext as _

from customers.errors import FileRefused
from customers.imports import column_names, mapping, prepared, records, storing
from customers.imports.kinds import KINDS
from customers.imports.looking import LookedAt
from customers.imports.opt_outs import Origin
from customers.imports.storing import Counts
from customers.imports.undated import UndatedPolicy
from customers.ingest.result import IngestResult, Progress
from customers.ingest.schema import Schema
from customers.platforms import known_exports
from customers.platforms.exports import Export, Found
from customers.platforms.folding import fold


def import_file(
    looked_at: LookedAt,
    *,
    kind: str,
    renamed: Mapping[str, str],
    platform: str,
    source: str,
    file_name: str,
    result: IngestResult,
    progress: Progress,
    folder: Path,
) -> None:
    """Import a file in the caller's transaction; what is refused is counted in `result`.

    Args:
        renamed: the file's names of columns and ours that they stand for.
        file_name: what the file is called, for what says where it came from.
        platform: the system that wrote the file, for its own columns; empty for none.
        folder: for what is laid out on the way.

    Raises:
        FileRefused: a column is missing, unknown or there twice.
    """
    export = _export(platform, kind)
    mapped = _mapped(looked_at, kind=kind, renamed=renamed, export=export)
    found = records.read(looked_at, mapped, kind=kind, result=result)
    if export is None:
        KINDS[kind].store(found, origin=Origin(file_name), source=source, result=result, progress=progress)
        return
    laid_out = folder / "records"
    prepared.prepare(found, into=laid_out, kind=kind, export=export, result=result)
    counts = Counts(result)
    storing.store(
        _counted(prepared.every(laid_out), progress),
        kind=kind,
        source=source,
        origin=Origin(file_name),
        export=export,
        policy=UndatedPolicy(timezone.now()),
        counts=counts,
    )
    for sentence in storing.sentences_of(vars(counts)):
        result.notice(sentence)


def _export(platform: str, kind: str) -> Export | None:
    export = known_exports.of(platform, kind) if platform else None
    if platform and export is None:
        raise FileRefused(
            _("No file of %(kind)s is known from %(platform)s. Import it without --platform, with --map.")
            % {"kind": kind, "platform": known_exports.LABELS[platform]}
        )
    return export


def _counted(things: Iterator[Found], progress: Progress) -> list[Found]:
    """Return the things; a platform's file is one of thousands of orders, not of millions."""
    found, count = [], 0
    for thing in things:
        found.append(thing)
        count += len(thing.records)
        progress(count)
    return found


def _mapped(looked_at: LookedAt, *, kind: str, renamed: Mapping[str, str], export: Export | None) -> Sequence[str]:
    """Return our column for each of the file's. Names nobody knows are kept: ingest says which it left out."""
    schema = KINDS[kind].schema
    names = looked_at.names
    _check_renamed(names, renamed, schema)
    mapped = mapping.propose(names, kind=kind, export=export) if export else list(names)
    mapped = [renamed.get(name, ours) for name, ours in zip(names, mapped, strict=True)]
    _check_each_once(mapped)
    needed = mapping.required(kind, export)
    missing = next((name for name in needed if name not in mapped), None)
    if missing:
        raise FileRefused(_missing(missing, names, schema=schema, export=export))
    return mapped


def _check_renamed(names: Sequence[str], renamed: Mapping[str, str], schema: Schema) -> None:
    found = ", ".join(names)
    for theirs, ours in renamed.items():
        if theirs not in names:
            raise FileRefused(
                _("There is no column “%(name)s” to map. The file has: %(found)s.") % {"name": theirs, "found": found}
            )
        if not schema.knows(ours):
            raise FileRefused(
                _("“%(name)s” is no column of ours. There are: %(known)s.")
                % {"name": ours, "known": ", ".join(schema.names())}
            )


def _check_each_once(mapped: Sequence[str]) -> None:
    doubled = next((name for name in mapped if name and mapped.count(name) > 1), None)
    if doubled:
        raise FileRefused(_("The column “%(name)s” stands in the file twice.") % {"name": doubled})


def _missing(name: str, names: Sequence[str], *, schema: Schema, export: Export | None) -> str:
    found = ", ".join(names)
    message = _("The column “%(name)s” is missing. The file has: %(found)s.") % {"name": name, "found": found}
    known = column_names.names_of(schema.kind)
    meant = next((theirs for theirs in names if known.get(fold(theirs)) == name), None)
    nearest = meant or schema.nearest(name, among=[each for each in names if not schema.knows(each)])
    if nearest and export is None:
        message += " " + _("If “%(theirs)s” is meant, map it: --map %(theirs)s=%(name)s") % {
            "theirs": nearest,
            "name": name,
        }
    return message
