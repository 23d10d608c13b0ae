"""The conditions on what a customer did on the shop's page and in its app."""

from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Customer, CustomerStats, Event, OrderLine
from customers.segments import lookups
from customers.segments.clock import Moment
from customers.segments.condition_kinds import CountInWindow, DateCondition, FactsCondition, LatestFact, date_words
from customers.segments.conditions import Condition, Operator, Part, Topic, at_least, within_days
from customers.segments.event_values import Hours, Property
from customers.segments.facts import Facts
from customers.segments.values import Days, SomeOf, Times
from customers.segments.windows import Window, bounds
from customers.sql import json_text

EVENTS = Facts(Event, "occurred_at")
VISITS = Facts(Event, "occurred_at", Q(kind__in=Event.VISITS))
VIEWS = Facts(Event, "occurred_at", Q(kind=Event.Kind.PRODUCT_VIEW, product__isnull=False))

NARROWING = {
    "kinds": SomeOf(Event.Kind.choices),
    "products": lookups.PRODUCTS,
    "categories": lookups.CATEGORIES,
    "property": Property(),
}
LABELS = {
    "kinds": gettext_lazy("what"),
    "products": gettext_lazy("products"),
    "categories": gettext_lazy("categories"),
    "property": gettext_lazy("with the property"),
}


class OfEvents(FactsCondition):
    """What conditions on events share: by kind, by product, and by what the shop sent along."""

    topic = Topic.BEHAVIOUR
    facts = EVENTS
    filters = {"kinds": "kind", "products": "product__sku", "categories": "product__category"}
    labels = LABELS

    def narrowed(self, facts: QuerySet, part: Part) -> QuerySet:
        rows = super().narrowed(facts, part)
        if "property" not in part:
            return rows
        wanted = part["property"]
        return rows.alias(asked=json_text("properties", wanted["name"])).filter(asked=wanted["value"])


class LastVisit(DateCondition):
    name, label, topic = "last_visit", gettext_lazy("last visit"), Topic.BEHAVIOUR
    column, facts = "stats__last_visit_at", VISITS


class VisitsInWindow(CountInWindow):
    """Things done on the shop's page or in its app that count as being there, each counted."""

    name, label, topic = "visits", gettext_lazy("visits"), Topic.BEHAVIOUR
    facts = VISITS


class EventsInWindow(OfEvents, CountInWindow):
    name, label = "events", gettext_lazy("events")
    optional = {**NARROWING, "window": Window()}


class LastEvent(OfEvents, LatestFact):
    name, label = "last_event", gettext_lazy("last event")
    optional = NARROWING


class ViewedNotBought(Condition):
    """Viewed one and the same product so many times in the window, and has not bought it since the window began."""

    name, label, topic = "viewed_not_bought", gettext_lazy("viewed a product without buying it"), Topic.BEHAVIOUR
    operators = (at_least(Times(lowest=1, initial=3)),)
    optional = {"categories": lookups.CATEGORIES, "window": Window()}
    labels = LABELS

    def q(self, part: Part, moment: Moment) -> Q:
        return Q(pk__in=self._viewed(part, moment).values("customer"))

    def actual(self, customer: Customer, part: Part, moment: Moment) -> str:
        viewed = self._viewed({**part, "value": 1}, moment).filter(customer=customer)
        most = viewed.order_by("-views").values_list("views", flat=True).first()
        return Times().words(most or 0)

    def _viewed(self, part: Part, moment: Moment) -> QuerySet:
        since, until = bounds(part.get("window"), moment)
        views = VIEWS.of(moment, since=since, until=until)
        if "categories" in part:
            views = views.filter(product__category__in=part["categories"])
        bought = OrderLine.objects.filter(
            order__is_purchase=True,
            order__customer=OuterRef("customer"),
            product=OuterRef("product"),
            quantity__gt=0,
        )
        if since:
            bought = bought.filter(order__placed_at__gte=since)
        counted = views.filter(~Exists(bought)).order_by().values("customer", "product").annotate(views=Count("pk"))
        return counted.filter(views__gte=part["value"])


class CartUnpaid(Condition):
    """Put something in the cart within so many days, and placed no order since; or left it for so many hours."""

    name, label, topic = "cart_unpaid", gettext_lazy("cart filled but not paid for"), Topic.BEHAVIOUR
    operators = (
        within_days(Days(initial=7)),
        Operator(
            "left_for_hours",
            gettext_lazy("left for at least"),
            gettext_lazy("%(what)s, left for at least %(value)s"),
            Hours(initial=2),
        ),
    )
    # Carts older than this are not "left" any more but forgotten.
    FORGOTTEN_AFTER_DAYS = 7

    def q(self, part: Part, moment: Moment) -> Q:
        unpaid = Q(stats__last_order_at__isnull=True) | Q(stats__last_order_at__lt=F("stats__last_cart_at"))
        if part["op"] == "within_days":
            return Q(stats__last_cart_at__gte=moment.start_of_days_ago(part["value"])) & unpaid
        left = Q(stats__last_cart_at__lte=moment.now - timedelta(hours=part["value"]))
        return left & Q(stats__last_cart_at__gte=moment.start_of_days_ago(self.FORGOTTEN_AFTER_DAYS)) & unpaid

    def turning(self, part: Part, *, after: datetime, until: datetime) -> QuerySet[Customer] | None:
        if part["op"] == "within_days":
            return None
        hours = timedelta(hours=part["value"])
        carts = CustomerStats.objects.filter(last_cart_at__gt=after - hours, last_cart_at__lte=until - hours)
        return Customer.objects.filter(pk__in=carts.values("customer"))

    def actual(self, customer: Customer, part: Part, moment: Moment) -> str:
        stats = CustomerStats.objects.filter(pk=customer.pk).first() or CustomerStats()
        return _("cart: %(cart)s; last order: %(order)s") % {
            "cart": date_words(stats.last_cart_at, moment),
            "order": date_words(stats.last_order_at, moment),
        }


CONDITIONS_ON_BEHAVIOUR = (LastVisit, VisitsInWindow, EventsInWindow, LastEvent, ViewedNotBought, CartUnpaid)
