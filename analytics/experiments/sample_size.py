"""How large an effect must be to be seen, from what these very customers did in a window of the same length before.

The usual reckoning for two means (Cohen, *Statistical Power Analysis*, 1988, ch. 2): an effect of so many standard
errors that the interval misses zero in eight campaigns of ten.
"""

from dataclasses import dataclass
from datetime import timedelta
from math import ceil, sqrt
from statistics import NormalDist

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics.experiments.comparison import FEWEST_BUYERS, FEWEST_PEOPLE, confidence_of
from analytics.experiments.intervals import CONFIDENCE, Arm, critical
from analytics.experiments.verdict import points_text
from campaigns import experiments
from campaigns.effect_hints import EffectHint
from campaigns.models import Campaign, Variant
from campaigns.pipeline import entry
from crm_project.templatetags.formats import number_text, won_text

POWER = 0.8
USUAL_PERCENT, MOST_PERCENT = 10, 50
# So many of the audience say how it spends; more would keep the editor waiting.
ASKED = 20_000
PAST = """
SELECT count(*), count(*) FILTER (WHERE bought.orders > 0), coalesce(sum(bought.revenue), 0),
       coalesce(sum(bought.revenue * bought.revenue), 0)
  FROM ({audience}) AS member
 CROSS JOIN LATERAL (
       SELECT count(*) AS orders, coalesce(sum(revenue), 0) AS revenue FROM customers_order
        WHERE customer_id = member.id AND is_purchase AND placed_at >= %s AND placed_at < %s) AS bought
"""


@dataclass(frozen=True, slots=True)
class Smallest:
    """The smallest effect that will be seen: in the share who buy and in won per person."""

    conversion: float
    revenue: int

    def __str__(self) -> str:
        sums = {"points": points_text(self.conversion), "won": won_text(self.revenue)}
        return _("%(points)s of buyers, or +%(won)s per person") % sums


def hint(campaign: Campaign, members: int, people: int) -> EffectHint | None:
    """Say what the campaign's holdout and variants will show with so many people, and what would show more.

    Args:
        members: how many are in its segment, whether or not they may be written to.
    """
    if campaign.purpose != Campaign.MessagePurpose.ADVERTISING or campaign.duty or not campaign.has_audience:
        return None
    past = past_of(campaign, members)
    if not past.buyers:
        words = _("Nobody of this audience bought in the %(days)s days before today, so no effect can be foreseen.")
        return EffectHint((words % {"days": campaign.attribution_days},), will_show=False)
    of_holdout = _of_holdout(campaign, past, people)
    of_variants = _of_variants(campaign, past, people)
    return EffectHint((*of_holdout.words, *of_variants.words), of_holdout.will_show and of_variants.will_show)


def past_of(campaign: Campaign, members: int) -> Arm:
    """Return what the audience, or a lasting sample of so many members, bought in the window's length before now."""
    audience = entry.audience(campaign).order_by()
    if members > ASKED:
        share = ceil(experiments.BUCKETS * ASKED / members)
        audience = audience.alias(bucket=experiments.Bucket("asked", "pk")).filter(bucket__lt=share)
    sql, parameters = audience.values("id").query.sql_with_params()
    now = timezone.now()
    with connection.cursor() as cursor:
        since = now - timedelta(days=campaign.attribution_days)
        cursor.execute(PAST.format(audience=sql), [*parameters, since, now])
        return Arm(*map(int, cursor.fetchone()))


def smallest(past: Arm, one: float, other: float, *, confidence: float = CONFIDENCE) -> Smallest:
    """Return the smallest effect to be seen between two groups of so many people."""
    reach = (critical(confidence) + NormalDist().inv_cdf(POWER)) * sqrt(1 / one + 1 / other)
    share, mean = past.conversion, past.revenue_per_person
    deviation = sqrt(max(past.squares / past.people - mean**2, 0.0))
    return Smallest(reach * sqrt(share * (1 - share)), ceil(reach * deviation))


def fewest_percent(past: Arm, people: int) -> int | None:
    """Return the least share to hold out that brings people and buyers enough; None where half would not."""
    needed = max(FEWEST_PEOPLE, FEWEST_BUYERS / past.conversion)
    percent = ceil(100 * needed / people)
    return percent if percent <= MOST_PERCENT else None


def _of_holdout(campaign: Campaign, past: Arm, people: int) -> EffectHint:
    """Say what the holdout will show; without one, what one would."""
    percent, needed = campaign.holdout_percent, fewest_percent(past, people)
    if needed is None:
        return EffectHint((_too_small(past, people),), will_show=not percent)
    if not percent:
        advised = max(needed, USUAL_PERCENT)
        words = _(
            "Without a holdout nobody can tell what it adds. Hold out %(percent)s %% to see effects from %(least)s."
        )
        return EffectHint((words % {"percent": advised, "least": _least(past, people, advised)},), will_show=True)
    if percent < needed:
        return EffectHint((_too_few(past, people, percent, needed),), will_show=False)
    words = _("With %(people)s people and %(percent)s %% held out you will see effects from %(least)s.") % {
        "people": number_text(people),
        "percent": percent,
        "least": _least(past, people, percent),
    }
    return EffectHint((words, *_more(past, people, percent)), will_show=True)


def _more(past: Arm, people: int, percent: int) -> list[str]:
    """Say what twice the holdout would show."""
    if percent * 2 > MOST_PERCENT:
        return []
    words = _("Hold out %(percent)s %% to see them from %(least)s.")
    return [words % {"percent": percent * 2, "least": _least(past, people, percent * 2)}]


def _too_few(past: Arm, people: int, percent: int, needed: int) -> str:
    held_out = people * percent / 100
    return _(
        "Held out are about %(people)s people, of whom about %(buyers)s will buy by themselves: too few for a verdict. "
        "Hold out at least %(needed)s %%."
    ) % {
        "people": number_text(held_out),
        "buyers": number_text(held_out * past.conversion),
        "needed": needed,
    }


def _too_small(past: Arm, people: int) -> str:
    return _(
        "Of these %(people)s people about %(buyers)s will buy by themselves: too few to tell an effect from chance, "
        "however many are held out. A longer window or more people would show it."
    ) % {"people": number_text(people), "buyers": number_text(people * past.conversion)}


def _of_variants(campaign: Campaign, past: Arm, people: int) -> EffectHint:
    """Say what the two smallest variants will show against each other."""
    weights = _weights(campaign)
    if len(weights) < 2:
        return EffectHint((), will_show=True)
    written_to = people * (100 - campaign.holdout_percent) / 100
    least, next_least = (written_to * weight / sum(weights) for weight in sorted(weights)[:2])
    if least < FEWEST_PEOPLE or least * past.conversion < FEWEST_BUYERS:
        words = _("The smallest variant goes to about %(people)s people: too few to find the best one.")
        return EffectHint((words % {"people": number_text(least)},), will_show=False)
    seen = smallest(past, least, next_least, confidence=confidence_of(len(weights)))
    return EffectHint((_("Between variants you will see differences from %(least)s.") % {"least": seen},), True)


def _weights(campaign: Campaign) -> list[int]:
    return list(
        Variant.objects.filter(step__campaign=campaign, fallback=None, locale="").values_list("weight", flat=True)
    )


def _least(past: Arm, people: int, percent: int) -> Smallest:
    held_out = people * percent / 100
    return smallest(past, people - held_out, held_out)
