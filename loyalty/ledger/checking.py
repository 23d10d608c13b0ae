"""Replays the whole ledger and names every row that is not what it should be. Changes nothing."""

from dataclasses import asdict, dataclass

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from loyalty.ledger.check_queries import QUESTIONS, Question
from loyalty.models import LedgerCheck

MOST_NAMED = 1_000  # of each question


class LedgerDiffers(Exception):
    """The check found rows that differ; the run names them."""

    def __init__(self, done: LedgerCheck) -> None:
        first = "; ".join(str(Finding(**finding)) for finding in done.findings[:5])
        super().__init__(f"{done.differences} rows of the points ledger differ (check {done.pk}): {first}")


@dataclass(frozen=True)
class Finding:
    """A row that differs, with what it should be and what it is."""

    question: str
    table: str
    row: int
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.table} {self.row}: {self.question}: {self.expected} expected, {self.found} found"


def differences() -> list[Finding]:
    """Return every row that differs, all of them as of one moment."""
    with transaction.atomic(), connection.cursor() as cursor:
        if len(connection.savepoint_ids) == 0:  # within a transaction of the caller it sees what that one sees
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SET LOCAL work_mem = '128MB'")
        return [finding for question in QUESTIONS for finding in _ask(cursor, question)]


def check() -> LedgerCheck:
    """Check the ledger and keep what was found."""
    started_at = timezone.now()
    found = differences()
    return LedgerCheck.objects.create(
        started_at=started_at,
        accounts=_rows("loyalty_account"),
        entries=_rows("loyalty_entry"),
        differences=len(found),
        findings=[asdict(finding) for finding in found],
    )


def _ask(cursor: CursorWrapper, question: Question) -> list[Finding]:
    # Materialised, for with the order in sight the planner would look up row by row, and millions of them.
    cursor.execute(
        f"WITH differing AS MATERIALIZED ({question.query}) SELECT * FROM differing ORDER BY 2 LIMIT {MOST_NAMED}"
    )
    rows = cursor.fetchall()
    return [Finding(question.name, table, row, str(expected), str(found)) for table, row, expected, found in rows]


def _rows(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return cursor.fetchone()[0]
