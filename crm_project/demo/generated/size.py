"""How much to generate, until when, and how the days and hours differ."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import accumulate

from crm_project.demo.calendar import SEOUL
from crm_project.errors import BusinessError

SECONDS_A_DAY = 86_400
MOST_CUSTOMERS = 9_999_999  # more numbers that are given to nobody there are not
FEWEST_DAYS, MOST_DAYS = 60, 3_650
CUSTOMERS_A_STORE, MOST_STORES = 5_000, 300
CUSTOMERS_A_PRODUCT, FEWEST_PRODUCTS, MOST_PRODUCTS = 250, 120, 2_400

# January to December, Monday to Sunday, 0 to 23 o'clock: how much is bought, in any unit.
MONTHS = (0.92, 0.88, 0.97, 0.98, 1.06, 0.96, 0.94, 0.90, 1.04, 1.00, 1.18, 1.17)
WEEKDAYS = (1.06, 0.98, 0.96, 0.97, 1.02, 1.03, 0.98)
HOURS = (5, 3, 2, 1, 1, 1, 2, 4, 7, 10, 13, 14, 14, 13, 12, 12, 12, 13, 14, 16, 18, 18, 14, 9)


@dataclass(frozen=True)
class Size:
    """The numbers asked for. `days` end with `last_day` (KST), the day of the last purchase."""

    customers: int
    orders: int
    events: int
    last_day: date
    days: int = 730
    seed: int = 1
    campaigns: int = 6

    def __post_init__(self) -> None:
        """Refuse what could not be generated.

        Raises:
            BusinessError: a number is too small or too large.
        """
        if not 1 <= self.customers <= MOST_CUSTOMERS:
            raise BusinessError(f"Generate between 1 and {MOST_CUSTOMERS:,} customers.")
        if not FEWEST_DAYS <= self.days <= MOST_DAYS:
            raise BusinessError(f"Generate between {FEWEST_DAYS} and {MOST_DAYS:,} days.")
        if min(self.orders, self.events, self.campaigns) < 0:
            raise BusinessError("A number of orders, events or campaigns cannot be negative.")

    @property
    def stores(self) -> int:
        """Return how many stores a shop of that size has."""
        return min(max(self.customers // CUSTOMERS_A_STORE, 3), MOST_STORES)

    @property
    def products(self) -> int:
        """Return how many products a shop of that size sells."""
        return min(max(self.customers // CUSTOMERS_A_PRODUCT, FEWEST_PRODUCTS), MOST_PRODUCTS)

    @property
    def first_day(self) -> date:
        """Return the first day with purchases."""
        return self.last_day - timedelta(days=self.days - 1)

    @property
    def start(self) -> datetime:
        """Return the moment from which `second` counts."""
        return datetime.combine(self.first_day, datetime.min.time(), SEOUL)

    @property
    def seconds(self) -> int:
        """Return the length of the whole time in seconds."""
        return self.days * SECONDS_A_DAY

    @cached_property
    def share_before_day(self) -> list[float]:
        """Return, for each day and the end, which share of the purchases lies before it (seasons and weekdays)."""
        dates = (self.first_day + timedelta(days=number) for number in range(self.days))
        return _shares([MONTHS[day.month - 1] * WEEKDAYS[day.weekday()] for day in dates])

    @cached_property
    def share_before_hour(self) -> list[float]:
        """Return, for each hour, which share of a day's purchases lies before it."""
        return _shares(list(HOURS))[:-1]


def _shares(weights: list[float] | list[int]) -> list[float]:
    total = sum(weights)
    return [0.0, *(round(sum_so_far / total, 9) for sum_so_far in accumulate(weights))]
