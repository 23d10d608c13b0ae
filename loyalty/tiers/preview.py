"""What a changed ladder would do, counted over all customers before anybody saves it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone

from customers.models import Customer
from loyalty.models import Tier, TierThreshold
from loyalty.tiers import ladder
from loyalty.tiers.judging import judge_parameters, judge_sql
from loyalty.tiers.ladder import Draft, Ladder

# A preview that takes longer than this is given up: the form stays usable.
SECONDS = 20

# Everybody is judged as if the day to go down had come.
FLOWS = """
SELECT CASE WHEN has_standing THEN tier_before ELSE %(base_now)s END, (%(tiers)s::bigint[])[holding_rank], count(*)
FROM ({judge}) AS judged GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Flow:
    """Customers who go from one tier to another, or stay: places on the ladders before and after, 0 the lowest.

    `direction` is 1 up, 0 none, -1 down.
    """

    origin: int
    target: int
    customers: int
    direction: int


@dataclass(frozen=True, slots=True)
class Rung:
    """A tier on one side of the picture."""

    tier_id: int
    name: str
    colour: str
    threshold: int


@dataclass(frozen=True, slots=True)
class Movement:
    """The ladder before and after, lowest first, and who goes where."""

    before: list[Rung]
    after: list[Rung]
    flows: list[Flow]

    def moved(self, direction: int) -> int:
        """Return how many go up (1), stay (0) or go down (-1)."""
        return sum(flow.customers for flow in self.flows if flow.direction == direction)

    @property
    def rises(self) -> int:
        """Return how many go up."""
        return self.moved(1)

    @property
    def falls(self) -> int:
        """Return how many go down."""
        return self.moved(-1)

    @property
    def stays(self) -> int:
        """Return how many stay."""
        return self.moved(0)

    def sizes_before(self) -> list[int]:
        """Return how many customers each tier has before."""
        return [sum(each.customers for each in self.flows if each.origin == at) for at in range(len(self.before))]

    def sizes_after(self) -> list[int]:
        """Return how many customers each tier has after."""
        return [sum(each.customers for each in self.flows if each.target == at) for at in range(len(self.after))]


def preview(draft: Draft) -> Movement:
    """Count who would move, and from where to where, in one statement over all customers; stores nothing.

    Who rises, rises at once; who falls, falls at the next evaluation.

    Raises:
        LadderRefused: nobody could stand on it.
        OperationalError: it took too long.
    """
    ladder.check(draft)
    rules, now = draft.ladder(), ladder.newest()
    after = [
        Rung(step.tier_id, each.name, each.colour, each.threshold)
        for step, each in zip(rules.steps, draft.rising, strict=True)
    ]
    before = _rungs(ladder.ladder_of(now)) if now else after[:1]
    counted = _counted(rules, before[0].tier_id)
    # Whoever has nothing that counts stands at the foot, before and after.
    foot = (before[0].tier_id, after[0].tier_id)
    counted[foot] = counted.get(foot, 0) + Customer.objects.living().count() - sum(counted.values())
    return movement(before, after, counted)


def movement(before: list[Rung], after: list[Rung], counted: Mapping[tuple[int, int], int]) -> Movement:
    """Return counts by (tier before, tier after) as flows; tiers that left the ladder stand where they once did."""
    known = {rung.tier_id for rung in before}
    before = sorted([*before, *_left({origin for origin, _target in counted} - known)], key=lambda each: each.threshold)
    places = {rung.tier_id: at for at, rung in enumerate(before)}, {rung.tier_id: at for at, rung in enumerate(after)}
    flows = [
        Flow(places[0][origin], places[1][target], customers, _direction(before[places[0][origin]], target, after))
        for (origin, target), customers in sorted(counted.items())
        if customers
    ]
    return Movement(before, after, flows)


def _counted(rules: Ladder, base_now: int) -> dict[tuple[int, int], int]:
    parameters = judge_parameters(rules, timezone.localdate(), is_evaluation=True) | {"base_now": base_now}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout')")
        (usual,) = cursor.fetchone()
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{SECONDS}s"])
        cursor.execute(FLOWS.format(judge=judge_sql(rules, among=False, at_once="true")), parameters)
        rows = cursor.fetchall()
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [usual])
    return {(origin, target): customers for origin, target, customers in rows}


def _direction(origin: Rung, target: int, after: list[Rung]) -> int:
    """Tell whether going from a tier to another is up or down: by the order of the ladder after, else by thresholds."""
    ids = [rung.tier_id for rung in after]
    at = ids.index(target)
    if origin.tier_id in ids:
        height: float = ids.index(origin.tier_id)
    else:
        height = sum(rung.threshold <= origin.threshold for rung in after) - 0.5
    return (at > height) - (at < height)


def _rungs(rules: Ladder) -> list[Rung]:
    tiers = Tier.objects.in_bulk(rules.tier_ids)
    return [
        Rung(step.tier_id, tiers[step.tier_id].name, tiers[step.tier_id].colour, step.threshold) for step in rules.steps
    ]


def _left(tier_ids: Collection[int]) -> list[Rung]:
    rows = TierThreshold.objects.filter(tier__in=tier_ids).select_related("tier").order_by("rule_version")
    found = {row.tier_id: Rung(row.tier_id, row.tier.name, row.tier.colour, row.threshold) for row in rows}
    return list(found.values())
