"""Which campaigns earned an order, under three models side by side.

* last click: the last click by a person before the order, within the campaign's window;
* last delivered: the last advertising message that arrived in its campaign's window, clicked or not;
* linear: all messages that arrived or were clicked in their windows, in equal shares of whole won.

A pure reading of orders, refunds, messages and hits: it may run twice, late or over everything again, and always leaves
the same credits. The credits of an order add up to what it brought when it was placed; refunds take them back on their
own date (U-20).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import connection, transaction

from analytics.attribution import looking, statements
from analytics.models import AttributedOrder
from analytics.periods import Period
from crm_project import job_locks, queue

Model = AttributedOrder.Model
# Two runs over the same order one after the other, so that what the later one read is what stays.
LOCK = (job_locks.NAMESPACE, 8)


@dataclass(frozen=True, slots=True)
class Attributed:
    """What a run changed: credits written (new or different) and credits taken back."""

    credited: int = 0
    taken_back: int = 0

    def __add__(self, other: "Attributed") -> "Attributed":
        return Attributed(self.credited + other.credited, self.taken_back + other.taken_back)


def attribute_fresh() -> Attributed:
    """Credit the orders that changed, or whose customers' messages did, since the last run."""
    return _attribute_all(looking.changed())


def attribute_period(period: Period, models: Collection[str] = Model.values) -> Attributed:
    """Credit the orders of these days anew, under these models; changes nothing where all is as it should be."""
    return _attribute_all(looking.of_period(period.start, period.end), models)


def attribute_everything(models: Collection[str] = Model.values) -> Attributed:
    """Credit every order anew."""
    return _attribute_all(looking.everything(), models)


def attribute_on(after: int) -> int | None:
    """Credit the orders above an id anew as long as there is time; return where to go on, None after the last one."""
    for order_ids in looking.everything(after):
        if queue.out_of_time():
            return after
        _attribute(order_ids, Model.values)
        queue.progress()
        after = order_ids[-1]
    return None


def _attribute_all(chunks: Iterable[list[int]], models: Collection[str] = Model.values) -> Attributed:
    done = Attributed()
    for order_ids in chunks:
        done += _attribute(order_ids, models)
        queue.progress()
    return done


@transaction.atomic
def _attribute(order_ids: list[int], models: Collection[str]) -> Attributed:
    asked: dict[str, list[int] | list[str]] = {"ids": order_ids, "models": list(models)}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", LOCK)
        cursor.execute("DROP TABLE IF EXISTS pg_temp.attribution_due")
        cursor.execute(statements.DUE, asked)
        cursor.execute(statements.FORGET_REFUNDS, asked)
        cursor.execute(statements.TAKE_BACK, asked)
        taken_back = cursor.rowcount
        cursor.execute(statements.CREDIT)
        credited = {row[0] for row in cursor.fetchall()}
        cursor.execute(statements.REVERSE, asked)
        credited.update(row[0] for row in cursor.fetchall())
    return Attributed(len(credited), taken_back)
