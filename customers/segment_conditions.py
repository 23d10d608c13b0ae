"""What a segment can ask about customers' own facts: purchases, visits, scores, profile, consent, other segments."""

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.feedback.answer_conditions import CONDITIONS_ON_ANSWERS
from customers.models import Customer, CustomerStats, Segment, SegmentMembership, UploadedList, UploadedListEntry
from customers.models.stats import RfmGroup
from customers.segments import lookups
from customers.segments.attribute_condition import Attribute
from customers.segments.behaviour_conditions import CONDITIONS_ON_BEHAVIOUR
from customers.segments.birthday_conditions import Age, Birthday
from customers.segments.clock import Moment
from customers.segments.condition_kinds import ChoiceCondition, DateCondition, choice_operators, number_operators
from customers.segments.conditions import (
    Condition,
    Part,
    Topic,
    between,
    more_than_days_ago,
    register,
    within_days,
)
from customers.segments.contact_conditions import CONDITIONS_ON_CONTACT
from customers.segments.cycle_conditions import CONDITIONS_ON_CYCLES
from customers.segments.first_purchase_conditions import CONDITIONS_ON_FIRST_PURCHASES
from customers.segments.place_conditions import CONDITIONS_ON_PLACES
from customers.segments.purchase_conditions import CONDITIONS_ON_PURCHASES
from customers.segments.rhythm_conditions import CONDITIONS_ON_RHYTHM
from customers.segments.uploaded_lists import NAME_OF_CONDITION
from customers.segments.values import DateRange, Days, SomeOf, WholeNumber

# --- In modules of their own, for their length ------------------------------------------------------------------------

IN_MODULES_OF_THEIR_OWN = (
    *CONDITIONS_ON_PURCHASES,
    *CONDITIONS_ON_FIRST_PURCHASES,
    *CONDITIONS_ON_CYCLES,
    *CONDITIONS_ON_RHYTHM,
    *CONDITIONS_ON_BEHAVIOUR,
    *CONDITIONS_ON_PLACES,
    *CONDITIONS_ON_CONTACT,
    *CONDITIONS_ON_ANSWERS,
    Attribute,
    Birthday,
    Age,
)
for each in IN_MODULES_OF_THEIR_OWN:
    register(each)

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


@register
class OnList(Condition):
    """Named on one of the lists that somebody uploaded."""

    name, label, topic = NAME_OF_CONDITION, gettext_lazy("uploaded list"), Topic.SEGMENTS
    operators = choice_operators(lookups.LISTS)

    def q(self, part: Part, moment: Moment) -> Q:
        entries = UploadedListEntry.objects.filter(uploaded_list__in=part["value"], customer=OuterRef("pk"))
        return Q(Exists(entries)) if part["op"] == "in" else ~Q(Exists(entries))

    def actual(self, customer: Customer, part: Part, moment: Moment) -> str:
        names = UploadedList.objects.filter(pk__in=part["value"], entries__customer=customer)
        return ", ".join(names.values_list("name", flat=True)) or _("on none of them")
