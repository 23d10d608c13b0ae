"""What an experiment came to: the groups of a campaign, how they compare, and the verdict in words."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from analytics.experiments import kept_groups
from analytics.experiments import verdict as verdicts
from analytics.experiments.arms import Assigned
from analytics.experiments.comparison import Comparison, best_of, compare, compare_arms
from analytics.experiments.intervals import Arm
from analytics.experiments.verdict import Verdict
from analytics.experiments.with_experiment import with_experiment
from campaigns.experiments import holdout_percent
from campaigns.models import Campaign

# A share below which it is said that many of the group never got the message.
MOST_OF_THEM = 0.9
ENDED = (Campaign.Status.FINISHED, Campaign.Status.CANCELLED)


@dataclass(frozen=True, slots=True)
class ArmRow:
    """A row of the table of groups; `reached`: how many of them the message left for. Revenue is won."""

    label: str
    people: int
    reached: int
    buyers: int
    conversion: float
    revenue: int
    revenue_per_person: float
    is_control: bool
    is_best: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """An experiment of a campaign. `closes` is None while messages are still leaving.

    `variant_verdict`: that of the variants, where `verdict` is the holdout's.
    """

    campaign: Campaign
    arms: tuple[ArmRow, ...]
    holdout: Comparison | None
    variants: tuple[Comparison, ...]
    opens: datetime
    closes: datetime | None
    is_over: bool
    verdict: Verdict
    variant_verdict: Verdict | None

    @property
    def written_to(self) -> int:
        """Return how many were assigned to a message."""
        return sum(arm.people for arm in self.arms if not arm.is_control)

    @property
    def is_diluted(self) -> bool:
        """Tell whether the message left for clearly fewer than were assigned to it, now that none is waiting."""
        reached = sum(arm.reached for arm in self.arms if not arm.is_control)
        return self.closes is not None and reached < MOST_OF_THEM * self.written_to

    @property
    def shows_intervals(self) -> bool:
        """Tell whether the intervals may be looked at: not before the window has ended, nor of too few people."""
        return self.is_over and all(each.is_enough for each in self._comparisons)

    @property
    def revenue_dots(self) -> list[dict[str, Any]]:
        """Return the rows of the chart of won per person."""
        return [_dot(each, each.revenue.low, each.revenue.middle, each.revenue.high) for each in self._comparisons]

    @property
    def conversion_dots(self) -> list[dict[str, Any]]:
        """Return the rows of the chart of the share who bought."""
        shares = [each.conversion for each in self._comparisons]
        rows = zip(self._comparisons, shares, strict=True)
        return [_dot(each, share.low, share.middle, share.high) for each, share in rows]

    @property
    def _comparisons(self) -> list[Comparison]:
        return [*filter(None, [self.holdout]), *self.variants]


def of_campaign(campaign: Campaign, at: datetime | None = None) -> Reading | None:
    """Return what the experiment of a campaign says at a moment; without one, when its figures were asked.

    None where there is none: nobody was held out by the campaign itself and it has one variant, or nothing has left.
    """
    is_one = with_experiment().filter(pk=campaign.pk).exists()
    return of_campaigns([campaign], at).get(campaign.pk) if is_one else None


def of_campaigns(campaigns: Collection[Campaign], at: datetime | None = None) -> dict[int, Reading]:
    """Return what the experiments of campaigns say, by id, in a few statements for all of them."""
    found = {
        pk: (each.groups, at or each.as_of)
        for pk, each in kept_groups.read(campaigns).items()
        if any(group.reached for group in each.groups)
    }
    readings = {campaign.pk: _read(campaign, *found[campaign.pk]) for campaign in campaigns if campaign.pk in found}
    return {pk: reading for pk, reading in readings.items() if reading.holdout or reading.variants}


def _read(campaign: Campaign, groups: Sequence[Assigned], at: datetime) -> Reading:
    closes = _closes(campaign, groups)
    is_over = closes is not None and at >= closes
    treated = {group.variant: group.arm for group in groups if not group.is_control}
    control = next((group.arm for group in groups if group.is_control and holdout_percent(campaign)), None)
    together = sum(treated.values(), Arm())
    holdout = compare(_("Written to, against the holdout"), together, control, is_over=is_over) if control else None
    variants = compare_arms(treated, is_over=is_over) if len(treated) > 1 else []
    of_variants = _verdict_of_variants(treated, variants, closes, is_over=is_over)
    against_holdout = _verdict_of_holdout(holdout, closes)
    return Reading(
        campaign=campaign,
        arms=tuple(_row(group, treated) for group in groups),
        holdout=holdout,
        variants=tuple(variants),
        opens=min(group.opens for group in groups),
        closes=closes,
        is_over=is_over,
        verdict=against_holdout or of_variants or verdicts.too_early(closes),
        variant_verdict=of_variants if against_holdout and is_over else None,
    )


def _closes(campaign: Campaign, groups: Sequence[Assigned]) -> datetime | None:
    """Return when the last window ends; None while messages are to leave or people to enter."""
    is_lasting = campaign.entry == Campaign.Entry.STANDING and campaign.status not in ENDED
    if is_lasting or any(group.waiting for group in groups):
        return None
    return max(group.closes for group in groups)


def _verdict_of_holdout(holdout: Comparison | None, closes: datetime | None) -> Verdict | None:
    if holdout is None:
        return None
    return verdicts.against_holdout(holdout) if holdout.is_over else verdicts.too_early(closes)


def _verdict_of_variants(
    arms: dict[str, Arm], comparisons: list[Comparison], closes: datetime | None, *, is_over: bool
) -> Verdict | None:
    if not comparisons:
        return None
    return verdicts.of_variants(arms, comparisons) if is_over else verdicts.too_early(closes)


def _row(group: Assigned, treated: dict[str, Arm]) -> ArmRow:
    several = len(treated) > 1
    named = group.variant if several else _("Written to")
    label = _("Held out") if group.is_control else named
    arm = group.arm
    is_best = several and not group.is_control and group.variant == best_of(treated)
    return ArmRow(
        label=label,
        people=arm.people,
        reached=group.reached,
        buyers=arm.buyers,
        conversion=arm.conversion,
        revenue=arm.revenue,
        revenue_per_person=arm.revenue_per_person,
        is_control=group.is_control,
        is_best=is_best,
    )


def _dot(comparison: Comparison, low: float | None, middle: float, high: float | None) -> dict[str, Any]:
    tone = "quiet" if not comparison.is_decided else "good" if comparison.revenue.is_above_zero else "bad"
    return {"label": comparison.label, "value": middle, "low": low, "high": high, "tone": tone}
