"""Conditions on when customers are expected back and how likely it is that they will not come.

Due days are those of the statistics, or worked out from the orders where a category or product is asked for. Whoever
has no cycle, own or borrowed, is due never, and satisfies none of these.
"""

from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from customers.cycles.pauses import (
    CATEGORY,
    ENOUGH_OF_ONES_OWN,
    PRODUCT,
    Subject,
    borrowed_or_own,
    own_cycles,
    pauses_of,
)
from customers.models import Customer, CustomerStats
from customers.segments import lookups
from customers.segments.clock import Moment
from customers.segments.condition_kinds import COMPARISONS
from customers.segments.conditions import Condition, Operator, Part, Topic, at_least, at_most
from customers.segments.values import Days, Value, WholeNumber

SOON = Days(initial=7)


def due_words(day: date, moment: Moment) -> str:
    """Say a due day and how far away it is."""
    days = (day - moment.today).days
    if days >= 0:
        left = ngettext("%(day)s (in %(count)s day)", "%(day)s (in %(count)s days)", days)
    else:
        left = ngettext("%(day)s (%(count)s day overdue)", "%(day)s (%(count)s days overdue)", -days)
    return left % {"day": day.isoformat(), "count": f"{abs(days):,}"}


class NextPurchaseDue(Condition):
    """The day on which the next purchase of anything is expected."""

    name, label, topic = "due", gettext_lazy("next purchase due"), Topic.CYCLE
    operators = (
        Operator(
            "within_next_days",
            gettext_lazy("within the next"),
            gettext_lazy("%(what)s within the next %(value)s"),
            SOON,
        ),
        Operator(
            "overdue_by",
            gettext_lazy("overdue by at least"),
            gettext_lazy("%(what)s and overdue by at least %(value)s"),
            Days(lowest=1, initial=7),
        ),
    )

    def q(self, part: Part, moment: Moment) -> Q:
        today = moment.start_of_days_ago(0)
        if part["op"] == "overdue_by":
            return Q(stats__due_at__lt=moment.start_of_days_ago(part["value"] - 1))
        return Q(stats__due_at__gte=today, stats__due_at__lt=moment.start_of_days_ago(-part["value"] - 1))

    def actual(self, customer: Customer, part: Part, moment: Moment) -> str:
        due_at = CustomerStats.objects.filter(pk=customer.pk).values_list("due_at", flat=True).first()
        if due_at is None:
            return _("no cycle known yet")
        return due_words(timezone.localdate(due_at, timezone.get_default_timezone()), moment)


class NumberIfKnown(Condition):
    """A number on the statistics that many customers have none of; those fit no comparison."""

    topic = Topic.CYCLE
    column: str
    number: Value
    known = Q()

    def q(self, part: Part, moment: Moment) -> Q:
        return self.known & Q(**{f"stats__{self.column}__{COMPARISONS[part['op']]}": part["value"]})

    def actual(self, customer: Customer, part: Part, moment: Moment) -> str:
        known = Customer.objects.filter(self.known, pk=customer.pk)
        value = known.values_list(f"stats__{self.column}", flat=True).first()
        return _("no cycle known yet") if value is None else self.number.words(value)


class CycleLength(NumberIfKnown):
    """The customer's own cycle, once enough pauses are known."""

    name, label, column = "cycle_length", gettext_lazy("own purchase cycle"), "cycle_days"
    known = Q(stats__cycle_gaps__gte=ENOUGH_OF_ONES_OWN)
    number = Days(lowest=1)
    operators = (at_least(number), at_most(number))


class RepurchaseRisk(NumberIfKnown):
    """How many in a hundred comparable pauses had ended by now."""

    name, label, column = "repurchase_risk", gettext_lazy("repurchase risk"), "risk"
    number = WholeNumber(highest=100)
    operators = (
        at_least(WholeNumber(highest=100, initial=90)),
        at_most(WholeNumber(highest=100, initial=50)),
    )


class DueFor(Condition):
    """Due to buy again, by the own cycle for it or everybody's, counted from the last time it was bought."""

    topic = Topic.CYCLE
    subject: Subject
    wanted: str
    optional = {"days": Days(initial=7, before=gettext_lazy("within the next"))}

    def words(self, part: Part) -> str:
        return self.optional["days"].words(part.get("days", SOON.initial))

    def q(self, part: Part, moment: Moment) -> Q:
        due, parameters = self._due(part, moment, among=moment.among)
        last = moment.today + timedelta(days=part.get("days", SOON.initial))
        statement = f"SELECT customer_id FROM ({due}) AS due WHERE due_on BETWEEN %s AND %s"
        # Our own statement; all values are parameters.
        return Q(pk__in=RawSQL(statement, [*parameters, moment.today, last]))  # noqa: S611

    def actual(self, customer: Customer, part: Part, moment: Moment) -> str:
        due, parameters = self._due(part, moment, among=(customer.pk,))
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT subject, due_on FROM ({due}) AS due WHERE due_on IS NOT NULL", parameters)
            days = [due_words(due_on, moment) for _subject, due_on in cursor.fetchall()]
        return ", ".join(days) or _("never bought, or no cycle known yet")

    def _due(self, part: Part, moment: Moment, *, among: tuple[int, ...] | None) -> tuple[str, list[Any]]:
        """Return the SQL of (customer_id, subject, due_on) and its parameters."""
        whose = "IS NOT NULL" if among is None else "= ANY(%s)"
        pauses = pauses_of(self.subject, among=whose, until="%s", only=f"{self.wanted} = ANY(%s)")
        days = borrowed_or_own("own", "cycle")
        statement = f"""
            SELECT own.customer_id, own.subject, own.last_day + {days} AS due_on FROM ({own_cycles(pauses)}) AS own
            LEFT JOIN {self.subject.table} cycle ON cycle.{self.subject.column} = own.subject
        """
        parameters = [moment.now, list(part["value"])]
        return statement, parameters if among is None else [list(among), *parameters]


class DueForCategory(DueFor):
    name, label = "due_category", gettext_lazy("due to buy from the category")
    subject, wanted = CATEGORY, "product.category"
    operators = (
        Operator(
            "in", "", gettext_lazy("due to buy from %(value)s again within the next %(what)s"), lookups.CATEGORIES
        ),
    )


class DueForProduct(DueFor):
    name, label = "due_product", gettext_lazy("due to buy the product")
    subject, wanted = PRODUCT, "product.sku"
    operators = (
        Operator("in", "", gettext_lazy("due to buy %(value)s again within the next %(what)s"), lookups.PRODUCTS),
    )


CONDITIONS_ON_CYCLES = (NextPurchaseDue, DueForCategory, DueForProduct, CycleLength, RepurchaseRisk)
