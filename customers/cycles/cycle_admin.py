"""Purchase cycles in the admin: lists of categories and products, each with the page of its distribution."""

from collections.abc import Callable

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm_project.read_only_admin import BigTableAdmin
from crm_project.templatetags.components import badge
from crm_project.templatetags.formats import number_text, percent
from customers.cycles import cycle_pages, reading
from customers.cycles.rebuilding import DUE_SOON_DAYS
from customers.models import CategoryCycle, ProductCycle
from customers.models.cycles import Cycle


class CycleAdmin(BigTableAdmin):
    """What the lists of categories and of products share."""

    tab: str
    # What each says for itself: the key that an address names (for nonsense one that no row has), what is bought
    # again by its name, and the rule of who is due to buy it soon.
    key_of: Callable[[str], object]
    subject: Callable[..., str]
    rule: Callable[..., dict[str, object]]
    list_display = ("subject", "came_back", "share_back", "median", "quartiles", "sureness", "due")
    ordering = ("-repeat_buyers",)
    change_list_template = "customers/cycle_list.html"

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        more = {"title": _("Purchase cycles"), "tabs": cycle_pages.tabs(), "tab": self.tab}
        return super().changelist_view(request, (extra_context or {}) | more)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show the distribution."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        key = admin.utils.unquote(object_id)
        cycle = get_object_or_404(self.get_queryset(request), pk=self.key_of(key))
        return cycle_pages.distribution(
            request, cycle, name=str(self.subject(cycle)), rule=self.rule(cycle), tab=self.tab
        )

    @admin.display(description=_("repeat buyers"), ordering="repeat_buyers")
    def came_back(self, cycle: Cycle) -> str:
        return number_text(cycle.repeat_buyers)

    @admin.display(description=_("due within seven days"), ordering="due_soon")
    def due(self, cycle: Cycle) -> str:
        return number_text(cycle.due_soon)

    @admin.display(description=_("came back"))
    def share_back(self, cycle: Cycle) -> SafeString | str:
        return percent(cycle.repeat_buyers / cycle.buyers, 0)

    @admin.display(description=pgettext_lazy("of pauses", "half within"), ordering="median_days")
    def median(self, cycle: Cycle) -> str:
        return _("%(days)s days") % {"days": f"{cycle.median_days:,}"}

    @admin.display(description=_("middle half"))
    def quartiles(self, cycle: Cycle) -> SafeString:
        return render_to_string("customers/cycle_quartiles.html", {"cycle": cycle})

    @admin.display(description=_("how sure"), ordering="confidence")
    def sureness(self, cycle: Cycle) -> SafeString:
        word, tone = reading.sureness(cycle)
        return badge(word, tone)


@admin.register(CategoryCycle)
class CategoryCycleAdmin(CycleAdmin):
    """Categories by how many come back to them, and the way to the overview."""

    tab = "category"
    search_fields = ("category",)
    search_help_text = _("Category")

    def get_urls(self) -> list[URLPattern]:
        overview = self.admin_site.admin_view(self.overview)
        return [path("overview/", overview, name="customers_cycles"), *super().get_urls()]

    def overview(self, request: HttpRequest) -> HttpResponse:
        """Show all cycles at a glance."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return cycle_pages.overview(request)

    def key_of(self, written: str) -> str:
        return written.replace("\0", "")

    @admin.display(description=_("category"), ordering="category")
    def subject(self, cycle: CategoryCycle) -> str:
        return cycle.category

    def rule(self, cycle: CategoryCycle) -> dict[str, object]:
        return {"all": [{"is": "due_category", "op": "in", "value": [cycle.category], "days": DUE_SOON_DAYS}]}


@admin.register(ProductCycle)
class ProductCycleAdmin(CycleAdmin):
    """Products by how many buy them again."""

    tab = "product"
    search_fields = ("product__name", "product__sku__exact")
    search_help_text = _("Product or SKU")
    list_select_related = ("product",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProductCycle]:
        return super().get_queryset(request).select_related("product")

    def key_of(self, written: str) -> int:
        return int(written) if written.isdecimal() else 0

    @admin.display(description=_("product"), ordering="product__name")
    def subject(self, cycle: ProductCycle) -> str:
        return cycle.product.name

    def rule(self, cycle: ProductCycle) -> dict[str, object]:
        return {"all": [{"is": "due_product", "op": "in", "value": [cycle.product.sku], "days": DUE_SOON_DAYS}]}
