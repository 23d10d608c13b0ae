"""The Complete Journey lived through again: a shop as it was at a moment, then what happened, when it happened.

Facts come in by `customers.ingest`, and the jobs of `crm_project.schedules` run when the clock says so, by the same
door as in a worker. Whoever replays moves the clock (`at`): nothing here knows how.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import StringIO
from typing import cast

from croniter import croniter

from crm_project import queue
from crm_project.demo import made_up
from crm_project.demo.calendar import SEOUL, Calendar
from crm_project.demo.complete_journey import SOURCE, CompleteJourney
from crm_project.demo.console import Console
from crm_project.demo.load import Load, customer_record, make_room
from crm_project.demo.visits import visits
from crm_project.models import Kick
from crm_project.schedules import SCHEDULES, Schedule
from customers import stored_numbers
from customers.ingest import ingest_customers, ingest_events, ingest_orders, ingest_products, ingest_stores

Record = dict[str, object]
Clock = Callable[[datetime], AbstractContextManager[object]]
# Purchases are read so far ahead at once: each reading looks through the whole file.
READ_AHEAD = timedelta(weeks=1)
# Jobs that ask the outside world, that look after what a replay has not (files, webhooks, the queue's own rows), or
# that only count for those who look.
NOT_REPLAYED = frozenset(
    {
        "analytics.tasks.check_rollups",
        "analytics.tasks.keep_figures",
        "analytics.tasks.rebuild_cohorts",
        "analytics.tasks.take_snapshots",
        "campaigns.tasks.check_links",
        "campaigns.tasks.read_bounce_mailboxes",
        "campaigns.tasks.fetch_kakao_templates",
        "campaigns.tasks.hear_refusals",
        "crm_project.tasks.wake_forgotten_kicks",
        "customers.tasks.delete_old_import_files",
        "customers.tasks.delete_expired_exports",
        "customers.tasks.find_duplicates",
    }
)


@dataclass(frozen=True)
class Happened:
    """What came in at a moment: a customer, or a visit's event."""

    at: datetime
    record: Record


class ReplayedShop(Load):
    """The shop of the data from a moment on; who buys, joins and looks after it does so as the clock passes by.

    `last_day` is that of the data; whole weeks after its own, so that no purchase is moved apart from its week.
    `delivered_after`: the data knows no deliveries, so each purchase is made up to be delivered so long after it.
    """

    def __init__(
        self,
        journey: CompleteJourney,
        *,
        last_day: date,
        begins: datetime,
        ends: datetime,
        among: Collection[int] | None = None,
        delivered_after: timedelta | None = None,
    ) -> None:
        """Read what will happen from `begins` to `ends`, to the households of these numbers; nothing is stored yet."""
        super().__init__(journey, Calendar(last_day), Console(StringIO()))
        self.begins = begins
        self.delivered_after = delivered_after
        if among is not None:
            self.households = [household for household in self.households if household.number in among]
        self.numbers = {str(household.number) for household in self.households}
        self.people = list(self._people())
        self.events = list(self._happening(self._visits_until(ends)))
        self._begin()

    def again(self) -> "ReplayedShop":
        """Return the shop as it is when it opens, to be lived through once more in another database."""
        shop = copy(self)
        shop._begin()
        return shop

    def open(self) -> None:
        """Store what had happened by the beginning, and compute what is known of it."""
        make_room()
        ingest_stores(self._stores(), source=SOURCE)
        ingest_products(self._products(), source=SOURCE)
        ingest_customers(self._joined(None, self.begins), source=SOURCE, defer_stats=True, demo=True)
        ingest_orders(self._lines_between(None, self.begins), source=SOURCE, defer_stats=True)
        ingest_events(self._seen(None, self.begins), source=SOURCE, defer_stats=True)
        stored_numbers.rebuild_everything(self.begins)

    def take_in(self, since: datetime, until: datetime) -> int:
        """Store what happened after `since`, up to and with `until`; return how many records that were."""
        joined = ingest_customers(self._joined(since, until), source=SOURCE, demo=True)
        bought = ingest_orders(self._orders(until), source=SOURCE)
        seen = ingest_events(self._seen(since, until), source=SOURCE)
        brought = ingest_orders(self._deliveries(until), source=SOURCE)
        return joined.read + bought.read + seen.read + brought.read

    def _begin(self) -> None:
        self._lines: list[Record] = []
        self._on_the_way: list[Happened] = []
        self._read_until = self.begins

    def _joined(self, since: datetime | None, until: datetime) -> Iterator[Record]:
        return _between(self.people, since, until)

    def _seen(self, since: datetime | None, until: datetime) -> Iterator[Record]:
        return _between(self.events, since, until)

    def _orders(self, until: datetime) -> list[Record]:
        """Return what was bought up to a moment and not returned before."""
        while self._read_until < until:
            since, self._read_until = self._read_until, self._read_until + READ_AHEAD
            self._lines += self._lines_between(since, self._read_until)
        bought = [line for line in self._lines if cast(datetime, line["placed_at"]) <= until]
        self._lines = [line for line in self._lines if cast(datetime, line["placed_at"]) > until]
        self._send_off(bought)
        return bought

    def _send_off(self, bought: Iterable[Record]) -> None:
        """Note when these orders will be delivered, where deliveries are made up."""
        if self.delivered_after is None:
            return
        for order in {line["order_id"]: line for line in bought}.values():
            delivered_at = cast(datetime, order["placed_at"]) + self.delivered_after
            told = {key: order[key] for key in ("order_id", "customer_id", "placed_at", "paid")}
            record = told | {"status": "delivered", "delivered_at": delivered_at}
            self._on_the_way.append(Happened(delivered_at, record))

    def _deliveries(self, until: datetime) -> list[Record]:
        arrived = [each.record for each in self._on_the_way if each.at <= until]
        self._on_the_way = [each for each in self._on_the_way if each.at > until]
        return arrived

    def _lines_between(self, since: datetime | None, until: datetime) -> Iterator[Record]:
        return self.journey.order_lines(self.calendar, since=since, until=until, among=self._asked())

    def _products(self) -> Iterator[Record]:
        bought = self.journey.skus_bought(self._asked())
        return (product for product in self.journey.products() if product["sku"] in bought)

    def _asked(self) -> list[int]:
        return [household.number for household in self.households]

    def _people(self) -> Iterator[Happened]:
        for household in self.households:
            first = self.purchases[household.number][0]
            person = made_up.person(household, first_purchase=first, first_day=self.calendar.first_day)
            yield Happened(person.joined_at, customer_record(household, person))
            for said in filter(None, made_up.consents(household, person, now=self.begins)):
                # At its own moment: told before, it would lie in the future, and the record be refused.
                (at,) = {moment for column, moment in said.items() if column.endswith(".at")}
                yield Happened(at, {"customer_id": str(household.number)} | said)

    def _visits_until(self, end: datetime) -> Iterator[Record]:
        for household in self.households:
            bought = [moment for moment in self.purchases[household.number] if moment <= end]
            if bought:
                yield from visits(household, bought, until=end)

    @staticmethod
    def _happening(records: Iterator[Record]) -> Iterator[Happened]:
        for record in records:
            yield Happened(cast(datetime, record["occurred_at"]), record)


