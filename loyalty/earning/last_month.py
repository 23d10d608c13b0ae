"""What rules would have given last month: every order of the month that is over, counted and nothing booked."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import sha256

from django.core.cache import cache
from django.utils import timezone

from loyalty.earning import set_based, versions
from loyalty.earning.rule_sets import Rule, RuleSet, rule_of
from loyalty.ledger.terms import start_of
from loyalty.models import EarningRule, Program

KEPT_SECONDS = 300
ORDERS = """
    SELECT id FROM customers_order
    WHERE is_purchase AND customer_id IS NOT NULL AND placed_at >= %s AND placed_at < %s
"""


@dataclass(frozen=True, slots=True)
class Given:
    """What a rule would have given: on how many orders, to how many customers, how many points."""

    orders: int = 0
    customers: int = 0
    points: int = 0


def first_days() -> tuple[date, date]:
    """Return the first day of last month and of this one, in Seoul."""
    this = timezone.localdate(timezone=timezone.get_default_timezone()).replace(day=1)
    return (this - timedelta(days=1)).replace(day=1), this


def given_by_all(program: Program) -> dict[str, Given]:
    """Return what each purchase rule of the editor would have given, by its key; those not in force too."""
    rules = versions.edited_rules(program)
    drafts = EarningRule.objects.filter(program=program, is_active=False).prefetch_related("stores").order_by("pk")
    return given(with_drafts(rules, [rule_of(row) for row in drafts]))


def with_drafts(rules: RuleSet, drafts: list[Rule]) -> RuleSet:
    """Return the rules in force with others that are not, which count after them: the base rule stays what it is."""
    in_force = {rule.key for rule in rules.rules}
    return replace(rules, rules=(*rules.rules, *(draft for draft in drafts if draft.key not in in_force)))


def given(rules: RuleSet) -> dict[str, Given]:
    """Return what each of these rules would have given; kept for some minutes, as a large shop takes seconds.

    Days from and until are not asked: the question is what such a month costs.
    """
    always = replace(rules, rules=tuple(replace(rule, starts_on=None, ends_on=None) for rule in rules.purchase_rules))
    since, until = first_days()
    key = f"earning:given:{since}:{sha256(repr(always).encode()).hexdigest()}"
    return cache.get_or_set(key, lambda: _given(always, since, until), KEPT_SECONDS) or {}


def _given(rules: RuleSet, since: date, until: date) -> dict[str, Given]:
    counted = set_based.points_by_rule(rules, ORDERS, [start_of(since), start_of(until)])
    return {key: Given(*numbers) for key, *numbers in counted}
