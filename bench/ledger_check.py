"""The nightly check: the whole ledger replayed, at ten entries an account, in a quarter of an hour at most.

A million accounts with ten million entries: `BENCH_LEDGERS=1000000 make bench BENCH=ledger_check`.
"""

from bench import large_ledger
from bench.harness import Bench, Side, empty_shop, execute, sizes, value
from loyalty.ledger.checking import differences

SIZES = "10000,100000"
MOST_SECONDS = 900
CHECK = "ledger_check"


def main() -> int:
    """Measure all sizes; return the exit code."""
    bench = Bench("ledger_check")
    for accounts in sizes("BENCH_LEDGERS", SIZES):
        empty_shop()
        large_ledger.fill(accounts)
        execute("VACUUM ANALYZE")
        found: list[int] = []
        entries = value("SELECT count(*) FROM loyalty_entry")
        measured = bench.compare(
            CHECK, Side(CHECK, lambda found=found: found.append(len(differences()))), size=entries, unit="entries"
        )
        bench.goal(f"{entries:,} entries: seconds of the check", measured.median(CHECK), at_most=MOST_SECONDS)
        bench.goal(f"{entries:,} entries: rows that differ", sum(found), at_most=0)
    return bench.finish()
