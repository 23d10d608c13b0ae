"""What a segment can ask about tiers. Whoever has no standing is at the foot of the ladder.

Which tier somebody has is known of every past day, from the periods; what is missing is known as it stands now.
"""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Customer
from customers.segments.clock import Moment
from customers.segments.condition_kinds import choice_operators, date_words
from customers.segments.conditions import Condition, Operator, Part, Topic, at_most, register, within_days
from customers.segments.values import Days, Lookup, WholeNumber
from loyalty.models import Tier, TierPeriod, TierStanding
from loyalty.tiers import ladder
from loyalty.tiers.standings import amount_words, day_words, standing_of


def find_tiers(typed: str) -> Iterable[tuple[int, str]]:
    """Return the tiers of the ladder whose name holds what was typed, the lowest first."""
    rules = ladder.current()
    named = dict(Tier.objects.filter(name__icontains=typed).values_list("pk", "name"))
    return [(pk, named[pk]) for pk in (rules.tier_ids if rules else []) if pk in named]


def tier_labels(ids: list[int]) -> dict[int, str]:
    """Return the names of tiers by their ids."""
    return dict(Tier.objects.filter(pk__in=ids).values_list("pk", "name"))


TIERS = Lookup(search=find_tiers, labels=tier_labels, by_number=True)


@register
class InTier(Condition):
    """The tier a customer has, earned or granted."""

    name, label, topic = "tier", gettext_lazy("tier"), Topic.LOYALTY
    operators = choice_operators(TIERS)

    def q(self, part: Part, moment: Moment) -> Q:
        fits = _held_then(part["value"], moment) if moment.is_past else _held_now(part["value"])
        return fits if part["op"] == "in" else ~fits

    def actual(self, customer: Customer, part: Part, moment: Moment) -> str:
        standing = standing_of(customer.pk)
        return standing.tier.name if standing else _("no tiers yet")


def _held_now(tiers: list[int]) -> Q:
    standings = TierStanding.objects.filter(customer=OuterRef("pk"))
    fits = Q(Exists(standings.filter(tier__in=tiers)))
    return fits | ~Q(Exists(standings)) if _holds_base(tiers) else fits


def _held_then(tiers: list[int], moment: Moment) -> Q:
    ended = Q(ended_at=None) | Q(ended_at__gt=moment.now)
    periods = TierPeriod.objects.filter(ended, customer=OuterRef("pk"), started_at__lte=moment.now)
    fits = Q(Exists(periods.filter(tier__in=tiers)))
    return fits | ~Q(Exists(periods)) if _holds_base(tiers) else fits


def _holds_base(tiers: list[int]) -> bool:
    rules = ladder.current()
    return rules is not None and rules.base_id in tiers


@register
class TierAtRisk(Condition):
    """Those who would go down at the next evaluation if nothing more came in, and how near it is."""

    name, label, topic = "tier_at_risk", gettext_lazy("tier would be lost"), Topic.LOYALTY
    operators = (
        Operator(
            "within_next_days",
            gettext_lazy("within the next"),
            gettext_lazy("%(what)s within the next %(value)s"),
            Days(initial=30),
        ),
    )

    def q(self, part: Part, moment: Moment) -> Q:
        last = moment.today + timedelta(days=part["value"])
        return Q(tier_standing__keep_missing__gt=0, tier_standing__judged_on__lte=last)

    def actual(self, customer: Customer, part: Part, moment: Moment) -> str:
        standing = standing_of(customer.pk)
        if standing is None or not standing.keep_missing or standing.judged_on is None:
            return _("nothing is missing to keep the tier")
        words = {"amount": amount_words(standing.basis, standing.keep_missing), "day": day_words(standing.judged_on)}
        return _("%(amount)s missing before %(day)s") % words


@register
class MissingToNextTier(Condition):
    """What is missing to the next tier, as the ladder counts: won, orders or points; on the highest one, nothing."""

    name, label, topic = "tier_missing", gettext_lazy("missing to the next tier"), Topic.LOYALTY
    operators = (at_most(WholeNumber(lowest=1, highest=10**12, initial=30_000)),)

    def q(self, part: Part, moment: Moment) -> Q:
        return Q(tier_standing__missing__lte=part["value"])

    def actual(self, customer: Customer, part: Part, moment: Moment) -> str:
        standing = standing_of(customer.pk)
        return (standing.forecast if standing else "") or _("on the highest tier")


@register
class TierReached(Condition):
    """When a customer last rose to a tier, whatever became of it since; any tier unless some are named."""

    name, label, topic = "tier_reached", gettext_lazy("rose to a tier"), Topic.LOYALTY
    operators = (within_days(Days(initial=7)),)
    optional = {"tiers": TIERS}
    labels = {"tiers": gettext_lazy("tiers")}

    def q(self, part: Part, moment: Moment) -> Q:
        rises = TierPeriod.objects.filter(
            customer=OuterRef("pk"), is_rise=True, started_at__gte=moment.start_of_days_ago(part["value"])
        )
        if "tiers" in part:
            rises = rises.filter(tier__in=part["tiers"])
        return Q(Exists(rises.filter(started_at__lte=moment.now) if moment.is_past else rises))

    def actual(self, customer: Customer, part: Part, moment: Moment) -> str:
        rises = TierPeriod.objects.filter(customer=customer, is_rise=True).order_by("-started_at")
        return date_words(rises.values_list("started_at", flat=True).first(), moment)
