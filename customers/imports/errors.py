"""What an import refused, a line of JSON each, for whoever mends the file: where, what, why, what to do.

Values of people are masked before they are written anywhere.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _

from customers.imports.masking import masked
from customers.ingest.result import Refusal

# A sentence's end: what stands before says what is wrong, what stands behind how to mend it.
_SENTENCE = re.compile(r"(?<=[.])\s+")


@dataclass(frozen=True)
class Error:
    """A refused line: the file's name of the column, the value masked where it is personal, cause and remedy."""

    line: int
    field: str
    value: str
    cause: str
    remedy: str


class ErrorFile:
    """The file of a pass, written from where its last committed chunk ended."""

    def __init__(self, path: Path, *, size: int, names: Mapping[str, str]) -> None:
        """Open the file and forget what lies behind `size` bytes; `names` are the file's names of our columns."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: IO[bytes] = path.open("r+b" if path.exists() else "w+b")
        self._file.truncate(size)
        self._file.seek(size)
        self._names = names

    def write(self, refusal: Refusal) -> None:
        """Add a refused line."""
        cause, remedy = _parted(refusal.message)
        error = Error(
            line=refusal.line,
            field=self._names.get(refusal.field, refusal.field),
            value=masked(refusal.field, refusal.value),
            cause=cause,
            remedy=remedy or _("Correct the line in the file and import it again; the other lines stay as they are."),
        )
        self._file.write(json.dumps(asdict(error), ensure_ascii=False).encode(errors="replace") + b"\n")

    def save(self) -> int:
        """Bring what was written to the disk and return the file's size."""
        self._file.flush()
        os.fsync(self._file.fileno())
        return self._file.tell()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def read(path: Path, *, most: int | None = None) -> Iterator[Error]:
    """Yield the errors of a file, the first ones only where `most` is given."""
    if path.exists():
        with path.open("rb") as file:
            for line in islice(file, most):
                yield Error(**json.loads(line))


def _parted(message: str) -> tuple[str, str]:
    cause, *remedy = _SENTENCE.split(message, maxsplit=1)
    return cause, "".join(remedy)
