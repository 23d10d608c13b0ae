"""What a segment can ask about referrals: how many friends somebody brought, and who came by a friend."""

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy

from customers.models import Customer
from customers.segments.clock import Moment
from customers.segments.condition_kinds import CountInWindow, date_words
from customers.segments.conditions import Condition, Part, Topic, register, within_days
from customers.segments.facts import Facts
from customers.segments.values import Days
from loyalty.models import Referral

REWARDED = Q(status=Referral.Status.REWARDED)


@register
class FriendsBrought(CountInWindow):
    """How many friends a customer brought whose first order has stood."""

    name, label, topic = "friends_brought", gettext_lazy("friends brought"), Topic.LOYALTY
    facts = Facts(Referral, "decided_at", REWARDED, owner="referrer")


@register
class CameByFriend(Condition):
    """Whether a customer came by a friend's code, and when; those refused are left out."""

    name, label, topic = "came_by_friend", gettext_lazy("came by a friend’s invitation"), Topic.LOYALTY
    operators = (within_days(Days(initial=30)),)

    def q(self, part: Part, moment: Moment) -> Q:
        since = moment.start_of_days_ago(part["value"])
        came = Referral.objects.filter(friend=OuterRef("pk"), said_at__gte=since)
        came = came.exclude(status=Referral.Status.REFUSED)
        return Q(Exists(came.filter(said_at__lte=moment.now) if moment.is_past else came))

    def actual(self, customer: Customer, part: Part, moment: Moment) -> str:
        came = Referral.objects.filter(friend=customer).exclude(status=Referral.Status.REFUSED)
        return date_words(came.values_list("said_at", flat=True).first(), moment)
