"""Rules and terms as they are frozen: plain values that go into a `RuleVersion` and come out of it unchanged.

Everything that counts points works on a `RuleSet`; the tables the operator edits are read in one place, here below.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date
from fractions import Fraction

from loyalty.models import EarningRule, EarningTerms, Program, Tier

Reward = EarningRule.Reward


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `key` is the number of the row it was frozen from; days are KST, the last one included.

    The value of a tier's multiplier may be below zero: 80 % of the ordinary points is a fifth less.
    """

    key: str
    name: str
    kind: str
    reward: str
    value: int
    categories: tuple[str, ...] = ()
    stores: tuple[int, ...] = ()
    channel: str = ""
    tier: int | None = None
    segment: int | None = None
    minimum_won: int = 0
    most_points: int | None = None
    times_per_month: int | None = None
    starts_on: date | None = None
    ends_on: date | None = None

    @property
    def is_deed(self) -> bool:
        """Tell whether it rewards a deed, and not a purchase."""
        return self.kind in EarningRule.DEEDS

    def is_open_on(self, day: date) -> bool:
        """Tell whether the day (KST) is among its own."""
        return (self.starts_on is None or self.starts_on <= day) and (self.ends_on is None or day <= self.ends_on)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules in force together with the terms they share."""

    rounding: str = EarningTerms.Rounding.DOWN
    excluded_categories: tuple[str, ...] = ()
    earns_on_shipping: bool = False
    earns_on_points_used: bool = False
    pending_days_store: int = 0
    pending_days_online: int = 7
    validity: str = Program.Validity.MONTHS
    validity_months: int = 36
    rules: tuple[Rule, ...] = ()

    @property
    def purchase_rules(self) -> tuple[Rule, ...]:
        """Return the rules that reward money, in the order of the editor."""
        return tuple(rule for rule in self.rules if not rule.is_deed)

    @property
    def base_rate(self) -> Fraction:
        """Return the points a won earns by the rule for every purchase; 0 without one."""
        base = next((rule for rule in self.rules if rule.kind == EarningRule.Kind.BASE), None)
        return own_rate(base) if base else Fraction(0)

    def rate_of(self, rule: Rule) -> Fraction:
        """Return the points a won earns by a rule; 0 for a fixed number of points."""
        if rule.reward == Reward.PERCENT_OF_BASE:
            return self.base_rate * rule.value / 100
        return own_rate(rule)

    def rule(self, key: str) -> Rule | None:
        """Return the rule of a key, or None."""
        return next((rule for rule in self.rules if rule.key == key), None)


def own_rate(rule: Rule) -> Fraction:
    """Return the points a won earns where the rule names a rate itself; 0 otherwise."""
    if rule.reward == Reward.PER_MILLE:
        return Fraction(rule.value, 1_000)
    return Fraction(1, rule.value) if rule.reward == Reward.WON_PER_POINT else Fraction(0)


def as_json(rules: RuleSet) -> dict[str, object]:
    """Return the set as it is stored in a version."""
    stored = asdict(rules)
    stored["excluded_categories"] = list(rules.excluded_categories)
    stored["rules"] = [_rule_as_json(rule) for rule in rules.rules]
    return stored


def from_json(stored: dict[str, object]) -> RuleSet:
    """Return the set that a version holds."""
    values = dict(stored)
    values["excluded_categories"] = tuple(values["excluded_categories"])
    values["rules"] = tuple(_rule_from_json(rule) for rule in values["rules"])
    return RuleSet(**values)


def _rule_as_json(rule: Rule) -> dict[str, object]:
    days = {name: day and day.isoformat() for name, day in (("starts_on", rule.starts_on), ("ends_on", rule.ends_on))}
    return asdict(rule) | days | {"categories": list(rule.categories), "stores": list(rule.stores)}


def _rule_from_json(stored: dict[str, object]) -> Rule:
    days = {name: stored[name] and date.fromisoformat(stored[name]) for name in ("starts_on", "ends_on")}
    lists = {name: tuple(stored[name]) for name in ("categories", "stores")}
    return Rule(**stored | days | lists)


def rule_of(row: EarningRule) -> Rule:
    """Return a row of the editor as a rule."""
    return Rule(
        key=str(row.pk or "new"),
        name=row.name,
        kind=row.kind,
        reward=row.reward,
        value=row.value,
        categories=tuple(sorted(set(row.categories))),
        stores=tuple(sorted(store.pk for store in row.stores.all())) if row.pk else (),
        channel=row.channel,
        tier=row.tier_id,
        segment=row.segment_id,
        minimum_won=row.minimum_won,
        most_points=row.most_points,
        times_per_month=row.times_per_month,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
    )


def rule_set_of(program: Program, terms: EarningTerms, rows: Iterable[EarningRule], tiers: Iterable[Tier]) -> RuleSet:
    """Return the terms with these rules, and what the tiers multiply the base rule by."""
    rules = [rule_of(row) for row in rows]
    online = terms.pending_days_online
    return RuleSet(
        rounding=terms.rounding,
        excluded_categories=tuple(sorted(set(terms.excluded_categories))),
        earns_on_shipping=terms.earns_on_shipping,
        earns_on_points_used=terms.earns_on_points_used,
        pending_days_store=program.pending_days,
        pending_days_online=program.pending_days if online is None else online,
        validity=program.validity,
        validity_months=program.validity_months,
        rules=(*rules, *_multipliers(rules, tiers)),
    )


def _multipliers(rules: list[Rule], tiers: Iterable[Tier]) -> list[Rule]:
    """Return a rule for each tier that gives more or less than the base rule, under the base rule's own conditions."""
    base = next((rule for rule in rules if rule.kind == EarningRule.Kind.BASE), None)
    if base is None:
        return []
    bonus = {"kind": EarningRule.Kind.TIER, "reward": Reward.PERCENT_OF_BASE, "most_points": None}
    return [
        replace(base, key=f"tier-{tier.pk}", name=tier.name, tier=tier.pk, value=tier.points_percent - 100, **bonus)
        for tier in tiers
        if tier.points_percent != 100
    ]
