"""Count a rule and show some of its members while it is edited, without saving anything."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import BooleanField, ExpressionWrapper, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from customers.models import Customer
from customers.segments import rules
from customers.segments.clock import Moment
from customers.segments.compiler import compile_tree
from customers.segments.contact_conditions import REACHED_BY, reachable_by
from customers.segments.errors import PreviewTooSlowError
from customers.segments.membership import MEMORY

LONGEST_SECONDS = 8


@dataclass(frozen=True)
class Step:
    """A part of the rule, and how many customers are left (or, where any part will do, are in) up to and with it."""

    part: str
    left: int
    before: int

    @property
    def change(self) -> int:
        """Return how many customers the part takes away or adds."""
        return abs(self.before - self.left)


@dataclass(frozen=True)
class Measured:
    """How many customers there are, how many the rule holds for, and how many each of its parts alone.

    `reachable` counts those who fit and to whom advertising may be sent, by channel. `by_place` is keyed by where a
    condition or group stands: (2, 1) is the first member of the second group. `steps` follow the parts of the rule in
    their order; `narrows` tells whether each takes customers away ("all") or adds some ("any").
    """

    everyone: int
    size: int
    reachable: dict[str, int]
    by_place: dict[tuple[int, ...], int]
    steps: list[Step]
    narrows: bool = True

    @property
    def share(self) -> float:
        """Return the share of all customers, 0 to 1."""
        return self.size / self.everyone if self.everyone else 0.0


def count(rule: object, *, moment: Moment | None = None) -> int:
    """Return how many customers the rule holds for.

    Raises:
        RuleError: the rule cannot be used.
    """
    with _memory():
        return _members(rule, moment).count()


def sample(rule: object, most: int = 10) -> list[Customer]:
    """Return some customers the rule holds for, the newest first.

    Raises:
        RuleError: the rule cannot be used.
        PreviewTooSlowError: it took over 8 seconds.
    """
    with _limits():
        return list(_members(rule, None).select_related("stats").order_by("-pk")[:most])


def members(rule: object, *, moment: Moment | None = None) -> Iterator[Customer]:
    """Yield every customer the rule holds for, oldest first, without holding them all in memory.

    Raises:
        RuleError: the rule cannot be used.
    """
    with _memory():
        yield from _members(rule, moment).order_by("pk").iterator(chunk_size=2_000)


def measure(rule: object, *, now: datetime | None = None) -> Measured:
    """Return the figures beside the builder, all from one reading of the customers.

    Raises:
        RuleError: the rule cannot be used.
        PreviewTooSlowError: it took over 8 seconds.
    """
    tree = rules.parse(rule)
    columns = {f"condition_{number}": node for number, node in enumerate(rules.conditions_of(tree))}
    names = {id(node): name for name, node in columns.items()}
    parts, stages = list(rules.members_of(tree)), _stages(tree)
    fits = _said(tree, names)
    wanted = ["TRUE", fits, *(f"{_column(channel)} AND {fits}" for channel in REACHED_BY)]
    wanted += [_said(stage, names) for stage in stages] + [_said(part, names) for part in parts]
    everyone, size, *others = _counted(_answers(columns, Moment(now or timezone.now())), wanted)
    narrows = isinstance(tree, rules.ConditionNode) or tree.word != "any"
    reachable, left, alone = _cut(others, len(REACHED_BY), len(stages))
    return Measured(
        everyone,
        size,
        reachable=dict(zip(REACHED_BY, reachable, strict=True)),
        by_place={part.place.numbers: count for part, count in zip(parts, alone, strict=True)},
        steps=_steps(stages, left, start=everyone if narrows else 0),
        narrows=narrows,
    )


def _stages(tree: rules.Node) -> list[rules.GroupNode]:
    """Return the rule cut off after each of its parts, the shortest first; nothing where it has but one."""
    if isinstance(tree, rules.ConditionNode) or tree.word == "not" or len(tree.members) < 2:
        return []
    return [replace(tree, members=tree.members[:most]) for most in range(1, len(tree.members) + 1)]


def _steps(stages: list[rules.GroupNode], left: list[int], *, start: int) -> list[Step]:
    before = [start, *left]
    return [
        Step(rules.words(stage.members[-1]), count, earlier)
        for stage, count, earlier in zip(stages, left, before, strict=False)
    ]


def _cut(counts: list[int], *lengths: int) -> Iterator[list[int]]:
    """Yield the counts in pieces of these lengths, and what is left over."""
    for length in lengths:
        piece, counts = counts[:length], counts[length:]
        yield piece
    yield counts


def _column(channel: str) -> str:
    return f"reachable_by_{channel}"


def _answers(columns: dict[str, rules.ConditionNode], moment: Moment) -> QuerySet:
    """Return for every customer a column of yes or no for each condition and for each channel."""
    asked = {name: node.condition.q(node.part, moment) for name, node in columns.items()}
    asked |= {_column(channel): reachable_by(channel) for channel in REACHED_BY}
    known = {name: Coalesce(ExpressionWrapper(q, BooleanField()), Value(False)) for name, q in asked.items()}
    return Customer.objects.living().annotate(**known).order_by().values_list(*known)


def _said(node: rules.Node, names: dict[int, str]) -> str:
    """Return the rule as SQL over the columns of its conditions, so that each condition is evaluated once."""
    if isinstance(node, rules.ConditionNode):
        return names[id(node)]
    members = [_said(member, names) for member in node.members]
    if node.word == "not":
        return f"NOT ({members[0]})"
    return "(" + (" AND " if node.word == "all" else " OR ").join(members) + ")"


def _counted(answers: QuerySet, wanted: list[str]) -> list[int]:
    sql, parameters = answers.query.sql_with_params()
    counts = ", ".join(f"count(*) FILTER (WHERE {each})" for each in wanted)
    with _limits() as cursor:
        # OFFSET 0 keeps the planner from putting the conditions back into every count.
        cursor.execute(f"SELECT {counts} FROM ({sql} OFFSET 0) AS answers", parameters)
        return cursor.fetchone()


def _members(rule: object, moment: Moment | None) -> QuerySet[Customer]:
    return Customer.objects.filter(compile_tree(rules.parse(rule), moment or Moment(timezone.now())))


@contextmanager
def _memory() -> Iterator[CursorWrapper]:
    """Give the queries inside the memory to hash a rule's subqueries."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('work_mem', %s, true)", [MEMORY])
        yield cursor


@contextmanager
def _limits() -> Iterator[CursorWrapper]:
    """Give a count its memory, and an end."""
    try:
        with _memory() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{LONGEST_SECONDS}s"])
            yield cursor
            cursor.execute("SELECT set_config('statement_timeout', '0', true)")
    except OperationalError as error:
        if "statement timeout" in str(error):
            raise PreviewTooSlowError from error
        raise
