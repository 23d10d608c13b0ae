"""Cohort figures as they stand since the last night: the grid of months, groups beside each other, steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from analytics.cohorts import survival
from analytics.cohorts.survival import Back
from analytics.models import CohortCell, CohortDimension, CohortGroup, CohortRebuild
from analytics.periods import month_of, months_later
from customers.models import Store
from loyalty.models import Tier

# Below so many customers a share moves by several points with each of them.
FEW = 30
MOST_GROUPS = 20


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cohort of `size` bought in one later month: customers who bought, orders, won."""

    customers: int = 0
    orders: int = 0
    revenue: int = 0


@dataclass(frozen=True, slots=True)
class Cohort:
    """The first-time buyers of a month, and their cells by months since; months that are not over are left out."""

    month: date
    size: int
    cells: list[Cell]

    def share(self, age: int) -> float:
        """Return the share of the cohort that bought in the month."""
        return self.cells[age].customers / self.size

    def revenue_each(self, age: int) -> int:
        """Return the won of the month over all customers of the cohort, those who stayed away too."""
        return round(self.cells[age].revenue / self.size)

    def revenue_so_far(self, age: int) -> int:
        """Return what a customer of the cohort had brought by the end of the month, in won."""
        return round(sum(cell.revenue for cell in self.cells[: age + 1]) / self.size)


@dataclass(frozen=True, slots=True)
class Group:
    """A group of first-time buyers with its curve."""

    value: str
    label: str
    counted: CohortGroup
    points: list[Back]

    @property
    def is_small(self) -> bool:
        """Tell whether it is too small to lean on."""
        return self.counted.customers < FEW

    @property
    def one_time(self) -> int:
        """Return how many have ordered once so far."""
        return self.counted.reached[0] - self.counted.reached[1]

    def back_by(self, day: int) -> Back | None:
        """Return the share that had bought again by the day."""
        return survival.by_day(self.points, day)


@dataclass(frozen=True, slots=True)
class Step:
    """Of the customers who reached an order, how many went on to the next."""

    number: int
    reached: int
    went_on: int

    @property
    def stopped(self) -> int:
        """Return how many have stayed at it so far."""
        return self.reached - self.went_on

    @property
    def share(self) -> float:
        """Return the share that went on."""
        return self.went_on / self.reached


def last_rebuild() -> CohortRebuild | None:
    """Return the last count, or None before the first."""
    return CohortRebuild.objects.order_by("-finished_at").first()


def cohorts(dimension: str, value: str, rebuilt: CohortRebuild) -> list[Cohort]:
    """Return the cohorts of a group, oldest first; a month in which nobody of a cohort bought is a cell of zeros."""
    found: dict[date, dict[int, Cell]] = {}
    rows = CohortCell.objects.filter(dimension=dimension, value=value)
    for month, age, *figures in rows.values_list("cohort", "age", "customers", "orders", "revenue"):
        found.setdefault(month, {})[age] = Cell(*figures)
    return [_cohort(month, cells, rebuilt.last_day) for month, cells in sorted(found.items())]


def _cohort(month: date, cells: dict[int, Cell], last_day: date) -> Cohort:
    over, age = [], 0
    while month_of(months_later(month, age)).last <= last_day:
        over.append(cells.get(age, Cell()))
        age += 1
    return Cohort(month, cells[0].customers, over)


def group(dimension: str, value: str) -> Group | None:
    """Return one group, or None where nobody is in it."""
    counted = CohortGroup.objects.filter(dimension=dimension, value=value).first()
    return _group(counted, labels_of(dimension, [value])) if counted else None


def groups(dimension: str) -> list[Group]:
    """Return the largest groups of a dimension, months in their order."""
    found = list(CohortGroup.objects.filter(dimension=dimension).order_by("-customers", "value")[:MOST_GROUPS])
    if dimension == CohortDimension.MONTH:
        found = list(CohortGroup.objects.filter(dimension=dimension).order_by("-value")[:MOST_GROUPS])
    labels = labels_of(dimension, [each.value for each in found])
    return [_group(each, labels) for each in found]


def _group(counted: CohortGroup, labels: dict[str, str]) -> Group:
    points = survival.curve(counted.customers, counted.bought_again, counted.not_yet)
    return Group(counted.value, labels.get(counted.value, counted.value), counted, points)


def labels_of(dimension: str, values: Sequence[str]) -> dict[str, str]:
    """Return the names of groups whose values are keys of other tables."""
    known = [value for value in values if value.isdecimal()]
    if dimension == CohortDimension.STORE:
        return {str(key): name for key, name in Store.objects.filter(pk__in=known).values_list("pk", "name")}
    if dimension == CohortDimension.TIER:
        return {str(tier.pk): str(tier) for tier in Tier.objects.filter(pk__in=known)}
    return {}


def steps(counted: CohortGroup) -> list[Step]:
    """Return how many of those with 1, 2, 3 … orders went on to another."""
    pairs = zip(counted.reached, counted.reached[1:], strict=False)
    return [Step(number, reached, on) for number, (reached, on) in enumerate(pairs, start=1) if reached]
