"""Whatever is done to a file, it is imported or refused in words; nothing crashes and nothing is half-written.

`make mutated-files` tries ten thousand of them; the suite a hundred.
"""

import io
import os
import shutil
import tempfile
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth.models import User
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from customers.errors import FileRefused, ImportRefused
from customers.imports import errors, files, passes, runs
from customers.models import ConsentEntry, Customer, ImportRun, Order, OrderLine, Product
from tests.customers.imports.test_platforms import (
    FILES,
    MEMBERS,
    SHOPIFY_ORDERS,
    SMARTSTORE,
    SMARTSTORE_NAMES,
    SMARTSTORE_ROWS,
)
from tests.customers.imports.workbook_files import write_workbook

TABLES = (Customer, Order, OrderLine, Product, ConsentEntry)
EXAMPLES = int(os.environ.get("MUTATED_FILES", "100"))
OWN = (
    "customer_id,name,email,phone,birthday,joined_at,consent.email,consent.email.at,attr.size\n"
    "1,홍길동,hong@example.com,010-1234-5678,1990-03-04,2026-01-05,Y,2026-01-05,L\n"
    '2,"김 ""단골""",kim@example.com,1098765432,,,,,\n3,이영희,,,,,N,2026-02-03,XL\n'
)
PAGE = "<html><table><tr><th>sku<th>name<th>price</tr><tr><td>P1<td>우유<td>2,900</tr><tr><td>P2<td>빵<td></tr></table>"
SHEET = "xl/worksheets/sheet1.xml"
# Cells that spreadsheets, people and other people's programs leave in files.
CELLS = ["", '"', "'", "=1+1", "-1", "1E+15", "2.02611E+15", "46347.5", "0000-00-00", "NaN", "\0", "💥", "9" * 5_000]
CELLS += ["<td>", "</row>", "&#0;", ",", ";\t", "\r\n", "\n\n", "예", "T", "chld****", "x" * 101, " " * 300, "１２３"]


def workbook() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return write_workbook(Path(folder) / "book.xlsx", {"발주발송관리": SMARTSTORE}).read_bytes()


WORKBOOK = workbook()
SMARTSTORE_LINES = [row.replace(",", "").replace("|", ",") for row in SMARTSTORE_ROWS]
TEXTS = [
    MEMBERS.encode("cp949"),
    SHOPIFY_ORDERS.encode("utf-8-sig"),
    OWN.encode(),
    "\n".join(["공지", SMARTSTORE_NAMES, *SMARTSTORE_LINES]).encode(),
    "수신거부번호,수신거부일시\n01012345678,2026-11-20 10:00\n".encode("cp949"),
]
BOOKS = [WORKBOOK, (FILES / "members.xls").read_bytes(), PAGE.encode("cp949"), (FILES / "locked.xlsx").read_bytes()]


@dataclass(frozen=True)
class Change:
    """Something done to bytes at a share of their length."""

    at: float
    length: int
    put: bytes

    def applied(self, content: bytes) -> bytes:
        start = int(self.at * len(content))
        return content[:start] + self.put + content[start + self.length :]


PUT = st.one_of(
    st.sampled_from(CELLS).map(lambda cell: cell.encode()),
    st.sampled_from(CELLS).map(lambda cell: f",{cell},".encode()),
    st.binary(max_size=8),
    st.sampled_from([text[: len(text) // 2] for text in TEXTS]),
)
CHANGES = st.lists(
    st.builds(Change, at=st.floats(0, 1), length=st.sampled_from([0, 0, 1, 3, 20, 200, 5_000]), put=PUT), max_size=4
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A file of one of the shapes we know, changed in up to four places; of a workbook its sheet or the file itself."""
    is_book = draw(st.integers(0, 9)) == 0
    content = draw(st.sampled_from(BOOKS if is_book else TEXTS))
    changes = draw(CHANGES)
    if content is WORKBOOK and draw(st.booleans()):
        return with_sheet_changed(content, changes)
    for change in changes:
        content = change.applied(content)
    return content


def with_sheet_changed(book: bytes, changes: list[Change]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            for change in changes if name == SHEET else []:
                part = change.applied(part)
            new.writestr(name, part)
    return out.getvalue()


def stored() -> list[list[dict]]:
    return [list(model.objects.order_by("pk").values()) for model in TABLES]


def is_anything_stored() -> bool:
    tables = " UNION ALL ".join(f"SELECT 1 FROM {model._meta.db_table}" for model in TABLES)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS ({tables})")
        return cursor.fetchone()[0]


class MutatedFiles(TestCase):
    """Each file goes all the way: upload, check, import, and import again."""

    def setUp(self) -> None:
        self.operator = User.objects.create_user("operator")
        self.folder = tempfile.mkdtemp()
        self.enterContext(self.settings(IMPORT_DIR=Path(self.folder)))

    def tearDown(self) -> None:
        shutil.rmtree(self.folder)

    # A check does all that an import does and takes it back, so most files are checked only; it takes a third.
    @given(content=mutated(), chunk=st.sampled_from([2, *[20_000] * 9]), times=st.sampled_from([2, 1, *[0] * 8]))
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    def test_is_imported_or_refused_in_words(self, content: bytes, chunk: int, times: int) -> None:
        passes.RECORDS_OF_A_CHUNK = chunk
        run = self.checked(content)

        assert not is_anything_stored()
        if run is None or not times:
            return
        assert run.found["read"] >= run.found["refused"] >= 0
        assert all(error.cause for error in errors.read(files.errors(run)))
        if not self.imported(run):
            assert not is_anything_stored()
            return
        assert self.told(run.stored) == self.told(run.found)
        if times == 2:
            after = stored()
            again = self.checked(content)
            assert again is not None
            assert self.imported(again)
            assert stored() == after

    def checked(self, content: bytes) -> ImportRun | None:
        """Return the run once it is checked; None where the file is refused, and then nothing of it is kept."""
        with suppress(FileRefused):
            run = runs.upload([content], name="파일", by=self.operator)
            runs.check_columns(run, run.mapping, evidence={})
            return self.carried_on(run)
        return None

    def carried_on(self, run: ImportRun) -> ImportRun:
        passes.carry_on(run.pk)
        run.refresh_from_db()
        assert run.status == ImportRun.Status.CHECKED, run.problem
        return run

    def imported(self, run: ImportRun) -> bool:
        try:
            runs.start(run, leaves_lines_out=True)
        except ImportRefused:
            return False
        passes.carry_on(run.pk)
        run.refresh_from_db()
        assert run.status == ImportRun.Status.DONE, run.problem
        return True

    def told(self, counts: dict[str, int]) -> tuple[int, ...]:
        return tuple(counts.get(name, 0) for name in ("read", "refused"))
