"""The page of the recommendations: how good they are, what goes with what, whom they reach, when they were rebuilt."""

from django.contrib import admin
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from crm_project.charts import Chart, Series
from crm_project.templatetags.formats import number_text
from customers.affinity import companions
from customers.models import (
    AffinityRebuild,
    Product,
    ProductAffinity,
    ProductDemand,
    ProductPopularity,
    RecommendationReport,
)
from customers.models.stats import RfmGroup
from customers.recommendations import report_words
from customers.recommendations.reasons import Kind

FOUND = 12
PAIRS = 10
BEST_SELLERS = 10
Row = dict[str, object]


def page(request: HttpRequest) -> HttpResponse:
    """Show everything; `q` finds products, `product` is the one whose companions are drawn."""
    words = request.GET.get("q", "").replace("\0", "").strip()
    rebuilt = AffinityRebuild.objects.order_by("-finished_at").first()
    product = _chosen(request.GET.get("product", ""))
    context: Row = {
        "title": _("Recommendations"),
        "rebuilt": rebuilt,
        "words": words,
        "product": product,
        "found": _found(words) if words else [],
    }
    if rebuilt:
        context |= _report() | _coverage(rebuilt) | _popular()
        context |= _companions(product) if product else {"pairs": _closest_pairs()}
    return render(request, "recommendations/overview.html", admin.site.each_context(request) | context)


def _chosen(number: str) -> Product | None:
    is_number = number.isascii() and number.isdigit() and len(number) < 19
    return Product.objects.filter(pk=int(number)).first() if is_number else None


def _found(words: str) -> list[Row]:
    """Return products by name or SKU, those with companions that most people bought first."""
    known: QuerySet[ProductDemand] = ProductDemand.objects.filter(
        Q(product__sku=words) | Q(product__name__icontains=words)
    )
    best = known.annotate(closest=F("product__companions__place")).filter(closest=1).order_by("-buyers", "product")
    return [
        {
            "label": each.product.name,
            "value": each.buyers,
            "url": address_of(each.product_id, words),
            "note": f"{each.product.sku} · {each.product.category}",
        }
        for each in best.select_related("product")[:FOUND]
    ]


def address_of(product_id: int, words: str = "") -> str:
    """Return where a product's companions are drawn."""
    return reverse("admin:customers_recommendations", query={"q": words, "product": product_id})


def _companions(product: Product) -> Row:
    rows = companions(product.pk)
    drawn = [
        {
            "label": each.companion.name,
            "value": each.share,
            "url": address_of(each.companion_id),
            "note": _("lift %(lift)s · %(count)s people")
            % {"lift": number_text(each.lift, 1), "count": number_text(each.buyers_together)},
        }
        for each in rows
    ]
    return {"companions": drawn, "demand": ProductDemand.objects.filter(product=product).first()}


def _closest_pairs() -> list[Row]:
    """Return the pairs that most people bought together, each once."""
    best = ProductAffinity.objects.filter(place__lte=3, product__lt=F("companion"))
    rows = best.select_related("product", "companion").order_by("-buyers_together", "product", "place")[:PAIRS]
    return [
        {
            "label": f"{each.product.name} + {each.companion.name}",
            "value": each.buyers_together,
            "url": address_of(each.product_id),
            "note": _("lift %s") % number_text(each.lift, 1),
        }
        for each in rows
    ]


def _report() -> Row:
    """Return the last evaluation; nothing where none was made."""
    report = RecommendationReport.objects.order_by("-made_at").first()
    if report is None:
        return {"report": None}
    targets = {"any": _("Any product"), "new": _("Products never bought before")}
    tables = [
        {"title": title, "lines": report_words.lines(report, target)}
        | {"is_better": report_words.is_clearly_better(report, target)}
        for target, title in targets.items()
    ]
    return {"report": report, "tables": tables, "report_chart": _report_chart(report)}


def _report_chart(report: RecommendationReport) -> Chart:
    everything, fresh = (report_words.lines(report, target) for target in report_words.TARGETS)
    return Chart(
        title=_("Customers with a hit among ten products"),
        labels=[line.recommender for line in everything],
        series=[
            Series(_("Any product"), [line.hit_rate for line in everything]),
            Series(_("Never bought before"), [line.hit_rate for line in fresh], "second"),
        ],
        y=_("Hit rate"),
        way="percent",
        axis_way="percent_whole",
        height=180,
    )


def _coverage(rebuilt: AffinityRebuild) -> Row:
    """Return the shares of customers and products that are reached, and of which kinds the recommendations are."""
    seen = rebuilt.coverage
    kinds = [
        {"label": Kind(kind).label, "value": count, "note": ""}
        for kind, count in sorted(seen.get("kinds", {}).items(), key=lambda pair: -pair[1])
    ]
    return {
        "full_lists": seen["with_a_full_list"] / seen["customers"] if seen.get("customers") else None,
        "with_companions": rebuilt.products_with_companions / rebuilt.products if rebuilt.products else None,
        "kinds": kinds,
        "sampled": seen.get("customers", 0),
    }


def _popular() -> Row:
    """Return the best-sellers with their share among the recent buyers of each RFM group."""
    best = ProductPopularity.objects.filter(group=ProductPopularity.Group.EVERYONE, place__lte=BEST_SELLERS)
    products = list(best.select_related("product").order_by("place"))
    of_groups = ProductPopularity.objects.filter(
        group=ProductPopularity.Group.RFM, product__in=[each.product_id for each in products]
    )
    share = {(each.product_id, each.key): each.share for each in of_groups}
    groups = [group for group in RfmGroup if any(key == group for _product, key in share)]
    rows = [
        {
            "label": each.product.name,
            "values": [each.share, *(share.get((each.product_id, group.value)) for group in groups)],
        }
        for each in products
    ]
    return {"popular": rows, "groups": [_("All"), *(group.label for group in groups)]}
