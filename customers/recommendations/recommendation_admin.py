"""Recommendations in the admin: the rebuilds, and the page that shows what they found."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from crm_project.read_only_admin import ReadOnlyAdmin
from crm_project.templatetags.formats import moment, number_text
from customers.models import AffinityRebuild
from customers.recommendations import page


@admin.register(AffinityRebuild)
class AffinityRebuildAdmin(ReadOnlyAdmin):
    """The rebuilds, one a night."""

    list_display = ("finished", "order_total", "buyer_total", "product_total", "pair_total", "seconds")
    ordering = ("-finished_at",)
    show_full_result_count = False

    def get_urls(self) -> list[URLPattern]:
        overview = self.admin_site.admin_view(self.overview)
        return [path("overview/", overview, name="customers_recommendations"), *super().get_urls()]

    def overview(self, request: HttpRequest) -> HttpResponse:
        """Show the page of the recommendations."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return page.page(request)

    @admin.display(description=_("finished at"), ordering="finished_at")
    def finished(self, rebuilt: AffinityRebuild) -> SafeString | str:
        return moment(rebuilt.finished_at)

    @admin.display(description=_("orders"))
    def order_total(self, rebuilt: AffinityRebuild) -> str:
        return number_text(rebuilt.orders)

    @admin.display(description=_("buyers"))
    def buyer_total(self, rebuilt: AffinityRebuild) -> str:
        return number_text(rebuilt.buyers)

    @admin.display(description=_("products sold"))
    def product_total(self, rebuilt: AffinityRebuild) -> str:
        return number_text(rebuilt.products)

    @admin.display(description=_("pairs"))
    def pair_total(self, rebuilt: AffinityRebuild) -> str:
        return number_text(rebuilt.pairs)
