"""Why a product is on a list, in a sentence that an operator can repeat to the customer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm_project.templatetags.formats import number_text, percent_text
from customers.models import Product, ProductAffinity, ProductDemand, ProductPopularity, Segment, Store
from customers.models.stats import RfmGroup
from customers.recommendations.ranking import Ranked

# A companion's share below this says nothing to anybody: "1 % of buyers had both".
LEAST_TOLD_SHARE = 0.02


class Kind(models.TextChoices):
    """What speaks most for a product."""

    DUE_AGAIN = "due_again", gettext_lazy("due again")
    TOGETHER = "together", gettext_lazy("bought together")
    POPULAR = "popular", gettext_lazy("popular in the group")
    FAVOURITE_CATEGORY = "favourite_category", gettext_lazy("new in a favourite category")


@dataclass(frozen=True)
class Facts:
    """What the sentences of some lists name, read once for all of them."""

    products: Mapping[int, Product]
    companions: Mapping[tuple[int, int], ProductAffinity]
    popular: Mapping[tuple[str, str, int], ProductPopularity]
    demand: Mapping[int, int]
    segments: Mapping[str, str]
    stores: Mapping[str, str]


def read_facts(listed: Iterable[Ranked]) -> Facts:
    """Read the names and numbers that the reasons of these rows need, in six queries however many rows there are."""
    rows = list(listed)
    shown = {row.product_id for row in rows}
    anchors = {row.anchor_id for row in rows if row.anchor_id}
    keys = {row.group_key for row in rows if row.group_key is not None}
    companions = ProductAffinity.objects.filter(product__in=anchors, companion__in=shown)
    popular = ProductPopularity.objects.filter(product__in=shown, key__in=keys)
    return Facts(
        products=Product.objects.in_bulk(shown | anchors),
        companions={(each.product_id, each.companion_id): each for each in companions},
        popular={(each.group, each.key, each.product_id): each for each in popular},
        demand=dict(ProductDemand.objects.filter(product__in=shown).values_list("product", "recent_buyers")),
        segments=_names(Segment, rows, ProductPopularity.Group.SEGMENT),
        stores=_names(Store, rows, ProductPopularity.Group.STORE),
    )


def _names(model: type[models.Model], rows: Iterable[Ranked], kind: str) -> dict[str, str]:
    keys = {int(row.group_key) for row in rows if row.group_kind == kind and row.group_key}
    return {str(pk): str(name) for pk, name in model._default_manager.filter(pk__in=keys).values_list("pk", "name")}


def reason_of(row: Ranked, facts: Facts) -> tuple[Kind, str]:
    """Return what speaks most for the product, and the sentence."""
    if row.days is not None:
        return Kind.DUE_AGAIN, _due(row)
    both = facts.companions.get((row.anchor_id or 0, row.product_id))
    if both and both.share >= LEAST_TOLD_SHARE:
        return Kind.TOGETHER, _together(both, facts)
    if row.is_favourite and facts.products[row.product_id].category:
        return Kind.FAVOURITE_CATEGORY, _favourite(row, facts)
    return Kind.POPULAR, _popular(row, facts)


def _due(row: Ranked) -> str:
    times = ngettext("Bought on %(count)d day", "Bought on %(count)d days", row.days or 0) % {"count": row.days}
    words = _("every %(days)d days") if row.is_own_cycle else _("people buy it again after %(days)d days")
    last = _("last on %s") % row.last_day
    return f"{times}, {words % {'days': row.cycle_days}}; {last}"


def _together(both: ProductAffinity, facts: Facts) -> str:
    return _("%(share)s of the customers who bought “%(product)s” bought this with it") % {
        "share": percent_text(both.share, 0),
        "product": facts.products[both.product_id].name,
    }


def _favourite(row: Ranked, facts: Facts) -> str:
    return _("Often buys “%(category)s”, but never this one; %(count)s customers did in the last 28 days") % {
        "category": facts.products[row.product_id].category,
        "count": number_text(facts.demand.get(row.product_id, 0)),
    }


def _popular(row: Ranked, facts: Facts) -> str:
    found = facts.popular.get((row.group_kind or "", row.group_key or "", row.product_id))
    if found is None:
        count = number_text(facts.demand.get(row.product_id, 0))
        return _("%s customers bought it in the last 28 days") % count
    return _("%(share)s of the buyers in “%(group)s” bought it in the last 28 days") % {
        "share": percent_text(found.share, 1),
        "group": group_name(found, facts),
    }


def group_name(found: ProductPopularity, facts: Facts) -> str:
    """Return what the group is called."""
    match found.group:
        case ProductPopularity.Group.RFM:
            return str(RfmGroup(found.key).label)
        case ProductPopularity.Group.SEGMENT:
            return facts.segments.get(found.key, found.key)
        case ProductPopularity.Group.STORE:
            return facts.stores.get(found.key, found.key)
    return str(ProductPopularity.Group(found.group).label)
