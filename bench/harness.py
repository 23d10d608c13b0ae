"""What every bench shares: a database of its own, sides that take turns, a table, goals, and a file of results."""

import json
import math
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import quote

from django.db import connection

RESULTS = Path(os.environ.get("BENCH_RESULTS", Path(__file__).parent / "results"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
# A comparison ends once it has taken so long; a side of minutes needs no repetition to average out noise.
MOST_SECONDS = float(os.environ.get("BENCH_SECONDS", "240"))
# What is generated ends here, so that two runs on different days measure the same rows.
LAST_DAY = date(2026, 11, 20)


@dataclass(frozen=True)
class Side:
    """One way of doing the job. `prepare` runs before each turn and is not measured.

    A way of minutes may do a `part` of it; its seconds count accordingly.
    """

    name: str
    run: Callable[[], object]
    prepare: Callable[[], object] = lambda: None
    part: float = 1.0


@dataclass
class Measured:
    """The seconds that each side took, turn by turn, for a size."""

    job: str
    size: int
    unit: str
    seconds: dict[str, list[float]] = field(default_factory=dict)

    def median(self, side: str) -> float:
        """Return the median seconds of a side."""
        return statistics.median(self.seconds[side])

    def rate(self, side: str) -> float:
        """Return how many units a second a side did."""
        return self.size / self.median(side)

    def times_faster(self, side: str, than: str) -> float:
        """Return how many times as fast a side is as another."""
        return self.median(than) / self.median(side)


@dataclass(frozen=True)
class Goal:
    """What a figure has to reach: at least `limit`, or at most."""

    name: str
    value: float
    limit: float
    at_most: bool = False

    @property
    def is_reached(self) -> bool:
        """Tell whether it is reached."""
        return self.value <= self.limit if self.at_most else self.value >= self.limit

    def __str__(self) -> str:
        sign = "≤" if self.at_most else "≥"
        return (
            f"{'reached' if self.is_reached else 'MISSED'}  {self.name}: {self.value:.2f} (goal {sign} {self.limit:g})"
        )


class Bench:
    """One bench: what it measured and what it should have reached."""

    def __init__(self, name: str) -> None:
        """Begin a bench; `name` is that of its file of results."""
        self.name = name
        self.measured: list[Measured] = []
        self.figures: dict[str, float] = {}
        self.goals: list[Goal] = []

    def compare(self, job: str, *sides: Side, size: int, unit: str) -> Measured:
        """Have the sides take turns and return what each took."""
        measured = Measured(job, size, unit, {side.name: [] for side in sides})
        begun = time.perf_counter()
        for number in range(1, ROUNDS + 1):
            for side in sides:
                side.prepare()
                started = time.perf_counter()
                side.run()
                measured.seconds[side.name].append((time.perf_counter() - started) / side.part)
            spent = time.perf_counter() - begun
            if spent + spent / number > MOST_SECONDS:
                break
        self.measured.append(measured)
        self._say(measured)
        return measured

    def figure(self, name: str, value: float) -> None:
        """Keep a figure that is no time of a side."""
        self.figures[name] = value
        print(f"  {name}: {value:,.3f}", flush=True)

    def goal(self, name: str, value: float, *, at_least: float | None = None, at_most: float | None = None) -> None:
        """State what a figure has to reach."""
        limit = at_least if at_least is not None else at_most
        assert limit is not None  # noqa: S101 (a goal without a limit is a mistake in the bench)
        self.goals.append(Goal(name, value, limit, at_most=at_least is None))

    def growth(self, job: str, side: str) -> float | None:
        """Return k of `seconds ~ size ** k` between the smallest and the largest size; None for one size."""
        of_job = [each for each in self.measured if each.job == job]
        small, large = min(of_job, key=lambda each: each.size), max(of_job, key=lambda each: each.size)
        if small.size == large.size:
            return None
        return math.log(large.median(side) / small.median(side)) / math.log(large.size / small.size)

    def finish(self) -> int:
        """Say how the sides grow, write the results down, and return the exit code: 1 where a goal was missed."""
        for job in dict.fromkeys(each.job for each in self.measured):
            sides = next(each.seconds for each in self.measured if each.job == job)
            grown = {side: self.growth(job, side) for side in sides}
            said = ", ".join(f"{side} {k:.2f}" for side, k in grown.items() if k is not None)
            if said:
                print(f"  {job}: seconds grow with the size to the power of: {said}")
        for goal in self.goals:
            print(f"  {goal}")
        self._write()
        return int(any(not goal.is_reached for goal in self.goals))

    def _say(self, measured: Measured) -> None:
        first = next(iter(measured.seconds))
        print(f"\n{measured.job}, {measured.size:,} {measured.unit}, {len(measured.seconds[first])} rounds")
        for side in measured.seconds:
            ratio = "" if side == first else f"   {measured.times_faster(side, first):6.2f} × “{first}”"
            print(f"  {side:36} {measured.median(side):9.3f} s   {measured.rate(side):11,.0f}/s{ratio}", flush=True)

    def _write(self) -> None:
        RESULTS.mkdir(parents=True, exist_ok=True)
        told = {
            "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "on": {"cores": os.cpu_count(), "python": platform.python_version(), "postgresql": _server_version()},
            "measured": [asdict(each) for each in self.measured],
            "figures": self.figures,
            "goals": [asdict(each) | {"is_reached": each.is_reached} for each in self.goals],
        }
        path = RESULTS / f"{self.name}.json"
        path.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def sizes(variable: str, default: str) -> list[int]:
    """Return the sizes to measure, smallest first, from a variable such as `BENCH_CUSTOMERS=20000,200000`."""
    return sorted(int(size) for size in os.environ.get(variable, default).split(","))


@contextmanager
def own_database() -> Iterator[None]:
    """Make an empty, migrated database beside the configured one, use it, and drop it in the end.

    It begins as a copy of `BENCH_TEMPLATE` where there is one, which saves the migrations.
    """
    usual = connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["TEMPLATE"] = os.environ.get("BENCH_TEMPLATE") or None
    connection.settings_dict["TEST"]["NAME"] = os.environ.get("BENCH_DATABASE", f"{usual}_bench")
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(usual, verbosity=0)


def execute(*statements: str) -> None:
    """Run statements, each in its own transaction."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def empty_shop() -> None:
    """Empty the tables of the shop and of everything that refers to them, by a constraint or not."""
    told = "campaigns_enrollment, campaigns_message, campaigns_hit"
    execute(f"TRUNCATE customers_customer, customers_store, customers_product, {told} CASCADE")


def value(query: str, parameters: Sequence[object] = ()) -> object:
    """Return the one value of a query."""
    with connection.cursor() as cursor:
        cursor.execute(query, parameters or None)
        return cursor.fetchone()[0]


def database_url() -> str:
    """Return the address of the bench's database, where the connection that is open leads."""
    connection.ensure_connection()
    here = connection.connection.info
    login = ":".join(quote(part, safe="") for part in (here.user, here.password) if part)
    if here.host.startswith("/"):
        return f"postgres://{login}@:{here.port}/{here.host}/{here.dbname}"
    return f"postgres://{login}@{here.host}:{here.port}/{here.dbname}"


def _server_version() -> str:
    return str(value("SHOW server_version"))
