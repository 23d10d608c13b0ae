"""Loads The Complete Journey through `customers.ingest`, as any shop's data would come in.

stores → products → customers with consents → orders with lines → web visits → statistics, cycles, RFM
→ points and tiers → past campaigns; what to offer whom is left to the queue
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import partial

from django.db import connection
from django.db.models import Max
from django.utils import timezone

from crm_project.demo import made_up, made_up_places
from crm_project.demo.calendar import SEOUL, Calendar
from crm_project.demo.complete_journey import SOURCE, CompleteJourney, Household
from crm_project.demo.console import Console
from crm_project.demo.past_campaigns import keep_past_campaigns
from crm_project.demo.points import begin_points
from crm_project.demo.visits import visits
from crm_project.errors import BusinessError
from crm_project.queue import kick
from customers import stored_numbers
from customers.ingest import (
    IngestResult,
    ingest_customers,
    ingest_events,
    ingest_orders,
    ingest_products,
    ingest_stores,
)
from customers.models import Order

Records = Iterable[Mapping[str, object]]
Purchases = dict[int, list[datetime]]
EVENTS_EXPECTED = 55_000
RECOMMENDATIONS_JOB = "customers.tasks.rebuild_recommendations"


def loaded_until(journey: CompleteJourney) -> date | None:
    """Return the day (KST) that an earlier load took for the last; None where nothing is loaded."""
    known = Order.objects.filter(source=SOURCE, external_id__in=journey.last_baskets())
    latest = known.aggregate(latest=Max("placed_at"))["latest"]
    return latest.astimezone(SEOUL).date() if latest else None


def yesterday() -> date:
    """Return yesterday in Seoul."""
    return timezone.now().astimezone(SEOUL).date() - timedelta(days=1)


def load(journey: CompleteJourney, last_day: date, console: Console) -> int:
    """Load everything as if the last purchase had been on `last_day`; return how many rows were new or changed.

    Raises:
        BusinessError: a record was refused, which this data gives no reason for.
    """
    return Load(journey, Calendar(last_day), console).everything()


class Load:
    """One load: the data, where its days fall, and where to say how far it is."""

    def __init__(self, journey: CompleteJourney, calendar: Calendar, console: Console) -> None:
        """Read who the households are and when they bought."""
        self.journey = journey
        self.calendar = calendar
        self.console = console
        self.counts = journey.counts()
        self.households = journey.households()
        self.purchases = self._purchases()
        self.store_places = made_up_places.stores(journey.stores())
        self.end = datetime.combine(calendar.last_day, datetime.max.time(), SEOUL)
        self.written = 0

    def everything(self) -> int:
        """Load step by step; return how many rows were new or changed."""
        make_room()
        self._take("Stores", ingest_stores, self._stores(), 457)
        self._take("Products", ingest_products, self.journey.products(), 92_348)
        self._take(
            "Customers",
            partial(ingest_customers, defer_stats=True, demo=True),
            self._customers(),
            self.counts["customers"],
        )
        self._take(
            "Orders",
            partial(ingest_orders, defer_stats=True),
            self.journey.order_lines(self.calendar),
            self.counts["lines"],
        )
        self._take("Web visits", partial(ingest_events, defer_stats=True), self._visits(), EVENTS_EXPECTED)
        if self.written:
            with self.console.step("Statistics, purchase cycles and RFM scores"):
                stored_numbers.rebuild_everything(timezone.now())
            # Half a minute of work that nobody has to wait for: the workers do it once they run.
            kick(RECOMMENDATIONS_JOB)
        with self.console.step("Rules of points, and tiers"):
            begin_points(self.calendar.first_day)
        with self.console.step("27 past campaigns, their coupons and redemptions"):
            keep_past_campaigns(self.journey, self.calendar)
        return self.written

    def _take(self, name: str, ingest: Callable[..., IngestResult], records: Records, total: int) -> None:
        rows = self.console.counted(records, name, total)
        with self.console.step(f"{name}: {total:,} records"):
            result = ingest(rows, source=SOURCE)
        if result.refused:
            raise BusinessError(f"{name}: {result.refused} records were refused, the first: {result.refusals[0]}")
        if result.new or result.changed:
            self.written += result.new + result.changed
            with connection.cursor() as cursor:
                # The next step joins what this one filled; unmeasured, that would be planned as if it were empty.
                cursor.execute("ANALYZE")

    def _stores(self) -> Records:
        for number, name in made_up.store_names(self.journey.stores()).items():
            yield {"store_id": str(number), "name": name} | self.store_places[number]

    def _customers(self) -> Records:
        """Yield a record a customer, and one more for each consent that was taken back later."""
        for household in self.households:
            purchases = self.purchases[household.number]
            person = made_up.person(household, first_purchase=purchases[0], first_day=self.calendar.first_day)
            first, *later = made_up.consents(household, person, now=self.end)
            store_region = str(self.store_places[household.home_store]["region"])
            region = {"region": made_up_places.home(household.number, store_region)}
            yield customer_record(household, person) | region | first
            for said in later:
                yield {"customer_id": str(household.number)} | said

    def _visits(self) -> Iterator[dict[str, object]]:
        for household in self.households:
            yield from visits(household, self.purchases[household.number], until=self.end)

    def _purchases(self) -> Purchases:
        purchases: Purchases = {}
        for household, clock in self.journey.purchases():
            purchases.setdefault(household, []).append(self.calendar.purchase(clock))
        return {household: sorted(moments) for household, moments in purchases.items()}


def make_room() -> None:
    """Let this session sort in memory: a million lines do not fit into what a web request needs."""
    with connection.cursor() as cursor:
        cursor.execute("SET work_mem = '256MB'")


def customer_record(household: Household, person: made_up.Person) -> dict[str, object]:
    """Return a household with its person as a record of a customer."""
    return {
        "customer_id": str(household.number),
        "name": person.name,
        "email": person.email,
        "phone": person.phone,
        "birthday": person.birthday,
        "gender": person.gender,
        "joined_at": person.joined_at,
        "store_id": str(household.home_store),
        "acquisition_source": person.acquisition_source,
        **attributes(household),
    }


def attributes(household: Household) -> dict[str, object]:
    """Return what the household told about itself, as the shop's own columns."""
    told = {
        "attr.age_band": household.age,
        "attr.income": household.income,
        "attr.home_ownership": household.home_ownership,
        "attr.marital_status": household.marital_status,
        "attr.household_size": household.household_size,
        "attr.household": household.household_comp,
        "attr.children": household.kids_count,
    }
    return {column: value for column, value in told.items() if value is not None}
