"""Stores, products and orders."""

from functools import partial

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import BooleanFilter, CharFilter, ChoiceFilter, FilterSet, IsoDateTimeFilter
from rest_framework import serializers

from customers import ingest
from customers.api.posting import FactsView, MayUseFacts
from customers.api.reading import FactReader
from customers.ingest.order_records import ORDERS
from customers.ingest.products import PRODUCTS, STORES
from customers.models import Order, OrderLine, Product, Store


class StoreSerializer(serializers.ModelSerializer):
    """A store."""

    store_id = serializers.CharField(source="external_id")

    class Meta:
        model = Store
        fields = ("store_id", "source", "name", "is_online", "region", "address", "phone", "latitude", "longitude")


class StoreFilter(FilterSet):
    """Which stores."""

    source = CharFilter()
    store_id = CharFilter("external_id")

    class Meta:
        model = Store
        fields = ()


class StoresView(FactsView):
    """Stores."""

    about = _("Stores.")
    permissions_to_post = ("customers.add_store", "customers.change_store")
    permissions_to_read = ("customers.view_store",)
    ingest = partial(ingest.ingest_stores)
    record_schema = STORES
    serializer_class = StoreSerializer
    filterset_class = StoreFilter
    queryset = Store.objects.all()


class ProductSerializer(serializers.ModelSerializer):
    """A product."""

    active = serializers.BooleanField(source="is_active")

    class Meta:
        model = Product
        fields = ("sku", "source", "name", "category", "brand", "price", "url", "image_url", "active", "stock")


class ProductFilter(FilterSet):
    """Which products."""

    source = CharFilter()
    sku = CharFilter()
    category = CharFilter()
    brand = CharFilter()
    active = BooleanFilter("is_active")

    class Meta:
        model = Product
        fields = ()


class ProductsView(FactsView):
    """Products."""

    about = _("Products.")
    permissions_to_post = ("customers.add_product", "customers.change_product")
    permissions_to_read = ("customers.view_product",)
    ingest = partial(ingest.ingest_products)
    record_schema = PRODUCTS
    serializer_class = ProductSerializer
    filterset_class = ProductFilter
    queryset = Product.objects.all()


class ProductReader(FactReader):
    """One product."""

    about = _("One product.")
    permission_classes = (MayUseFacts,)
    permissions_to_read = ProductsView.permissions_to_read
    serializer_class = ProductSerializer
    queryset = Product.objects.all()
    number_field = "sku"


class OrderLineSerializer(serializers.ModelSerializer):
    """A line of an order."""

    sku = serializers.CharField(source="product.sku")
    line_amount = serializers.IntegerField(source="amount", help_text=_("won, for the whole line"))

    class Meta:
        model = OrderLine
        fields = ("position", "sku", "quantity", "line_amount")


class OrderSerializer(serializers.ModelSerializer):
    """An order as it stands, with its lines."""

    order_id = serializers.CharField(source="external_id")
    customer_id = serializers.CharField(source="customer.external_id", default=None, allow_null=True)
    store_id = serializers.CharField(source="store.external_id", default=None, allow_null=True)
    revenue = serializers.IntegerField(read_only=True, help_text=_("won: paid − refunded − shipping of purchases"))
    lines = OrderLineSerializer(many=True, read_only=True)

    class Meta:
        model = Order
        fields = (
            "order_id",
            "source",
            "customer_id",
            "placed_at",
            "status",
            "channel",
            "store_id",
            "items_amount",
            "discount",
            "points_used",
            "shipping",
            "paid",
            "refunded",
            "refunded_at",
            "delivered_at",
            "revenue",
            "changed_at",
            "lines",
        )


class OrderFilter(FilterSet):
    """Which orders; `changed_from` with the time of the last look gives what is new since."""

    source = CharFilter()
    order_id = CharFilter("external_id")
    customer_id = CharFilter("customer__external_id")
    store_id = CharFilter("store__external_id")
    status = ChoiceFilter(choices=Order.Status.choices)
    channel = ChoiceFilter(choices=Order.SalesChannel.choices)
    placed_from = IsoDateTimeFilter("placed_at", "gte")
    placed_before = IsoDateTimeFilter("placed_at", "lt")
    changed_from = IsoDateTimeFilter("changed_at", "gte")

    class Meta:
        model = Order
        fields = ()


def orders_to_show() -> QuerySet[Order]:
    """Return orders with all that their answer needs."""
    lines = Prefetch("lines", OrderLine.objects.select_related("product").order_by("position"))
    return Order.objects.select_related("customer", "store").prefetch_related(lines)


class OrdersView(FactsView):
    """Orders: posted one record a line, the order's columns repeated; given out one object an order.

    `new`, `changed` and `unchanged` of a post count orders, not records.
    """

    about = _("Orders with their lines.")
    about_posting = _(
        "Orders, one record a line, the order's columns repeated. A later copy of an order replaces it with all its "
        "lines: so are refunds, returns and cancellations sent. The counts are of orders."
    )
    permissions_to_post = ("customers.add_order", "customers.change_order")
    permissions_to_read = ("customers.view_order",)
    ingest = partial(ingest.ingest_orders)
    record_schema = ORDERS
    serializer_class = OrderSerializer
    filterset_class = OrderFilter
    ordered_by = {"changed_from": "changed_at", "placed_from": "placed_at"}

    def get_queryset(self) -> QuerySet[Order]:
        return orders_to_show()


class OrderReader(FactReader):
    """One order."""

    about = _("One order with its lines.")
    permission_classes = (MayUseFacts,)
    permissions_to_read = OrdersView.permissions_to_read
    serializer_class = OrderSerializer

    def get_queryset(self) -> QuerySet[Order]:
        return orders_to_show()
