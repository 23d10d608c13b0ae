"""Conditions on customers with a rhythm of their own: how late they are by it, and what they are worth a year.

Both read the statistics as they stand; who has no rhythm yet satisfies neither.
"""

from abc import abstractmethod
from dataclasses import dataclass

from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.cycles.yearly_value import HAS_RHYTHM, YEARLY_VALUE, pause_percent
from customers.models import Customer
from customers.segments.clock import Moment
from customers.segments.conditions import Condition, Part, Topic, at_least, at_most
from customers.segments.values import Value, WholeNumber, Won

KNOWN = f"SELECT {{column}} FROM customers_customerstats AS stats WHERE {HAS_RHYTHM}"
SIGNS = {"at_least": ">=", "at_most": "<="}


@dataclass(frozen=True)
class Percent(WholeNumber):
    """A whole number of per cent."""

    highest: int = 100_000
    unit: str = "%"
    initial: int = 150

    def words(self, value: int) -> str:
        return f"{value:,} %"


class OfRhythm(Condition):
    """A number that follows from the customer's own cycle."""

    topic = Topic.CYCLE
    number: Value

    @abstractmethod
    def formula(self, moment: Moment) -> str:
        """Return the SQL of the number on the statistics."""

    def q(self, part: Part, moment: Moment) -> Q:
        fits = f"{self.formula(moment)} {SIGNS[part['op']]} %s"
        parameters: list[object] = [part["value"]]
        if moment.among is not None:
            fits, parameters = f"{fits} AND stats.customer_id = ANY(%s)", [*parameters, list(moment.among)]
        # Our own statement; all values are parameters.
        return Q(pk__in=RawSQL(f"{KNOWN.format(column='stats.customer_id')} AND {fits}", parameters))  # noqa: S611

    def actual(self, customer: Customer, part: Part, moment: Moment) -> str:
        statement = f"{KNOWN.format(column=self.formula(moment))} AND stats.customer_id = %s"
        with connection.cursor() as cursor:
            cursor.execute(statement, [customer.pk])
            found = cursor.fetchone()
        return self.number.words(found[0]) if found else _("no cycle known yet")


class PauseAgainstCycle(OfRhythm):
    """Days since the last order in per cent of the own cycle."""

    name, label = "pause_of_cycle", gettext_lazy("days since the last order, of the own cycle")
    number = Percent()
    operators = (at_least(number), at_most(number))

    def formula(self, moment: Moment) -> str:
        return pause_percent(moment.today)


class YearlyValue(OfRhythm):
    """Revenue a year at the pace the customer kept while they came."""

    name, label = "yearly_value", gettext_lazy("expected yearly revenue")
    number = Won(lowest=0)
    operators = (at_least(number), at_most(number))

    def formula(self, moment: Moment) -> str:
        return YEARLY_VALUE


CONDITIONS_ON_RHYTHM = (PauseAgainstCycle, YearlyValue)
