"""The conditions on what a customer bought: how often, for how much, which things, where, and when last.

Those that count or date purchases can be narrowed down to products, categories, brands, stores and sales channels.
What is asked of products reads order lines: the money is then that of the lines, before refunds, which shops know
only for whole orders.
"""

from collections.abc import Mapping
from typing import ClassVar

from django.db.models import Aggregate, Avg, Count, Max, Min, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy

from customers.models import Order, OrderLine
from customers.segments import lookups
from customers.segments.clock import Moment
from customers.segments.condition_kinds import (
    CountInWindow,
    DateCondition,
    EarliestFact,
    FactsCondition,
    LatestFact,
    NumberCondition,
    number_operators,
)
from customers.segments.conditions import Operator, Part, Topic, at_least, at_most
from customers.segments.facts import Facts
from customers.segments.values import SomeOf, Times, Value, WholeNumber, Won
from customers.segments.windows import Window

PURCHASES = Facts(Order, "placed_at", Q(is_purchase=True))
# A line of nothing was given back whole. Those below zero take back part of another line: sums need them.
PURCHASED_LINES = Facts(
    OrderLine, "order__placed_at", Q(order__is_purchase=True) & ~Q(quantity=0), owner="order__customer"
)
TAKEN_BACK = Facts(
    Order, "placed_at", Q(status__in=(Order.Status.CANCELLED, Order.Status.REFUNDED)) | Q(refunded__gt=0)
)

OF_LINES = {"products": "product__sku", "categories": "product__category", "brands": "product__brand"}
OF_ORDERS = {"stores": "store__external_id", "channels": "channel"}
NARROWING: dict[str, Value] = {
    "products": lookups.PRODUCTS,
    "categories": lookups.CATEGORIES,
    "brands": lookups.BRANDS,
    "stores": lookups.STORES,
    "channels": SomeOf(Order.SalesChannel.choices),
}
LABELS = {
    "products": gettext_lazy("products"),
    "categories": gettext_lazy("categories"),
    "brands": gettext_lazy("brands"),
    "stores": gettext_lazy("stores"),
    "channels": gettext_lazy("sales channel"),
}


class OfPurchases(FactsCondition):
    """What conditions on purchases share: they read orders, and order lines once a product is asked for."""

    topic = Topic.PURCHASES
    facts: ClassVar[Facts] = PURCHASES
    optional: ClassVar[Mapping[str, Value]] = NARROWING
    labels = LABELS

    def facts_for(self, part: Part) -> Facts:
        return PURCHASED_LINES if asks_lines(part) else self.facts

    def narrowed(self, facts: QuerySet, part: Part) -> QuerySet:
        of_orders = "order__" if facts.model is OrderLine else ""
        columns = OF_LINES | {key: f"{of_orders}{column}" for key, column in OF_ORDERS.items()}
        return facts.filter(**{f"{column}__in": part[key] for key, column in columns.items() if key in part})


def asks_lines(part: Part) -> bool:
    """Tell whether a part is narrowed down by what only order lines know."""
    return not OF_LINES.keys().isdisjoint(part)


class PurchaseMeasure(OfPurchases, CountInWindow):
    """A measure over purchases in a window; over lines it is another aggregate."""

    over_lines: ClassVar[Aggregate]
    optional = {**NARROWING, "window": Window()}

    def measure_for(self, part: Part) -> Aggregate:
        return self.over_lines if self.facts_for(part).model is OrderLine else self.measure


class LineMeasure(PurchaseMeasure):
    """A measure that only order lines can give."""

    facts = PURCHASED_LINES
    operators = number_operators(WholeNumber(unit=gettext_lazy("pieces")))
    number = WholeNumber()


class OrderMeasure(PurchaseMeasure):
    """A measure of whole orders, which asking for products would make another one."""

    optional = {key: kind for key, kind in PurchaseMeasure.optional.items() if key not in OF_LINES}


class LastOrder(DateCondition):
    name, label, topic = "last_order", gettext_lazy("last order"), Topic.PURCHASES
    column, facts = "stats__last_order_at", PURCHASES


class FirstOrder(DateCondition):
    name, label, topic = "first_order", gettext_lazy("first order"), Topic.PURCHASES
    column, facts, reading = "stats__first_order_at", PURCHASES, Min


class OrderCount(NumberCondition):
    name, label, topic = "order_count", gettext_lazy("orders ever"), Topic.PURCHASES
    column, facts, measure = "stats__order_count", PURCHASES, Count("pk")
    number = Times()
    operators = number_operators(number)


