"""Count a rule and show some of its members while it is edited, without saving anything."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import OperationalError, connection, transaction
from django.db.models import Count, Q
from django.utils import timezone

from customers.models import Customer
from customers.models.consent import Channel, Purpose
from customers.segments import rules
from customers.segments.clock import Moment
from customers.segments.compiler import compile_tree
from customers.segments.contact_conditions import consent_holds
from customers.segments.errors import PreviewTooSlowError
from customers.segments.refresh import MEMORY

LONGEST_SECONDS = 8


@dataclass(frozen=True)
class Measured:
    """How many customers there are, how many the rule holds for, and how many each of its conditions alone."""

    everyone: int
    size: int
    reachable_by_email: int
    by_condition: dict[str, int]

    @property
    def share(self) -> float:
        """Return the share of all customers, 0 to 1."""
        return self.size / self.everyone if self.everyone else 0.0


def count(rule: object, *, moment: Moment | None = None) -> int:
    """Return how many customers the rule holds for.

    Raises:
        RuleError: the rule cannot be used.
    """
    return _members(rule, moment).count()


def sample(rule: object, most: int = 10) -> list[Customer]:
    """Return some customers the rule holds for, the newest first.

    Raises:
        RuleError: the rule cannot be used.
    """
    return list(_members(rule, None).select_related("stats").order_by("-pk")[:most])


def members(rule: object, *, moment: Moment | None = None) -> Iterator[Customer]:
    """Yield every customer the rule holds for, oldest first, without holding them all in memory.

    Raises:
        RuleError: the rule cannot be used.
    """
    return _members(rule, moment).order_by("pk").iterator(chunk_size=2_000)


def measure(rule: object, *, now: datetime | None = None) -> Measured:
    """Return the figures beside the builder, all from one reading of the customers.

    Raises:
        RuleError: the rule cannot be used.
        PreviewTooSlowError: it took over 8 seconds.
    """
    tree, moment = rules.parse(rule), Moment(now or timezone.now())
    fits = compile_tree(tree, moment)
    reachable = fits & ~Q(email="") & consent_holds(Purpose.AD_RECEIVE, Channel.EMAIL)
    wanted = {"everyone": Count("pk"), "fitting": Count("pk", filter=fits), "reachable": Count("pk", filter=reachable)}
    conditions = list(rules.conditions_of(tree))
    for number, node in enumerate(conditions):
        wanted[f"condition_{number}"] = Count("pk", filter=node.condition.q(node.part, moment))
    with _limits():
        counted = Customer.objects.present().aggregate(**wanted)
    by_condition = {node.path: counted[f"condition_{number}"] for number, node in enumerate(conditions)}
    return Measured(counted["everyone"], counted["fitting"], counted["reachable"], by_condition)


def _members(rule: object, moment: Moment | None):
    return Customer.objects.filter(compile_tree(rules.parse(rule), moment or Moment(timezone.now())))


@contextmanager
def _limits() -> Iterator[None]:
    """Give a count the memory to hash its subqueries, and an end."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('work_mem', %s, true)", [MEMORY])
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{LONGEST_SECONDS}s"])
            yield
            cursor.execute("SELECT set_config('statement_timeout', '0', true)")
    except OperationalError as error:
        if "statement timeout" in str(error):
            raise PreviewTooSlowError from error
        raise
