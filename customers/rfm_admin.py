"""RFM in the admin: every scoring with the cut points it used, and the page of the grid."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from crm_project.read_only_admin import ReadOnlyAdmin
from crm_project.templatetags.formats import moment, number_text, won_text
from customers import rfm_page
from customers.models import RfmScoring


@admin.register(RfmScoring)
class RfmScoringAdmin(ReadOnlyAdmin):
    """The scorings, one a night."""

    list_display = ("computed", "buyers", "recency", "frequency", "monetary")
    ordering = ("-computed_at",)
    show_full_result_count = False

    def get_urls(self) -> list[URLPattern]:
        return [path("grid/", self.admin_site.admin_view(self.grid), name="customers_rfm"), *super().get_urls()]

    def grid(self, request: HttpRequest) -> HttpResponse:
        """Show the grid."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return rfm_page.page(request)

    @admin.display(description=_("computed at"), ordering="computed_at")
    def computed(self, scoring: RfmScoring) -> SafeString | str:
        return moment(scoring.computed_at)

    @admin.display(description=_("days since the last order"))
    def recency(self, scoring: RfmScoring) -> str:
        return " · ".join(map(number_text, scoring.recency_days))

    @admin.display(description=_("number of orders"))
    def frequency(self, scoring: RfmScoring) -> str:
        return " · ".join(map(number_text, scoring.order_counts))

    @admin.display(description=_("revenue"))
    def monetary(self, scoring: RfmScoring) -> str:
        return " · ".join(map(won_text, scoring.paid_totals))
