"""The pages of purchase cycles: the overview, and the distribution of one category or product."""

from django.contrib import admin
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_project.templatetags.formats import won_short_text
from customers.cycles import reading
from customers.cycles.rebuilding import DUE_SOON_DAYS
from customers.models import CategoryCycle, CycleRebuild, ProductCycle
from customers.models.cycles import Cycle
from customers.segments.ready import address_of

KEPT_SECONDS = 60
SHOWN = 10


def overview(request: HttpRequest) -> HttpResponse:
    """Show who is due when, how many are slipping away, and what is about to be bought again."""
    rebuilt = CycleRebuild.objects.order_by("-finished_at").first()
    context = frame(request, _("Purchase cycles")) | {"rebuilt": rebuilt, "tabs": tabs(), "tab": "overview"}
    if rebuilt is None or not rebuilt.gaps:
        return render(request, "customers/cycles.html", context)
    may_build = request.user.has_perm("customers.add_segment")
    buyers, with_own, median = cache.get_or_set("cycles:own", reading.own_cycles_summary, KEPT_SECONDS)
    context |= {
        "buyers": buyers,
        "with_own": with_own,
        "median": median,
        "due_chart": reading.due_by_day(timezone.localdate()),
        "due_soon_url": due_soon_address() if may_build else "",
        "risks": [_risk_row(band, may_build) for band in cache.get_or_set("cycles:risks", reading.risk_bands, 60)],
        "categories": _due_rows(CategoryCycle),
        "products": _due_rows(ProductCycle),
    }
    return render(request, "customers/cycles.html", context)


def distribution(request: HttpRequest, cycle: Cycle, *, name: str, rule: dict[str, object], tab: str) -> HttpResponse:
    """Show one cycle: how long people wait, drawn, and who is due soon."""
    may_build = request.user.has_perm("customers.add_segment")
    context = frame(request, name) | {
        "cycle": cycle,
        "sureness": reading.sureness(cycle),
        "advice": reading.advice(cycle),
        "share_back": cycle.repeat_buyers / cycle.buyers,
        "came_back": _("%(repeat)s of %(buyers)s")
        % {"repeat": f"{cycle.repeat_buyers:,}", "buyers": f"{cycle.buyers:,}"},
        "quartiles": f"{cycle.lower_quartile}–{cycle.upper_quartile}",
        "pauses_words": _pauses_words(cycle),
        "chart": reading.distribution(cycle),
        "due_url": address_of(rule, _("Due soon: %(name)s") % {"name": name}) if may_build else "",
        "tabs": tabs(),
        "tab": tab,
        "products": _products_of(cycle) if isinstance(cycle, CategoryCycle) else [],
        "category_url": _category_address(cycle) if isinstance(cycle, ProductCycle) else "",
        "rebuilt": CycleRebuild.objects.order_by("-finished_at").first(),
    }
    return render(request, "customers/cycle.html", context)


def frame(request: HttpRequest, title: str) -> dict[str, object]:
    """Return what every page of the admin needs."""
    return admin.site.each_context(request) | {"title": title}


def tabs() -> list[dict[str, object]]:
    """Return the links between the pages of cycles."""
    pages = [
        ("overview", _("Overview"), "admin:customers_cycles"),
        ("category", _("Categories"), "admin:customers_categorycycle_changelist"),
        ("product", _("Products"), "admin:customers_productcycle_changelist"),
    ]
    return [{"key": key, "label": label, "url": reverse(name)} for key, label, name in pages]


def due_soon_address() -> str:
    """Return the builder's address for who is due within a week, whatever they buy."""
    rule = {"all": [{"is": "due", "op": "within_next_days", "value": DUE_SOON_DAYS}]}
    return address_of(rule, _("Due to buy within seven days"))


def _pauses_words(cycle: Cycle) -> str:
    return _(
        "%(gaps)s pauses between purchases by the same customer; where a quarter, half and three quarters are over is "
        "marked"
    ) % {"gaps": f"{cycle.gaps:,}"}


def _risk_row(band: reading.RiskBand, may_build: bool) -> dict[str, object]:
    rule = {
        "all": [
            {"is": "repurchase_risk", "op": "at_least", "value": band.lowest},
            {"is": "repurchase_risk", "op": "at_most", "value": band.highest},
        ]
    }
    return {
        "label": band.label,
        "note": f"{band.lowest}–{band.highest} · {won_short_text(band.revenue)}",
        "value": band.customers,
        "tone": band.tone,
        "url": address_of(rule, str(band.label)) if may_build and band.customers else "",
    }


def _due_rows(model: type[Cycle]) -> list[dict[str, object]]:
    """Return what the most customers are due to buy within a week."""
    cycles = model.objects.filter(due_soon__gt=0).order_by("-due_soon")
    if model is ProductCycle:
        cycles = cycles.select_related("product")
    name = f"admin:customers_{model._meta.model_name}_change"
    return [
        {
            "label": cycle.product.name if isinstance(cycle, ProductCycle) else cycle.category,
            "note": _("every %(days)s days") % {"days": cycle.median_days},
            "value": cycle.due_soon,
            "url": reverse(name, args=[admin.utils.quote(cycle.pk)]),
        }
        for cycle in cycles[:SHOWN]
    ]


def _products_of(cycle: CategoryCycle) -> list[ProductCycle]:
    products = ProductCycle.objects.filter(product__category=cycle.category).select_related("product")
    return list(products.order_by("-repeat_buyers", "pk")[:SHOWN])


def _category_address(cycle: ProductCycle) -> str:
    category = cycle.product.category
    if not CategoryCycle.objects.filter(pk=category).exists():
        return ""
    return reverse("admin:customers_categorycycle_change", args=[admin.utils.quote(category)])
