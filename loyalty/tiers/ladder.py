"""The ladder: which tiers there are and what each takes; drafts of it, and the frozen versions put in force."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from loyalty.errors import LadderRefused
from loyalty.models import Coupon, Tier, TierRuleVersion, TierThreshold

MOST_TIERS = 12
# A window that rolls is looked at every month: more grace than a month would overlap the next look.
MOST_GRACE_WHEN_ROLLING = 27
# Stands for a tier of a draft that has no row yet; below it, each has a number of its own.
NOT_SAVED = 0


@dataclass(frozen=True, slots=True)
class Step:
    """A tier and what it takes: won, orders or points. `tier_id` of a tier that is not saved yet is below zero."""

    tier_id: int
    threshold: int


@dataclass(frozen=True, slots=True)
class Ladder:
    """Rules as an evaluation reads them; `version_id` is None while they are a draft."""

    basis: str
    window: str
    window_months: int
    grace_days: int
    downgrade: str
    return_effect: str
    steps: tuple[Step, ...]
    version_id: int | None = None

    @property
    def tier_ids(self) -> list[int]:
        """Return the tiers from the lowest up."""
        return [step.tier_id for step in self.steps]

    @property
    def thresholds(self) -> list[int]:
        """Return what they take, rising from zero."""
        return [step.threshold for step in self.steps]

    @property
    def base_id(self) -> int:
        """Return the tier that everybody has."""
        return self.steps[0].tier_id


@dataclass(frozen=True, slots=True)
class DraftTier:
    """A tier as somebody wrote it into the form; `tier` is None for a new one."""

    tier: Tier | None
    name: str
    colour: str
    threshold: int
    points_percent: int = 100
    perks: str = ""
    entry_coupons: Sequence[Coupon] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A ladder as somebody wrote it into the form, tiers in any order."""

    tiers: tuple[DraftTier, ...]
    basis: str = TierRuleVersion.Basis.NET_SPEND
    window: str = TierRuleVersion.Window.ROLLING
    window_months: int = 12
    grace_days: int = 0
    downgrade: str = TierRuleVersion.Downgrade.REQUALIFY
    return_effect: str = TierRuleVersion.ReturnEffect.AT_EVALUATION

    @property
    def rising(self) -> list[DraftTier]:
        """Return the tiers from the lowest up."""
        return sorted(self.tiers, key=lambda each: each.threshold)

    def ladder(self) -> Ladder:
        """Return what an evaluation by this draft would read."""
        steps = tuple(
            Step(each.tier.pk if each.tier else NOT_SAVED - number, each.threshold)
            for number, each in enumerate(self.rising, start=1)
        )
        return Ladder(steps=steps, **_terms(self))


def newest() -> TierRuleVersion | None:
    """Return the rule version in force; None where there are no tiers yet."""
    return TierRuleVersion.objects.order_by("-number").first()


def current() -> Ladder | None:
    """Return the ladder in force; None where there are no tiers yet."""
    version = newest()
    return ladder_of(version) if version else None


def ladder_of(version: TierRuleVersion) -> Ladder:
    """Return a rule version as evaluations read it."""
    steps = version.thresholds.order_by("rank").values_list("tier", "threshold")
    return Ladder(steps=tuple(Step(*step) for step in steps), version_id=version.pk, **_terms(version))


def draft_of(version: TierRuleVersion) -> Draft:
    """Return a rule version as the form shows it."""
    thresholds = version.thresholds.select_related("tier").prefetch_related("tier__entry_coupons")
    tiers = tuple(
        DraftTier(
            tier=each.tier,
            name=each.tier.name,
            colour=each.tier.colour,
            threshold=each.threshold,
            points_percent=each.tier.points_percent,
            perks=each.tier.perks,
            entry_coupons=tuple(each.tier.entry_coupons.all()),
        )
        for each in thresholds.order_by("rank")
    )
    return Draft(tiers, **_terms(version))


def check(draft: Draft) -> None:
    """Refuse a ladder that nobody could stand on.

    Raises:
        LadderRefused: says which tier is wrong and how to mend it.
    """
    tiers = draft.rising
    if not 2 <= len(tiers) <= MOST_TIERS:
        raise LadderRefused(_("A ladder has from 2 to %(most)d tiers.") % {"most": MOST_TIERS})
    if tiers[0].threshold != 0:
        raise LadderRefused(
            _("The lowest tier, “%(tier)s”, takes nothing: set its threshold to 0.") % {"tier": tiers[0].name}
        )
    for lower, upper in pairwise(tiers):
        if lower.threshold == upper.threshold:
            words = {"first": lower.name, "second": upper.name}
            raise LadderRefused(_("“%(first)s” and “%(second)s” take the same. Give one of them more.") % words)
    _check_names(each.name for each in tiers)
    if draft.window == TierRuleVersion.Window.ROLLING and draft.grace_days > MOST_GRACE_WHEN_ROLLING:
        raise LadderRefused(
            _("Tiers by the last months are looked at every month: grant at most %(most)d days of grace.")
            % {"most": MOST_GRACE_WHEN_ROLLING}
        )


def _check_names(names: Iterable[str]) -> None:
    known: set[str] = set()
    for name in names:
        if not name:
            raise LadderRefused(_("A tier has no name. Give it one."))
        if name in known:
            raise LadderRefused(_("Two tiers are called “%(name)s”. Rename one of them.") % {"name": name})
        known.add(name)


@transaction.atomic
def store(draft: Draft, *, by: User | None, note: str = "") -> TierRuleVersion | None:
    """Save the tiers of a draft, and put its rules in force as a new version where they differ from the newest.

    Returns the new version; None where only names, colours or benefits changed. Moves nobody: `evaluation.apply` does.

    Raises:
        LadderRefused: nobody could stand on it.
    """
    check(draft)
    # One change of the ladder at a time, so that versions are numbered without a gap.
    list(TierRuleVersion.objects.select_for_update().order_by("-number")[:1])
    before = current()
    taken = [each.tier.pk for each in draft.tiers if each.tier]
    steps = [(_saved(each, taken), each.threshold) for each in draft.rising]
    after = Ladder(steps=tuple(Step(tier.pk, threshold) for tier, threshold in steps), **_terms(draft))
    if before and _rules(before) == _rules(after):
        return None
    number = (TierRuleVersion.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    version = TierRuleVersion.objects.create(number=number, note=note, published_by=by, **_terms(draft))
    TierThreshold.objects.bulk_create(
        TierThreshold(rule_version=version, tier=tier, rank=rank, threshold=threshold)
        for rank, (tier, threshold) in enumerate(steps, start=1)
    )
    return version


def _saved(draft: DraftTier, taken: list[int]) -> Tier:
    # By name: a tier that once left the ladder comes back as itself.
    left = Tier.objects.filter(name=draft.name).exclude(pk__in=taken).order_by("-pk")
    tier = draft.tier or left.first() or Tier()
    tier.name, tier.colour = draft.name, draft.colour
    tier.points_percent, tier.perks = draft.points_percent, draft.perks
    tier.save()
    tier.entry_coupons.set(draft.entry_coupons)
    return tier


def _terms(source: TierRuleVersion | Draft) -> dict:
    names = ("basis", "window", "window_months", "grace_days", "downgrade", "return_effect")
    return {name: getattr(source, name) for name in names}


def _rules(ladder: Ladder) -> tuple:
    return (*_terms(ladder).values(), ladder.steps)
