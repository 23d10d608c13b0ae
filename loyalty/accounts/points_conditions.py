"""What a segment can ask about points: how many can be used, die soon, were earned or used in a stretch of days."""

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, Sum
from django.utils.translation import gettext_lazy

from customers.models import Customer
from customers.segments.clock import Moment
from customers.segments.condition_kinds import CountInWindow
from customers.segments.conditions import Condition, Operator, Part, Topic, at_least, at_most, register
from customers.segments.facts import COMPARISONS, Facts, zero_fits
from customers.segments.values import Days, WholeNumber
from loyalty.models import Account, Lot, Transaction

USES = (Transaction.Kind.REDEEM, Transaction.Kind.CAPTURE)


@register
class PointsBalance(Condition):
    """How many points a customer can use; whoever has no account has none."""

    name, label, topic = "points_balance", gettext_lazy("usable points"), Topic.LOYALTY
    operators = (at_least(WholeNumber()), at_most(WholeNumber()))

    def q(self, part: Part, moment: Moment) -> Q:
        accounts = Account.objects.filter(customer=OuterRef("pk"), merged_into=None)
        fits = Q(Exists(accounts.filter(**{f"available__{COMPARISONS[part['op']]}": part["value"]})))
        return fits | ~Q(Exists(accounts)) if zero_fits(part["op"], part["value"]) else fits

    def actual(self, customer: Customer, part: Part, moment: Moment) -> str:
        points = Account.objects.filter(customer=customer, merged_into=None).values_list("available", flat=True).first()
        return f"{points or 0:,}"


@register
class PointsExpiring(Condition):
    """Whether usable points of a customer die within the next days."""

    name, label, topic = "points_expiring", gettext_lazy("points expire"), Topic.LOYALTY
    operators = (
        Operator(
            "within_next_days",
            gettext_lazy("within the next"),
            gettext_lazy("%(what)s within the next %(value)s"),
            Days(initial=30),
        ),
    )

    def q(self, part: Part, moment: Moment) -> Q:
        return Q(Exists(_dying(part, moment).filter(account__customer=OuterRef("pk"))))

    def actual(self, customer: Customer, part: Part, moment: Moment) -> str:
        points = _dying(part, moment).filter(account__customer=customer).aggregate(sum=Sum("remaining"))["sum"]
        return f"{points or 0:,}"


class PointsInWindow(CountInWindow):
    """How many points were booked in a stretch of days, by the day to which they belong."""

    topic, measure, number = Topic.LOYALTY, Sum("points"), WholeNumber()
    operators = (at_least(WholeNumber()), at_most(WholeNumber()))


@register
class PointsEarned(PointsInWindow):
    """How many points a customer was awarded, whatever was taken back of them since."""

    name, label = "points_earned", gettext_lazy("points earned")
    facts = Facts(Transaction, "occurred_at", Q(kind=Transaction.Kind.EARN), owner="account__customer")


@register
class PointsUsed(PointsInWindow):
    """How many points a customer used, cancelled uses too."""

    name, label = "points_used", gettext_lazy("points used")
    facts = Facts(Transaction, "occurred_at", Q(kind__in=USES), owner="account__customer")


def _dying(part: Part, moment: Moment) -> object:
    """Return the lots whose last valid day is one of the next days, today among them."""
    until = moment.start_of_days_ago(0) + timedelta(days=part["value"] + 1)
    return Lot.objects.filter(state=Lot.State.ACTIVE, expires_at__gt=moment.now, expires_at__lte=until)