def _between(happened: Collection[Happened], since: datetime | None, until: datetime) -> Iterator[Record]:
    return (each.record for each in happened if (since is None or each.at > since) and each.at <= until)


class Replay:
    """The clock of a replayed shop: at each tick what happened comes in, then what is due runs."""

    def __init__(self, shop: ReplayedShop, *, at: Clock, schedules: Collection[Schedule] = tuple(SCHEDULES)) -> None:
        """Begin where the shop begins; `at` holds the clock of this process at a moment."""
        self.shop = shop
        self.at = at
        self.now = self.worked_at = shop.begins
        self.schedules = [each for each in schedules if each.path not in NOT_REPLAYED]

    def until(self, end: datetime, *, step: timedelta = timedelta(hours=1), is_working: bool = True) -> None:
        """Let the time pass up to `end`, a tick every `step`; where nobody works, only facts come in."""
        while self.now < end:
            self.tick(min(self.now + step, end), is_working=is_working)

    def tick(self, now: datetime, *, is_working: bool = True) -> None:
        """Take in what happened since the tick before, then have the work done that is due."""
        with self.at(now):
            self.shop.take_in(self.now, now)
            self.now = now
            if is_working:
                self.work()
                self.worked_at = now

    def work(self) -> None:
        """Run what fell due since work was last done, once each as the queue does, and what that kicks."""
        for schedule in self.schedules:
            if is_due(schedule, since=self.worked_at, until=self.now):
                queue.run(schedule.path)
        run_kicks()


def is_due(schedule: Schedule, *, since: datetime, until: datetime) -> bool:
    """Tell whether a schedule's time came after `since`, up to and with `until`; each tick for those of minutes."""
    if schedule.cron is None:
        return True
    following = croniter(schedule.cron, since.astimezone(SEOUL)).get_next(datetime)
    return bool(following <= until)


def run_kicks(*, rounds: int = 20) -> None:
    """Run what was kicked, and what that kicks, until nothing waits; what is not replayed is forgotten."""
    for _round in range(rounds):
        Kick.objects.filter(job__in=NOT_REPLAYED).delete()
        waiting = list(Kick.objects.order_by("pk").values_list("job", "argument"))
        if not waiting:
            return
        for path, argument in dict.fromkeys(waiting):
            queue.run(path, argument)
