"""What a segment can ask about customers' own facts: purchases, visits, scores, profile, consent, other segments."""

from django.db.models import Count, Exists, F, Min, OuterRef, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from customers.models import (
    Customer,
    CustomerStats,
    Event,
    Order,
    OrderLine,
    Segment,
    SegmentMembership,
)
from customers.models.stats import RfmGroup
from customers.segments import lookups
from customers.segments.attribute_condition import Attribute
from customers.segments.clock import Moment
from customers.segments.condition_kinds import (
    ChoiceCondition,
    CountInWindow,
    DateCondition,
    Facts,
    NumberCondition,
    choice_operators,
    date_words,
    number_operators,
)
from customers.segments.conditions import (
    Condition,
    Operator,
    Part,
    Topic,
    at_least,
    at_most,
    between,
    more_than_days_ago,
    register,
    within_days,
)
from customers.segments.contact_conditions import AdvertisingConsent, HasContact
from customers.segments.cycle_conditions import (
    CycleLength,
    DueForCategory,
    DueForProduct,
    NextPurchaseDue,
    RepurchaseRisk,
)
from customers.segments.place_conditions import BuysWhere, LivesIn, NearestStore, OrdersByChannel
from customers.segments.values import DateRange, Days, SomeOf, Times, WholeNumber, Won
from customers.segments.windows import Window

PURCHASES = Facts(Order, "placed_at", Q(is_purchase=True))
VISITS = Facts(Event, "occurred_at", Q(kind__in=Event.VISITS))
PURCHASED_LINES = Facts(OrderLine, "order__placed_at", Q(order__is_purchase=True), owner="order__customer")

# --- Purchases -------------------------------------------------------------------------------------------------------


@register
class LastOrder(DateCondition):
    name, label, topic = "last_order", gettext_lazy("last order"), Topic.PURCHASES
    column, facts = "stats__last_order_at", PURCHASES


@register
class FirstOrder(DateCondition):
    name, label, topic = "first_order", gettext_lazy("first order"), Topic.PURCHASES
    column, facts, reading = "stats__first_order_at", PURCHASES, Min


@register
class OrderCount(NumberCondition):
    name, label, topic = "order_count", gettext_lazy("orders ever"), Topic.PURCHASES
    column, facts, measure = "stats__order_count", PURCHASES, Count("pk")
    number = Times()
    operators = number_operators(number)


@register
class PaidTotal(NumberCondition):
    """Revenue of all purchases: paid − refunded − shipping (I-06)."""

    name, label, topic = "paid_total", gettext_lazy("paid in all"), Topic.PURCHASES
    column, facts, measure = "stats__paid_total", PURCHASES, Sum("revenue")
    number = Won()
    operators = (at_least(number), at_most(number))


@register
class OrdersInWindow(CountInWindow):
    name, label, topic = "orders", gettext_lazy("orders"), Topic.PURCHASES
    facts = PURCHASES


@register
class PaidInWindow(CountInWindow):
    name, label, topic = "paid_in_window", pgettext_lazy("amount", "paid"), Topic.PURCHASES
    facts, measure, number = PURCHASES, Sum("revenue"), Won()
    operators = (at_least(number), at_most(number))


@register
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

    def facts_in_window(self, part, moment):
        return super().facts_in_window(part, moment).filter(product__category__in=part["value"])

    def q(self, part: Part, moment: Moment) -> Q:
        facts = self.facts_in_window(part, moment)
        if part.get("times", 1) == 1:
            return self.facts.owners(facts)
        return self.facts.owners_where(facts, self.measure, "gte", part["times"])


# --- Visits and cart -------------------------------------------------------------------------------------------------


@register
class LastVisit(DateCondition):
    name, label, topic = "last_visit", gettext_lazy("last visit"), Topic.BEHAVIOUR
    column, facts = "stats__last_visit_at", VISITS


@register
class VisitsInWindow(CountInWindow):
    """Things done on the shop's page or in its app that count as being there, each counted."""

    name, label, topic = "visits", gettext_lazy("visits"), Topic.BEHAVIOUR
    facts = VISITS


@register
class CartUnpaid(Condition):
    """Put something in the cart within so many days, and placed no order since."""

    name, label, topic = "cart_unpaid", gettext_lazy("cart filled but not paid for"), Topic.BEHAVIOUR
    operators = (within_days(Days(initial=7)),)

    def q(self, part: Part, moment: Moment) -> Q:
        unpaid = Q(stats__last_order_at__isnull=True) | Q(stats__last_order_at__lt=F("stats__last_cart_at"))
        return Q(stats__last_cart_at__gte=moment.start_of_days_ago(part["value"])) & unpaid

    def actual(self, customer: Customer, part: Part, moment: Moment) -> str:
        stats = CustomerStats.objects.filter(pk=customer.pk).first() or CustomerStats()
        return _("cart: %(cart)s; last order: %(order)s") % {
            "cart": date_words(stats.last_cart_at, moment),
            "order": date_words(stats.last_order_at, moment),
        }


