"""The goods of a bill that count on their own: as many as staff types, by the number on the product or by category.

A rule or a coupon may be for some goods only. What is typed is held apart; the rest of the bill is of no category.
"""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from crm_project.templatetags.formats import won_text
from customers.models import Product, Store
from loyalty.coupons.baskets import BasketLine
from loyalty.desk.bills import read_number
from loyalty.earning.rule_sets import RuleSet
from loyalty.errors import DeskRefused
from loyalty.models import Coupon

MOST_LINES = 6
LONGEST = 100

Typed = Sequence[tuple[str, str]]


def read_goods(store: Store, typed: Typed, *, bill: int) -> tuple[BasketLine, ...]:
    """Return the goods that were typed for a bill (won), each by a product's number or the name of a category.

    Raises:
        DeskRefused: one is not known (`UNKNOWN_GOODS`), has no sum (`BAD_GOODS`), or together they cost more than the
            bill (`GOODS_OVER_BILL`).
    """
    named = [(words.strip()[:LONGEST], read_number(won)) for words, won in typed[:MOST_LINES] if words.strip()]
    known = _known(store, [words for words, _won in named])
    lines = tuple(_line(words, won, known) for words, won in named)
    if sum(line.amount for line in lines) > bill:
        raise DeskRefused(_("The goods cost more than the bill. Check both."), code="GOODS_OVER_BILL")
    return lines


def categories_asked_for(rules: RuleSet, coupons: Sequence[Coupon]) -> list[str]:
    """Return the categories that a rule in force or one of these coupons asks for: what is worth typing."""
    by_rules = [category for rule in rules.purchase_rules for category in rule.categories]
    by_coupons = [category for coupon in coupons for category in coupon.categories]
    return sorted({*by_rules, *by_coupons, *rules.excluded_categories})


def words_of(lines: Sequence[BasketLine]) -> str:
    """Return the goods as one line of text."""
    return ", ".join(f"{line.category or line.sku} {won_text(line.amount)}" for line in lines)


def _known(store: Store, words: Sequence[str]) -> dict[str, BasketLine]:
    """Return what each of the words stands for: a product of the store's system, or else a category."""
    if not words:
        return {}
    products = Product.objects.filter(source=store.source)
    categories = products.filter(category__in=words).values_list("category", flat=True).distinct()
    known = {category: BasketLine("", 0, category) for category in categories}
    for sku, category in products.filter(sku__in=words).values_list("sku", "category"):
        known[sku] = BasketLine(sku, 0, category)
    return known


def _line(words: str, won: int, known: dict[str, BasketLine]) -> BasketLine:
    if words not in known:
        raise DeskRefused(_("“%(goods)s” is no product and no category here.") % {"goods": words}, code="UNKNOWN_GOODS")
    if not won:
        raise DeskRefused(_("Type what “%(goods)s” costs, in won.") % {"goods": words}, code="BAD_GOODS")
    return BasketLine(known[words].sku, won, known[words].category)
