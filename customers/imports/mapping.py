"""Which of our columns each column of a file is: proposed, chosen by a person, remembered for the next file."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from customers.errors import FileRefused
from customers.imports import column_names
from customers.imports.kinds import KINDS
from customers.models import ImportMapping
from customers.platforms import known_exports
from customers.platforms.exports import RAW, Export
from customers.platforms.folding import fold

# Our column for each of the file's, in its order; empty where one is left out.
Mapped = list[str]


def propose(names: Sequence[str], *, kind: str, export: Export | None = None, source: str = "") -> Mapped:
    """Return the likeliest column of ours for each name: as remembered of the source, of the export, as we know it.

    Of two that would be the same column of ours the first gets it.
    """
    remembered = _remembered(source, kind)
    exported = known_exports.names_of(export) if export else {}
    # Asked for exports as well, whose columns shops rename and add to; not where a name may be a stranger's contact.
    known = {} if export and export.is_marketplace else column_names.names_of(kind)
    proposed: Mapped = []
    for name in names:
        folded = fold(name)
        ours = remembered.get(folded)
        if ours is None or not _may_be(ours, kind, export):
            ours = exported.get(folded) or known.get(folded) or _own(name, kind)
        proposed.append("" if ours in proposed else ours)
    return proposed


def check(mapped: Sequence[str], *, kind: str, export: Export | None = None) -> None:
    """Refuse a mapping that cannot be imported with.

    Raises:
        FileRefused: two columns are mapped to the same one, or a required one is not mapped.
    """
    chosen = [name for name in mapped if name]
    doubled = next((name for name in chosen if chosen.count(name) > 1), None)
    if doubled:
        raise FileRefused(
            _("Two columns are chosen as “%(name)s”. Leave one of them out.") % {"name": label(doubled, export)}
        )
    unknown = next((name for name in chosen if not _may_be(name, kind, export)), None)
    if unknown:
        raise FileRefused(_("“%(name)s” is no column of ours.") % {"name": unknown})
    missing = [name for name in required(kind, export) if name not in chosen]
    if missing:
        raise FileRefused(
            _("Choose the column that is “%(name)s”: nothing can be imported without it.")
            % {"name": label(missing[0], export)}
        )


def required(kind: str, export: Export | None = None) -> list[str]:
    """Return our columns that some column of the file must be."""
    made = export.made if export else frozenset()
    return [each.name for each in KINDS[kind].schema.columns if each.required and each.name not in made]


def choices(kind: str, export: Export | None = None) -> list[tuple[str, str]]:
    """Return the columns a file's column may be, each with what operators call it, required ones first."""
    schema = KINDS[kind].schema
    of_export = list(dict.fromkeys(export.columns.values())) if export else []
    needed = required(kind, export)
    names = [*needed, *of_export, *(each.name for each in schema.columns), *sorted(schema.others)]
    return [(name, label(name, export)) for name in dict.fromkeys(names)]


def label(name: str, export: Export | None = None) -> str:
    """Return what operators call one of our columns, those of an export among them."""
    if export and name in export.labels:
        return str(export.labels[name])
    return column_names.label(name)


def remember(names: Sequence[str], mapped: Sequence[str], *, source: str, kind: str) -> None:
    """Keep what a person chose, for the next file of the source."""
    chosen = {fold(name): ours for name, ours in zip(names, mapped, strict=True) if fold(name)}
    row, _made = ImportMapping.objects.get_or_create(source=source, kind=kind)
    row.columns = row.columns | chosen
    row.save()


def _remembered(source: str, kind: str) -> Mapping[str, str]:
    found = ImportMapping.objects.filter(source=source, kind=kind).first() if source else None
    return found.columns if found else {}


def _own(name: str, kind: str) -> str:
    """Return the name itself where it is one of the shop's own columns, such as attr.size."""
    schema = KINDS[kind].schema
    return name if schema.prefix and name.startswith(schema.prefix) and schema.knows(name) else ""


def _may_be(name: str, kind: str, export: Export | None) -> bool:
    if not name or KINDS[kind].schema.knows(name):
        return True
    return name.startswith(RAW) and export is not None and name in export.columns.values()
