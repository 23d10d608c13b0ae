"""What of analytics the stock admin shows: spend to enter, credits to look at."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from analytics.kpis import KPIS, targets
from analytics.kpis.target_form import KpiTargetForm
from analytics.models import AttributedOrder, KpiTarget, MarketingSpend
from analytics.spend.entry import SpendForm
from analytics.spend.import_page import import_spend
from crm_project.read_only_admin import ReadOnlyAdmin
from crm_project.templatetags.formats import moment, won


@admin.register(MarketingSpend)
class MarketingSpendAdmin(admin.ModelAdmin):
    """What marketing cost, by month and source."""

    form = SpendForm
    list_display = ["month_shown", "source", "amount_shown", "note"]
    list_filter = ["source"]
    search_fields = ["source", "note"]
    date_hierarchy = "month"

    def get_urls(self) -> list[URLPattern]:
        imported = self.admin_site.admin_view(self.import_file)
        return [path("import/", imported, name="analytics_marketingspend_import"), *super().get_urls()]

    def import_file(self, request: HttpRequest) -> HttpResponse:
        """Read a file, show it, store it."""
        return import_spend(request, self)

    @admin.display(description=_("month"), ordering="month")
    def month_shown(self, spend: MarketingSpend) -> str:
        return f"{spend.month:%Y-%m}"

    @admin.display(description=_("amount"), ordering="amount")
    def amount_shown(self, spend: MarketingSpend) -> SafeString | str:
        return won(spend.amount)


@admin.register(AttributedOrder)
class AttributedOrderAdmin(ReadOnlyAdmin):
    """Which order was credited to which message."""

    list_display = ["order", "model", "campaign_link", "revenue_shown", "refunded_shown", "touched", "placed"]
    list_filter = ["model"]
    list_select_related = ["order", "campaign"]
    ordering = ["-placed_at"]
    show_full_result_count = False

    @admin.display(description=_("campaign"))
    def campaign_link(self, credit: AttributedOrder) -> SafeString:
        return format_html(
            '<a href="{}">{}</a>', reverse("campaign_report", args=[credit.campaign_id]), credit.campaign
        )

    @admin.display(description=_("credited revenue"), ordering="revenue")
    def revenue_shown(self, credit: AttributedOrder) -> SafeString | str:
        return won(credit.revenue)

    @admin.display(description=_("taken back"), ordering="refunded")
    def refunded_shown(self, credit: AttributedOrder) -> SafeString | str:
        return won(credit.refunded)

    @admin.display(description=_("touched at"), ordering="touched_at")
    def touched(self, credit: AttributedOrder) -> SafeString | str:
        return moment(credit.touched_at)

    @admin.display(description=_("ordered at"), ordering="placed_at")
    def placed(self, credit: AttributedOrder) -> SafeString | str:
        return moment(credit.placed_at)


@admin.register(KpiTarget)
class KpiTargetAdmin(admin.ModelAdmin):
    """What KPIs are to reach, one target each."""

    form = KpiTargetForm
    list_display = ["kpi_shown", "value_shown", "note"]

    @admin.display(description=_("KPI"), ordering="kpi")
    def kpi_shown(self, target: KpiTarget) -> str:
        kpi = KPIS.get(target.kpi)
        return str(kpi.label) if kpi else target.kpi

    @admin.display(description=_("target"))
    def value_shown(self, target: KpiTarget) -> SafeString | str:
        return targets.shown(target)
