"""What is sold, where, and what was bought and done: facts to look at, never edited here."""

import json
from collections.abc import Callable

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm_project.read_only_admin import BigTableAdmin, ReadOnlyAdmin
from crm_project.templatetags.components import badge
from crm_project.templatetags.formats import NOTHING, moment, won
from customers import access_log
from customers.customer_link import customer_link
from customers.masking import mask_words
from customers.models import Event, Order, OrderLine, Product, Store
from customers.order_tones import order_tone
from customers.places import channel_pages


class OrderLineInline(admin.TabularInline):
    """The products of an order."""

    model = OrderLine
    fields = readonly_fields = ("product", "quantity", "shown_amount")
    ordering = ("position",)
    extra = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderLine]:
        return super().get_queryset(request).select_related("product")

    def has_add_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        return False

    @admin.display(description=_("amount"))
    def shown_amount(self, line: OrderLine) -> SafeString | str:
        return won(line.amount)


def money(field: str) -> Callable[[Order], SafeString | str]:
    """Return what shows an amount of an order with its unit."""

    @admin.display(description=Order._meta.get_field(field).verbose_name)
    def amount(order: Order) -> SafeString | str:
        return won(getattr(order, field))

    return amount


@admin.register(Order)
class OrderAdmin(BigTableAdmin):
    """Orders, found by number, newest first."""

    list_display = (
        "external_id",
        "shown_status",
        "placed",
        customer_link,
        "channel",
        "store",
        "shown_paid",
        "shown_revenue",
    )
    list_filter = ("status", "channel")
    list_select_related = ("customer", "store")
    search_fields = ("external_id",)
    search_help_text = _("Order number")
    ordering = ("-placed_at",)
    fields = readonly_fields = (
        "external_id",
        "shown_status",
        "placed",
        "delivered",
        customer_link,
        "channel",
        "store",
        money("items_amount"),
        money("discount"),
        "points_used",
        money("shipping"),
        "shown_paid",
        money("refunded"),
        "shown_refunds",
        "shown_revenue",
        "source",
    )
    inlines = (OrderLineInline,)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        return (queryset.filter(external_id=search_term) if search_term else queryset), False

    @admin.display(description=_("status"), ordering="status")
    def shown_status(self, order: Order) -> SafeString:
        return badge(order.get_status_display(), order_tone(order))

    @admin.display(description=_("placed at"), ordering="placed_at")
    def placed(self, order: Order) -> SafeString | str:
        return moment(order.placed_at)

    @admin.display(description=pgettext_lazy("order", "delivered at"))
    def delivered(self, order: Order) -> SafeString | str:
        return moment(order.delivered_at)

    @admin.display(description=pgettext_lazy("amount", "paid"), ordering="paid")
    def shown_paid(self, order: Order) -> SafeString | str:
        return won(order.paid)

    @admin.display(description=_("taken back, and when"))
    def shown_refunds(self, order: Order) -> SafeString | str:
        rows = ((won(refund.amount), moment(refund.refunded_at)) for refund in order.refunds.order_by("refunded_at"))
        return format_html_join(mark_safe("<br>"), "{} · {}", rows) or NOTHING

    @admin.display(description=_("revenue"))
    def shown_revenue(self, order: Order) -> SafeString | str:
        return won(order.revenue)


@admin.register(Product)
class ProductAdmin(BigTableAdmin):
    """Products by SKU and name."""

    list_display = ("name", "sku", "category", "brand", "shown_price", "stock", "is_active")
    list_filter = ("is_active",)
    search_fields = ("sku__exact", "name__startswith")
    search_help_text = _("SKU, or the beginning of the name")
    ordering = ("pk",)

    @admin.display(description=_("price"), ordering="price")
    def shown_price(self, product: Product) -> SafeString | str:
        return won(product.price)


@admin.register(Store)
class StoreAdmin(ReadOnlyAdmin):
    """Stores with how many customers call them their own."""

    list_display = ("name", "external_id", "region", "is_online", "home_customers")
    search_fields = ("name", "external_id", "region")
    ordering = ("name",)

    def get_urls(self) -> list[URLPattern]:
        channels = self.admin_site.admin_view(self.channels)
        return [path("channels/", channels, name="customers_channels"), *super().get_urls()]

    def channels(self, request: HttpRequest) -> HttpResponse:
        """Compare stores and online."""
        if not request.user.has_perm("customers.view_customerstats"):
            raise PermissionDenied
        return channel_pages.page(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Store]:
        return super().get_queryset(request).annotate(customer_count=Count("customers"))

    @admin.display(description=_("customers"), ordering="customer_count")
    def home_customers(self, store: Store) -> int:
        return store.customer_count


@admin.register(Event)
class EventAdmin(BigTableAdmin):
    """What people did, newest first."""

    list_display = ("happened", "kind", customer_link, "visitor", "product")
    list_filter = ("kind",)
    list_select_related = ("customer", "visitor", "product")
    ordering = ("-pk",)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Event | None:
        """Open one event; words that its customer typed name nobody to those who see masked."""
        event = super().get_object(request, object_id, from_field)
        if event is not None and not request.user.has_perm(access_log.MAY_UNMASK):
            event.properties = json.loads(mask_words(json.dumps(event.properties, ensure_ascii=False), event.customer))
        return event

    @admin.display(description=_("happened at"))
    def happened(self, event: Event) -> SafeString | str:
        return moment(event.occurred_at)
