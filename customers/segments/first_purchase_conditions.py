"""Conditions on what began it all: the store and the category of a customer's first purchase."""

from abc import abstractmethod
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Customer, Order, OrderLine
from customers.segments import lookups
from customers.segments.clock import Moment
from customers.segments.condition_kinds import choice_operators
from customers.segments.conditions import Condition, Part, Topic


def first_order_of(customer: Any, moment: Moment) -> QuerySet[Order]:
    """Return the earliest purchase of a customer, as known at a moment; of two at the same time the one seen first."""
    purchases = Order.objects.purchases().filter(customer=customer).order_by("placed_at", "pk")
    return (purchases.filter(placed_at__lt=moment.now) if moment.is_past else purchases)[:1]


class OfFirstOrder(Condition):
    """Something about the first purchase; whoever never bought is in none and, asked for the opposite, in all."""

    topic = Topic.PURCHASES

    @abstractmethod
    def found(self, customer: Any, moment: Moment) -> QuerySet:
        """Return what it is, as one row of one value."""

    def q(self, part: Part, moment: Moment) -> Q:
        customers = Customer.objects.filter(stats__order_count__gt=0)
        if moment.among is not None:
            customers = customers.filter(pk__in=moment.ids_among())
        asked = customers.alias(found=Subquery(self.found(OuterRef("pk"), moment))).filter(found__in=part["value"])
        fits = Q(pk__in=asked.values("pk"))
        return fits if part["op"] == "in" else ~fits

    def actual(self, customer: Customer, part: Part, moment: Moment) -> str:
        if not first_order_of(customer.pk, moment).exists():
            return _("never bought")
        found = list(self.found(customer.pk, moment))
        known = next(iter(found[0].values())) if found else ""
        return str(known or _("not known"))


class FirstOrderStore(OfFirstOrder):
    name, label = "first_order_store", gettext_lazy("store of the first order")
    operators = choice_operators(lookups.STORES)

    def found(self, customer: Any, moment: Moment) -> QuerySet:
        return first_order_of(customer, moment).values("store__external_id")


class FirstOrderCategory(OfFirstOrder):
    """The category that most of the first order was spent on."""

    name, label = "first_order_category", gettext_lazy("category of the first order")
    operators = choice_operators(lookups.CATEGORIES)

    def found(self, customer: Any, moment: Moment) -> QuerySet:
        # One level deeper, the customer lies further out.
        outer = OuterRef(customer) if isinstance(customer, OuterRef) else customer
        lines = OrderLine.objects.filter(order_id=Subquery(first_order_of(outer, moment).values("pk")))
        spent = lines.values("product__category").annotate(spent=Sum("amount"))
        return spent.order_by("-spent", "product__category").values("product__category")[:1]


CONDITIONS_ON_FIRST_PURCHASES = (FirstOrderStore, FirstOrderCategory)
