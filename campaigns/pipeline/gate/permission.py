"""Reasons that lie in what the customer allowed: consent, its withdrawal, its two years, and the way around it (L-04).

What holds of a customer is joined once, as `use`, `receive` and `night`; a state that is not there is NULL.
"""

from datetime import datetime, time

from django.db.models import BooleanField, Case, Exists, FilteredRelation, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from campaigns.compliance import existing_customers
from campaigns.models import SkipReason
from campaigns.pipeline.gate.question import Question, Reason
from crm_project.country_rules import country_rules
from customers.models import Case as CustomerCase
from customers.models import Customer, OrderLine, PhoneOptOut
from customers.models.consent import UNDATED, Channel, Purpose

# What goes to a telephone number: whoever refuses by the 080 line refuses both.
BY_NUMBER = (Channel.SMS, Channel.KAKAO)


def joined(customers: QuerySet[Customer], question: Question) -> QuerySet[Customer]:
    """Give each customer what they said about marketing, about this channel and about the night."""
    within = question.within
    of_range = Q(consentstate__customer_id__gt=within[0], consentstate__customer_id__lte=within[1]) if within else Q()
    wanted = {
        "use": Q(consentstate__purpose=Purpose.MARKETING_USE, consentstate__channel=""),
        "receive": Q(consentstate__purpose=Purpose.AD_RECEIVE, consentstate__channel=question.channel.consent),
        "night": Q(consentstate__purpose=Purpose.AD_NIGHT, consentstate__channel=question.channel.consent),
    }
    states = {name: FilteredRelation("consentstate", condition=which & of_range) for name, which in wanted.items()}
    return customers.annotate(**states)


def reasons(question: Question) -> list[Reason]:
    """Return the reasons in the order in which they are asked; none of them is asked of information."""
    if not question.is_advertising:
        return []
    # The customer withdrew, called the 080 line, or the device itself refuses (L-03, L-05).
    refused = Q(use__is_granted=False) | Q(receive__is_granted=False)
    found: list[Reason] = [
        (SkipReason.SOURCE_RESTRICTED, Q(is_marketplace_contact=True)),
        (SkipReason.OPTED_OUT, refused | _called_to_refuse(question) | Q(question.channel.refusal())),
    ]
    # Showing something to those who look at the shop's own app needs no consent of its own (L-26).
    if question.channel.consent:
        found.append((SkipReason.NO_CONSENT, _without_consent(question)))
        if country_rules().wants_notices:
            found.append((SkipReason.RECONFIRM_OVERDUE, Q(receive__reconfirm_by__lt=question.today)))
    return [*found, (SkipReason.OPEN_CASE, _complains())]


def agreed() -> Q:
    """Return the condition that the customer agreed to marketing and to advertising over the channel (P-03)."""
    return Q(use__is_granted=True, receive__is_granted=True)


def may_at_night() -> Q:
    """Return the condition of a consent for the night, which counts only with the ordinary one (L-09)."""
    return agreed() & Q(night__is_granted=True)


def purchases(question: Question, *, customer: str = "pk") -> QuerySet[OrderLine]:
    """Return the lines that allow writing without a consent: of that kind, in the last six months (L-04).

    For a subquery whose outer query has the customer at that path.
    """
    first_day = existing_customers.earliest_covered(question.today)
    return OrderLine.objects.filter(
        order__customer=OuterRef(customer),
        order__is_purchase=True,
        order__placed_at__gte=timezone.make_aware(datetime.combine(first_day, time())),
        product__category=question.campaign.existing_customer_category,
    )


def rests_on_purchase(question: Question) -> bool:
    """Tell whether the campaign makes use of the exception, under a law that has it."""
    return question.is_advertising and existing_customers.is_used(question.campaign)


def _without_consent(question: Question) -> Q:
    """A refusal was asked for before this, so here it means that the customer never said anything.

    Said by a Case: the opposite of a condition on what may not be there is NULL, not true.
    """
    whens = [When(agreed(), then=Value(False))]
    if rests_on_purchase(question):
        whens.append(When(Exists(purchases(question)), then=Value(False)))
    return Q(Case(*whens, default=Value(True), output_field=BooleanField()))


def _complains() -> Exists:
    """Somebody looks after a complaint of the customer: until that is over, nobody offers them anything (I-10)."""
    return Exists(CustomerCase.objects.filter(~Q(status=CustomerCase.Status.CLOSED), customer=OuterRef("pk")))


def _called_to_refuse(question: Question) -> Q:
    """The number refused over the 080 line, and its owner did not agree since (L-05)."""
    if question.channel.consent not in BY_NUMBER:
        return Q()
    agreed_at = Coalesce(OuterRef("receive__confirmed_at"), Value(UNDATED))
    return Q(Exists(PhoneOptOut.objects.filter(phone=OuterRef("phone"), opted_out_at__gte=agreed_at)))
