"""The rows of a file become records under our names, with what a spreadsheet damaged repaired."""

from collections.abc import Iterator, Sequence

from customers.imports import looking
from customers.imports.kinds import KINDS
from customers.imports.looking import LookedAt
from customers.imports.repairs import Repair, moment, repairs_for
from customers.ingest.result import IngestResult
from customers.ingest.schema import LINE, FieldRefused
from customers.platforms.exports import RAW, Record


def read(
    looked_at: LookedAt, mapped: Sequence[str], *, kind: str, result: IngestResult, names: Sequence[str] = ()
) -> Iterator[Record]:
    """Yield the file's records with their line numbers; those that cannot be read are refused in `result`.

    Args:
        mapped: our column for each of the file's; empty for those left out.
        names: what the columns are called in refusals; our names unless given.
    """
    kept = [index for index, name in enumerate(mapped) if name]
    keys = [LINE, *(mapped[index] for index in kept)]
    takes_all = len(kept) == len(mapped)
    repairs = _repairs(kind, keys)
    called = list(names) or [name or "–" for name in mapped]
    for number, cells in looking.rows(looked_at, names=called, result=result):
        chosen = cells if takes_all else [cells[index] for index in kept]
        record: Record = dict(zip(keys, (number, *chosen), strict=True))
        try:
            for name, repair in repairs:
                record[name] = repair(name, record[name])  # type: ignore[arg-type]
        except FieldRefused as refusal:
            result.read += 1
            result.refuse(line=number, field=refusal.field, value=refusal.value, message=refusal.message)
        else:
            yield record


def _repairs(kind: str, keys: Sequence[str]) -> list[tuple[str, Repair]]:
    known = repairs_for(KINDS[kind].schema)
    known |= {name: moment for name in keys if name.startswith(RAW) and name.endswith("_at")}
    return [(name, known[name]) for name in keys if name in known]
