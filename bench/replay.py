"""A day replayed with every recipe in force: who enters, who takes a step, who leaves, an hour at a time.

The facts of the day lie in the tables already, and each run sees those up to its hour, as a worker would that comes
by once an hour. At 2,469 customers the shop is The Complete Journey, at any other number the generated one. Beside the
day, a run in which nothing new happened: what the minutes between cost.
"""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from time import perf_counter

import time_machine
from django.db.models import Count
from django.utils import timezone

from bench import generated_shop, running_recipes
from bench.harness import LAST_DAY, Bench, Side, empty_shop, execute, sizes
from campaigns.automation import entering, leaving, walking
from campaigns.models import Automation, Journey, Message, StepTaken
from crm_project.demo.complete_journey import CompleteJourney
from crm_project.demo.replay import ReplayedShop
from customers import rfm
from customers.cycles.rebuilding import rebuild
from customers.segments.refresh import refresh_all

JOURNEY = 2_469
SIZES = f"{JOURNEY},20000,200000,1000000"
# The Complete Journey's day lies in its third month, so that all kinds of things happen.
JOURNEY_ENDS, JOURNEY_DAY = date(2026, 12, 20), date(2026, 3, 2)
HOURS = int(os.environ.get("BENCH_HOURS", "24"))
# A run comes by every minute.
MOST_SECONDS_A_RUN = 60


def main() -> int:
    """Measure all sizes; return the exit code."""
    bench = Bench("replay")
    wanted = sizes("BENCH_CUSTOMERS", SIZES)
    for customers in wanted:
        _measure(bench, customers, has_goal=customers == max(wanted))
    return bench.finish()


def _measure(bench: Bench, customers: int, *, has_goal: bool) -> None:
    empty_shop()
    running_recipes.forget()
    begins = _open(customers)
    with time_machine.travel(begins - timedelta(hours=1), tick=False):
        automations = running_recipes.put_in_force(begins)
        refresh_all()
    with time_machine.travel(begins + timedelta(minutes=5), tick=False):
        refresh_all()
    execute("VACUUM ANALYZE")
    day = _Day(automations, begins)
    day.live()
    bench.figure(f"{customers:,} customers: seconds that a replayed day takes", day.seconds)
    bench.figure(f"{customers:,} customers: journeys that began or were listed", Journey.objects.count())
    day.say()
    ends = begins + timedelta(hours=HOURS)
    idle = Side("a run of the minute after", lambda: day.run(ends + timedelta(minutes=1)))
    measured = bench.compare("A run in which nothing is new", idle, size=customers, unit="customers")
    if has_goal:
        bench.goal(f"{customers:,}: seconds of the longest run", max(day.runs), at_most=MOST_SECONDS_A_RUN)
        bench.goal(f"{customers:,}: seconds of an idle run", measured.median(idle.name), at_most=MOST_SECONDS_A_RUN)


def _open(customers: int) -> datetime:
    """Fill the shop; return the first moment of the day that is to be replayed."""
    if customers == JOURNEY:
        begins = datetime.combine(JOURNEY_DAY, time.min, timezone.get_default_timezone())
        ends = begins + timedelta(days=1)
        shop = ReplayedShop(CompleteJourney(), last_day=JOURNEY_ENDS, begins=begins, ends=ends)
        shop.open()
        shop.take_in(begins, ends)
        return begins
    generated_shop.into_database(generated_shop.of(customers))
    begins = datetime.combine(LAST_DAY, time.min, timezone.get_default_timezone())
    rfm.score_everyone(begins)
    rebuild(begins)
    return begins


class _Day:
    """A day's runs, and what each trigger took of them."""

    def __init__(self, automations: list[Automation], begins: datetime) -> None:
        self.automations, self.begins = automations, begins
        self.took: Counter[str] = Counter()
        self.runs: list[float] = []

    @property
    def seconds(self) -> float:
        """Return what all runs took."""
        return sum(self.runs)

    def live(self) -> None:
        """Come by each hour: let people enter and walk, and let those out who met an exit."""
        for hour in range(1, HOURS + 1):
            begun = perf_counter()
            self.run(self.begins + timedelta(hours=hour))
            self.runs.append(perf_counter() - begun)

    def run(self, now: datetime) -> None:
        """Do what the workers do at a moment."""
        for automation in self.automations:
            with self._timed(f"enters {automation.recipe}"):
                entering.enter(automation, now)
        with self._timed("walk"):
            walking.walk_due(now)
        with self._timed("sweep"):
            leaving.sweep(now)

    def say(self) -> None:
        """Print who entered by what, and what each part of the day took, the longest first."""
        rows = Journey.objects.values_list("automation__recipe").annotate(count=Count("pk"))
        entered = {f"enters {recipe}": count for recipe, count in rows}
        steps = StepTaken.objects.count()
        messages = Message.objects.filter(campaign__automation__isnull=False).count()
        print(f"  {HOURS} runs, {steps:,} steps taken, {messages:,} messages written")
        for name, seconds in self.took.most_common():
            journeys = f"{entered[name]:10,} journeys" if name in entered else ""
            print(f"  {name:32} {seconds:9.3f} s {journeys}", flush=True)

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        begun = perf_counter()
        yield
        self.took[name] += perf_counter() - begun