# --- RFM -------------------------------------------------------------------------------------------------------------


@register
class InRfmGroup(ChoiceCondition):
    name, label, topic = "rfm_group", gettext_lazy("RFM group"), Topic.VALUE
    column, choices = "stats__rfm_group", SomeOf(RfmGroup.choices)
    operators = choice_operators(choices)


@register
class InRfmGroupAtMonthStart(ChoiceCondition):
    name, label, topic = "rfm_group_at_month_start", gettext_lazy("RFM group as the month began"), Topic.VALUE
    column, choices = "stats__group_at_month_start", SomeOf(RfmGroup.choices)
    operators = choice_operators(choices)


class RfmScore(Condition):
    """A score from 1 to 5; customers who never bought have none and fit no comparison."""

    topic = Topic.VALUE
    column: str
    operators = number_operators(WholeNumber(lowest=1, highest=5, initial=4))

    def q(self, part: Part, moment: Moment) -> Q:
        comparison = {"at_least": "gte", "at_most": "lte", "exactly": "exact"}[part["op"]]
        return Q(**{f"stats__{self.column}__{comparison}": part["value"]})

    def actual(self, customer: Customer, part: Part, moment: Moment) -> str:
        score = CustomerStats.objects.filter(pk=customer.pk).values_list(self.column, flat=True).first()
        return _("no score") if score is None else str(score)


@register
class RecencyScore(RfmScore):
    name, label, column = "recency_score", gettext_lazy("recency score"), "recency_score"


@register
class FrequencyScore(RfmScore):
    name, label, column = "frequency_score", gettext_lazy("frequency score"), "frequency_score"


@register
class MonetaryScore(RfmScore):
    name, label, column = "monetary_score", gettext_lazy("monetary score"), "monetary_score"


# --- Profile ---------------------------------------------------------------------------------------------------------


@register
class Joined(DateCondition):
    name, label, topic = "joined", gettext_lazy("joined"), Topic.PROFILE
    column = "joined_at"
    operators = (within_days(Days()), more_than_days_ago(Days()), between(DateRange()))


@register
class IsOfGender(ChoiceCondition):
    name, label, topic = "gender", gettext_lazy("gender"), Topic.PROFILE
    column, choices = "gender", SomeOf(Customer.Gender.choices)
    operators = choice_operators(choices)


@register
class HomeStore(ChoiceCondition):
    name, label, topic = "home_store", gettext_lazy("home store"), Topic.PLACES
    column, choices = "home_store__external_id", lookups.STORES
    operators = choice_operators(choices)


@register
class AcquisitionSource(ChoiceCondition):
    name, label, topic = "acquisition_source", gettext_lazy("acquisition source"), Topic.PROFILE
    column, choices = "acquisition_source", lookups.SOURCES
    operators = choice_operators(choices)


# --- In modules of their own, for their length ------------------------------------------------------------------------

IN_MODULES_OF_THEIR_OWN = (
    Attribute,
    AdvertisingConsent,
    HasContact,
    NextPurchaseDue,
    DueForCategory,
    DueForProduct,
    CycleLength,
    RepurchaseRisk,
    BuysWhere,
    OrdersByChannel,
    NearestStore,
    LivesIn,
)
for each in IN_MODULES_OF_THEIR_OWN:
    register(each)

# --- Segments --------------------------------------------------------------------------------------------------------


@register
class InSegment(Condition):
    """A member of one of the segments, as they were last refreshed."""

    name, label, topic = "in_segment", gettext_lazy("segment"), Topic.SEGMENTS
    operators = choice_operators(lookups.SEGMENTS)

    def q(self, part: Part, moment: Moment) -> Q:
        memberships = SegmentMembership.objects.filter(segment__in=part["value"], customer=OuterRef("pk"))
        return Q(Exists(memberships)) if part["op"] == "in" else ~Q(Exists(memberships))

    def actual(self, customer: Customer, part: Part, moment: Moment) -> str:
        names = Segment.objects.filter(pk__in=part["value"], segmentmembership__customer=customer)
        return ", ".join(names.values_list("name", flat=True)) or _("in none of them")

    def segments_asked(self, part: Part) -> list[int]:
        return part["value"]