class PaidTotal(NumberCondition):
    """Revenue of all purchases: paid − refunded − shipping (I-06)."""

    name, label, topic = "paid_total", gettext_lazy("paid in all"), Topic.PURCHASES
    column, facts, measure = "stats__paid_total", PURCHASES, Sum("revenue")
    number = Won()
    operators = (at_least(number), at_most(number))


class OrdersInWindow(PurchaseMeasure):
    name, label = "orders", gettext_lazy("orders")
    over_lines = Count("order", distinct=True)


class PaidInWindow(PurchaseMeasure):
    name, label = "paid_in_window", pgettext_lazy("amount", "paid")
    measure, over_lines, number = Sum("revenue"), Sum("amount"), Won()
    operators = (at_least(number), at_most(number))


class AverageOrder(OrderMeasure):
    """Revenue per order; who bought nothing in the window fits no comparison."""

    name, label = "average_order", gettext_lazy("average order")
    measure, number, nothing_is_zero = Avg("revenue"), Won(), False
    operators = (at_least(number), at_most(number))


class LargestOrder(OrderMeasure):
    """The revenue of the largest order; who bought nothing in the window fits no comparison."""

    name, label = "largest_order", gettext_lazy("largest order")
    measure, number, nothing_is_zero = Max("revenue"), Won(), False
    operators = (at_least(number), at_most(number))


class PurchaseDays(OrderMeasure):
    """Days with a purchase (KST): several orders of a day count once."""

    name, label = "purchase_days", gettext_lazy("days with a purchase")
    number = WholeNumber(unit=gettext_lazy("days"))
    operators = number_operators(number)

    def measure_for(self, part: Part) -> Aggregate:
        return Count(TruncDate("placed_at", tzinfo=timezone.get_default_timezone()), distinct=True)


class ItemsBought(LineMeasure):
    name, label = "items_bought", gettext_lazy("items bought")
    over_lines = Sum("quantity")


class ProductsBought(LineMeasure):
    name, label = "products_bought", gettext_lazy("different products bought")
    over_lines = Count("product", distinct=True)


class CategoriesBought(LineMeasure):
    name, label = "categories_bought", gettext_lazy("different categories bought")
    over_lines = Count("product__category", distinct=True, filter=~Q(product__category=""))
    operators = number_operators(WholeNumber())


class LastBought(OfPurchases, LatestFact):
    name, label = "last_bought", gettext_lazy("last bought")


class FirstBought(OfPurchases, EarliestFact):
    name, label = "first_bought", gettext_lazy("first bought")


class OrdersTakenBack(CountInWindow):
    """Orders that were cancelled, or refunded wholly or in part."""

    name, label, topic = "orders_taken_back", gettext_lazy("cancelled or refunded orders"), Topic.PURCHASES
    facts, filters, labels = TAKEN_BACK, OF_ORDERS, LABELS
    optional = {"stores": NARROWING["stores"], "channels": NARROWING["channels"], "window": Window()}


class BoughtCategory(CountInWindow):
    """Bought a product of one of the categories, in so many different orders (once, unless `times` says more)."""

    name, label, topic = "bought_category", gettext_lazy("bought from the category"), Topic.PURCHASES
    facts, measure = PURCHASED_LINES, Count("order", distinct=True)
    operators = (
        Operator(
            "in",
            "",  # the label of the condition leads straight to the categories
            gettext_lazy("bought from %(value)s at least %(what)s"),
            lookups.CATEGORIES,
        ),
    )
    optional = {"times": Times(lowest=1, before=gettext_lazy("at least")), "window": Window()}

    def words(self, part: Part) -> str:
        return Times().words(part.get("times", 1))

    def facts_in_window(self, part: Part, moment: Moment) -> QuerySet:
        return super().facts_in_window(part, moment).filter(product__category__in=part["value"])

    def q(self, part: Part, moment: Moment) -> Q:
        facts = self.facts_in_window(part, moment)
        if part.get("times", 1) == 1:
            return self.facts.owners(facts)
        return self.facts.owners_where(facts, self.measure, "gte", part["times"])


CONDITIONS_ON_PURCHASES = (
    LastOrder,
    FirstOrder,
    OrderCount,
    PaidTotal,
    OrdersInWindow,
    PaidInWindow,
    AverageOrder,
    LargestOrder,
    PurchaseDays,
    ItemsBought,
    ProductsBought,
    CategoriesBought,
    BoughtCategory,
    LastBought,
    FirstBought,
    OrdersTakenBack,
)
