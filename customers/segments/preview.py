"""Count a rule and show some of its members while it is edited, without saving anything."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from customers.models import Customer
from customers.models.consent import Channel
from customers.segments import rules
from customers.segments.clock import Moment
from customers.segments.compiler import compile_tree
from customers.segments.contact_conditions import advertising_allowed
from customers.segments.errors import PreviewTooSlowError
from customers.segments.membership import MEMORY

LONGEST_SECONDS = 8


@dataclass(frozen=True)
class Measured:
    """How many customers there are, how many the rule holds for, and how many each of its parts alone.

    `by_place` is keyed by where a condition or group stands: (2, 1) is the first member of the second group.
    """

    everyone: int
    size: int
    reachable_by_email: int
    by_place: dict[tuple[int, ...], int]

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
    parts = list(rules.members_of(tree))
    wanted = [
        "TRUE",
        _said(tree, names),
        f"reachable AND {_said(tree, names)}",
        *(_said(part, names) for part in parts),
    ]
    counts = _counted(_answers(columns, Moment(now or timezone.now())), wanted)
    everyone, size, reachable, *alone = counts
    by_place = {part.place.numbers: count for part, count in zip(parts, alone, strict=True)}
    return Measured(everyone, size, reachable, by_place)


def _answers(columns: dict[str, rules.ConditionNode], moment: Moment) -> QuerySet:
    """Return for every customer a column of yes or no for each condition, and one for being reachable."""
    asked = {name: node.condition.q(node.part, moment) for name, node in columns.items()}
    asked["reachable"] = ~Q(email="") & advertising_allowed(Channel.EMAIL)
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
