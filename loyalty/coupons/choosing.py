"""Products, categories and stores found as one types, for the lists of a coupon's terms."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.models import Product, Store

MOST_FOUND = 20


@dataclass(frozen=True, slots=True)
class Place:
    """A list of the form: what its search field says, and what it finds as (value, label)."""

    placeholder: str | Promise
    find: Callable[[str], Iterable[tuple[str, str]]]


def _products(typed: str) -> Iterable[tuple[str, str]]:
    found = Product.objects.filter(Q(sku__istartswith=typed) | Q(name__icontains=typed), is_active=True)
    return found.order_by("name").values_list("sku", "name")[:MOST_FOUND]


def _categories(typed: str) -> Iterable[tuple[str, str]]:
    found = Product.objects.filter(category__icontains=typed).exclude(category="")
    names = found.order_by("category").values_list("category", flat=True).distinct()[:MOST_FOUND]
    return [(name, name) for name in names]


def _stores(typed: str) -> Iterable[tuple[str, str]]:
    found = Store.objects.filter(Q(external_id__istartswith=typed) | Q(name__icontains=typed))
    return found.order_by("name").values_list("external_id", "name")[:MOST_FOUND]


PLACES = {
    "products": Place(_("Find a product"), _products),
    "categories": Place(_("Find a category"), _categories),
    "stores": Place(_("Find a store"), _stores),
}


def choices(place: str, typed: str) -> list[list[str]]:
    """Return what the search field of a list finds; nothing for a list that is not known or for no words."""
    known = PLACES.get(place)
    words = typed.replace("\0", "").strip()[:100]
    return [[value, label] for value, label in known.find(words)] if known and words else []
