"""What a purchase earns: basket × customer × day × rules → awards with their reasons. Pure; nothing is read or written.

`set_based.py` says the same in SQL for many orders, and a property test holds the two together to the point. All of
it is whole numbers: a share of a bill is a fraction and is rounded once, in the end, so that what is kept after any
number of partial returns is what one return of their sum would have left.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from loyalty.earning.rule_sets import Reward, Rule, RuleSet
from loyalty.models import EarningRule, EarningTerms

Kind = EarningRule.Kind


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill: the category of its product and its amount in won, below zero for goods taken back."""

    category: str
    amount: int


@dataclass(frozen=True, slots=True)
class Basket:
    """A purchase as it stands: what was paid, given back, and for what."""

    paid: int
    lines: tuple[Line, ...] = ()
    refunded: int = 0
    shipping: int = 0
    points_used: int = 0
    channel: str = "store"
    store: int | None = None
    is_purchase: bool = True


@dataclass(frozen=True, slots=True)
class Buyer:
    """What rules ask about the customer at the moment of the purchase."""

    tier: int | None = None
    birthday: date | None = None
    is_first_purchase: bool = False
    # The keys of rules that gave points for other orders, later ones that came in before: asked of a first purchase.
    rules_of_other_orders: frozenset[str] = frozenset()
    segments: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Award:
    """What one rule gives: the won that count for it, and the points."""

    rule: Rule
    won: int
    points: int


def awards(basket: Basket, buyer: Buyer, day: date, rules: RuleSet) -> list[Award]:
    """Return what each rule that holds gives for a purchase on a day (KST); rules that come to nothing included."""
    return counted(basket, rules_that_hold(basket, buyer, day, rules), rules)


def counted(basket: Basket, holding: Iterable[Rule], rules: RuleSet) -> list[Award]:
    """Return what rules give that are known to hold: at first, and again after every return."""
    bill = Bill(basket, rules)
    return [_award(rule, bill.amount_for(rule), rules) for rule in holding]


def rules_that_hold(basket: Basket, buyer: Buyer, day: date, rules: RuleSet) -> list[Rule]:
    """Return the rules whose where, when and who fit; how much was paid is not asked."""
    return [rule for rule in rules.purchase_rules if _holds(rule, basket, buyer, day)]


def counting_won(basket: Basket, rules: RuleSet) -> int:
    """Return the won of a purchase that count for points, rounded down: all but what is excluded or was given back."""
    return int(Bill(basket, rules).all_categories)


class Bill:
    """The won of a basket that count, split by category in the ratio of its lines."""

    def __init__(self, basket: Basket, rules: RuleSet) -> None:
        """Sum the lines; a category whose lines come to less than nothing counts as nothing."""
        sums: dict[str, int] = defaultdict(int)
        for line in basket.lines:
            sums[line.category] += line.amount
        self._sums = {category: max(amount, 0) for category, amount in sums.items()}
        self._total = sum(self._sums.values())
        self._excluded = rules.excluded_categories
        self._money = net_money(basket, rules)

    @property
    def all_categories(self) -> Fraction:
        """Return what counts of all categories that earn; of a bill without lines, everything."""
        if not self._total:
            return Fraction(self._money)
        return self._share(category for category in self._sums if category not in self._excluded)

    def amount_for(self, rule: Rule) -> Fraction:
        """Return what counts for a rule."""
        if not rule.categories:
            return self.all_categories
        return self._share(set(rule.categories) - set(self._excluded))

    def _share(self, categories: Iterable[str]) -> Fraction:
        matched = sum(self._sums.get(category, 0) for category in categories)
        return Fraction(self._money * matched, self._total) if self._total else Fraction(0)


def net_money(basket: Basket, rules: RuleSet) -> int:
    """Return the won of a bill that can earn at all: nothing of what was cancelled or given back whole."""
    taken_back = 0 < basket.refunded >= basket.paid
    if not basket.is_purchase or taken_back:
        return 0
    shipping = 0 if rules.earns_on_shipping else basket.shipping
    by_points = basket.points_used if rules.earns_on_points_used else 0
    return max(0, basket.paid - basket.refunded - shipping + by_points)


def _holds(rule: Rule, basket: Basket, buyer: Buyer, day: date) -> bool:
    birthday_month = buyer.birthday.month if buyer.birthday else None
    return (
        rule.is_open_on(day)
        and rule.channel in ("", basket.channel)
        and (not rule.stores or basket.store in rule.stores)
        and (rule.tier is None or rule.tier == buyer.tier)
        and (rule.segment is None or rule.segment in buyer.segments)
        and (rule.kind != Kind.FIRST_PURCHASE or _is_first(rule, buyer))
        and (rule.kind != Kind.BIRTHDAY or birthday_month == day.month)
    )


def _is_first(rule: Rule, buyer: Buyer) -> bool:
    return buyer.is_first_purchase and rule.key not in buyer.rules_of_other_orders


def _award(rule: Rule, won: Fraction, rules: RuleSet) -> Award:
    if won <= 0 or won < rule.minimum_won:
        return Award(rule, int(won), 0)
    points = rule.value if rule.reward == Reward.FIXED else rounded(won * rules.rate_of(rule), rules.rounding)
    return Award(rule, int(won), points if rule.most_points is None else min(points, rule.most_points))


def total(given: Iterable[Award]) -> int:
    """Return the points of awards together, never below zero."""
    return max(0, sum(award.points for award in given))


def rounded(points: Fraction, rounding: str) -> int:
    """Return whole points of a fraction; half a point goes up where the nearest is taken. Less is rounded like more."""
    if points < 0:
        return -rounded(-points, rounding)
    if rounding == EarningTerms.Rounding.UP:
        return -(-points.numerator // points.denominator)
    if rounding == EarningTerms.Rounding.NEAREST:
        return (2 * points.numerator + points.denominator) // (2 * points.denominator)
    return points.numerator // points.denominator
