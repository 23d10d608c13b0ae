"""Uses of points by sixteen clients, of accounts at random and all of one hot account, beside SQL by hand and ORM.

The SQL by hand (`ledger_redeem.sql`, through pgbench, prepared) writes the same rows into the same tables under the
same constraints and triggers. Where there is no pgbench, the same statements run through psycopg in as many processes.
Then awards of a batch, and the check of the ledger over everything that the bench has booked.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from django.db import connection
from django.utils import timezone
from psycopg.conninfo import make_conninfo

from bench import ledger_ways
from bench.harness import Bench, Side, execute, value
from bench.ledger_ways import AWARDS, Clients, Range, by_saving, by_the_ledger
from loyalty import ledger
from loyalty.ledger.checking import differences

CLIENTS = int(os.environ.get("BENCH_CLIENTS", "16"))
ACCOUNTS = int(os.environ.get("BENCH_ACCOUNTS", "20000"))
USES = int(os.environ.get("BENCH_USES", "8000"))
AWARDED = int(os.environ.get("BENCH_AWARDS", "100000"))
LEAST_SHARE_OF_SQL, LEAST_TIMES_ORM = 0.4, 4
LEAST_TIMES_SINGLE = 10
SCRIPT = Path(__file__).with_suffix("").parent / "ledger_redeem.sql"
OURS, BY_HAND, ORM = "loyalty.ledger", "SQL by hand", "select_for_update + save()"


def main() -> int:
    """Measure; return the exit code."""
    bench = Bench("ledger")
    first, last = ledger_ways.fill(ACCOUNTS, points=10_000_000)
    execute("VACUUM ANALYZE")
    _uses(bench, "uses of points, accounts at random", (first, last), USES)
    _uses(bench, "uses of points, one hot account", (first, first), USES // 4)
    _awards(bench)
    bench.goal("ledger: rows that differ afterwards", len(differences()), at_most=0)
    return bench.finish()


def _uses(bench: Bench, job: str, accounts: Range, uses: int) -> None:
    each = max(1, uses // CLIENTS)
    measured = bench.compare(
        job,
        _by_hand(accounts, each),
        _by(OURS, by_the_ledger, accounts, each),
        _by(ORM, by_saving, accounts, each),
        size=each * CLIENTS,
        unit="uses",
    )
    bench.goal(f"{job}: share of SQL by hand", measured.times_faster(OURS, BY_HAND), at_least=LEAST_SHARE_OF_SQL)
    bench.goal(f"{job}: times {ORM}", measured.times_faster(OURS, ORM), at_least=LEAST_TIMES_ORM)


def _by(name: str, way: Callable[[int], None], accounts: Range, each: int) -> Side:
    started: list[Clients] = []
    return Side(
        name,
        run=lambda: started.pop().work(),
        prepare=lambda: started.append(Clients(way, accounts, clients=CLIENTS, each=each)),
    )


def _by_hand(accounts: Range, each: int) -> Side:
    pgbench = shutil.which("pgbench")
    if pgbench is None:
        return _by(BY_HAND, by_statements, accounts, each)
    command = [pgbench, "--no-vacuum", f"--file={SCRIPT}", "--protocol=prepared", f"--client={CLIENTS}"]
    command += [f"--jobs={min(CLIENTS, os.cpu_count() or 1)}", f"--transactions={each}"]
    command += [
        f"--define=first={accounts[0]}",
        f"--define=last={accounts[1]}",
        _conninfo(),
    ]
    return Side(BY_HAND, lambda: subprocess.run(command, check=True, capture_output=True))  # noqa: S603


def _conninfo() -> str:
    """Return where the bench's database is, in the words of libpq."""
    connection.ensure_connection()
    here = connection.connection.info
    return make_conninfo(host=here.host, port=here.port, user=here.user, password=here.password, dbname=here.dbname)


def by_statements(account_id: int) -> None:
    """Run the statements of the script through psycopg, prepared as pgbench prepares them."""
    connection.ensure_connection()
    plain = connection.connection
    plain.prepare_threshold = 0
    named = {"account": account_id, "receipt": timezone.now().timestamp() * 1_000_000 + os.getpid()}
    with plain.transaction(), plain.cursor() as cursor:
        for statement in _statements():
            cursor.execute(statement, {name: int(each) for name, each in named.items()}, prepare=True)


def _statements() -> list[str]:
    text = re.sub(r"^(--|\\|BEGIN|COMMIT).*$", "", SCRIPT.read_text("utf-8"), flags=re.MULTILINE)
    return [re.sub(r"(?<!:):(account|receipt)\b", r"%(\1)s", part) for part in text.split(";") if part.strip()]


def _awards(bench: Bench) -> None:
    """Book a batch beside single awards; these do a hundredth, and their seconds count accordingly."""
    lots = -(-AWARDED // ACCOUNTS)
    names = iter(f"batch {number}" for number in range(100))
    single = max(1, AWARDED // 100)
    measured = bench.compare(
        "awards",
        Side("earn_many", lambda: ledger.earn_many(AWARDS.format(lots=lots, name=next(names)), [5, timezone.now()])),
        Side("earn, one by one", lambda: _earn(single), part=single / (lots * ACCOUNTS)),
        size=lots * ACCOUNTS,
        unit="awards",
    )
    bench.goal(
        "awards: times one by one", measured.times_faster("earn_many", "earn, one by one"), at_least=LEAST_TIMES_SINGLE
    )


def _earn(count: int) -> None:
    now = timezone.now()
    program = ledger.current_program()
    first = int(str(value("SELECT min(id) FROM loyalty_account")))
    for number in range(count):
        paper = ledger.Receipt("single", f"{now.timestamp()}-{number}")
        ledger.earn(
            first + number % ACCOUNTS, 5, receipt=paper, occurred_at=now, terms=ledger.terms_of(program, now), now=now
        )
