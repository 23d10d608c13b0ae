"""Where the builder searches for products, stores, sources and segments while a condition is filled in."""

from django.db.models import Q

from customers.models import Customer, Product, Region, Segment, Store, UploadedList
from customers.segments.values import Lookup

MOST_FOUND = 50


def find_categories(typed: str) -> list[tuple[str, str]]:
    """Return categories of products whose name holds what was typed."""
    found = Product.objects.filter(category__icontains=typed).exclude(category="").order_by("category")
    return [(name, name) for name in found.values_list("category", flat=True).distinct()[:MOST_FOUND]]


def find_products(typed: str) -> list[tuple[str, str]]:
    """Return products whose SKU is what was typed or whose name holds it."""
    found = Product.objects.filter(Q(sku=typed) | Q(name__icontains=typed)).order_by("name", "pk")
    return list(found.values_list("sku", "name")[:MOST_FOUND])


def product_labels(skus: list[str]) -> dict[str, str]:
    """Return the names of products by their SKUs."""
    return dict(Product.objects.filter(sku__in=skus).values_list("sku", "name"))


def find_brands(typed: str) -> list[tuple[str, str]]:
    """Return brands that hold what was typed."""
    found = Product.objects.filter(brand__icontains=typed).exclude(brand="").order_by("brand")
    return [(name, name) for name in found.values_list("brand", flat=True).distinct()[:MOST_FOUND]]


def find_regions(typed: str) -> list[tuple[str, str]]:
    """Return cities and districts whose name holds what was typed."""
    names = Region.objects.filter(name__icontains=typed).order_by("name").values_list("name", flat=True)
    return [(name, name) for name in names[:MOST_FOUND]]


def find_stores(typed: str) -> list[tuple[str, str]]:
    """Return stores whose name or number holds what was typed."""
    found = Store.objects.filter(Q(name__icontains=typed) | Q(external_id__icontains=typed)).order_by("name")
    return list(found.values_list("external_id", "name")[:MOST_FOUND])


def store_labels(numbers: list[str]) -> dict[str, str]:
    """Return the names of stores by their numbers."""
    return dict(Store.objects.filter(external_id__in=numbers).values_list("external_id", "name"))


def find_sources(typed: str) -> list[tuple[str, str]]:
    """Return acquisition sources that hold what was typed."""
    found = Customer.objects.filter(acquisition_source__icontains=typed).exclude(acquisition_source="")
    names = found.order_by("acquisition_source").values_list("acquisition_source", flat=True).distinct()
    return [(name, name) for name in names[:MOST_FOUND]]


def find_segments(typed: str) -> list[tuple[int, str]]:
    """Return segments whose name holds what was typed."""
    return list(Segment.objects.filter(name__icontains=typed).values_list("pk", "name")[:MOST_FOUND])


def segment_labels(ids: list[int]) -> dict[int, str]:
    """Return the names of segments by their ids."""
    return dict(Segment.objects.filter(pk__in=ids).values_list("pk", "name"))


def find_lists(typed: str) -> list[tuple[int, str]]:
    """Return uploaded lists whose name holds what was typed, the newest first."""
    return list(UploadedList.objects.filter(name__icontains=typed).values_list("pk", "name")[:MOST_FOUND])


def list_labels(ids: list[int]) -> dict[int, str]:
    """Return the names of uploaded lists by their ids."""
    return dict(UploadedList.objects.filter(pk__in=ids).values_list("pk", "name"))


BRANDS = Lookup(search=find_brands)
CATEGORIES = Lookup(search=find_categories)
PRODUCTS = Lookup(search=find_products, labels=product_labels)
REGIONS = Lookup(search=find_regions)
STORES = Lookup(search=find_stores, labels=store_labels)
SOURCES = Lookup(search=find_sources)
SEGMENTS = Lookup(search=find_segments, labels=segment_labels, by_number=True)
LISTS = Lookup(search=find_lists, labels=list_labels, by_number=True)
