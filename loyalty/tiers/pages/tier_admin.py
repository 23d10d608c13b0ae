"""Tiers in the admin: the ladder in the place of a list, its editor, the history of a customer, and earlier rules."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern, path
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from crm_project.read_only_admin import ReadOnlyAdmin
from crm_project.templatetags.formats import moment
from loyalty.models import Tier, TierRuleVersion
from loyalty.tiers.pages import history_page, ladder_editor, ladder_page
from loyalty.tiers.standings import amount_words


@admin.register(Tier)
class TierAdmin(ReadOnlyAdmin):
    """The ladder. Tiers are changed in its editor, where one sees what a change would do."""

    fields = ("name", "colour", "points_percent", "perks", "entry_coupons")

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [
            path("ladder/", guard(self.ladder), name="loyalty_tier_ladder"),
            path("ladder/effect/", guard(self.effect), name="loyalty_tier_effect"),
            path("customer/<int:customer_id>/", guard(self.customer), name="loyalty_tier_customer"),
            path("grant/<int:grant_id>/withdraw/", guard(self.withdraw), name="loyalty_tier_withdraw"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Show the ladder."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return ladder_page.page(request)

    def ladder(self, request: HttpRequest) -> HttpResponse:
        """Show the editor, or put a ladder in force."""
        _allow(request, "loyalty.change_tier")
        return ladder_editor.page(request)

    def effect(self, request: HttpRequest) -> HttpResponse:
        """Return what the ladder in the form would do."""
        _allow(request, "loyalty.change_tier")
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        return ladder_editor.effect(request)

    def customer(self, request: HttpRequest, customer_id: int) -> HttpResponse:
        """Show the history of a customer; give a tier by hand."""
        _allow(request, "loyalty.view_tier", "customers.view_customer")
        return history_page.page(request, customer_id)

    def withdraw(self, request: HttpRequest, grant_id: int) -> HttpResponse:
        """End a grant."""
        _allow(request, history_page.MAY_GRANT)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        return history_page.withdraw(request, grant_id)


@admin.register(TierRuleVersion)
class TierRuleVersionAdmin(ReadOnlyAdmin):
    """The rules as they were, the newest first."""

    list_display = ("number", "since", "published_by", "basis", "window", "steps", "note")
    list_select_related = ("published_by",)
    ordering = ("-number",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[TierRuleVersion]:
        return super().get_queryset(request).prefetch_related("thresholds__tier")

    @admin.display(description=_("in force since"), ordering="published_at")
    def since(self, version: TierRuleVersion) -> SafeString | str:
        return moment(version.published_at)

    @admin.display(description=_("thresholds"))
    def steps(self, version: TierRuleVersion) -> SafeString:
        rows = ((each.tier.name, amount_words(version.basis, each.threshold)) for each in version.thresholds.all())
        return format_html_join("", "<div>{}: {}</div>", rows)


def _allow(request: HttpRequest, *permissions: str) -> None:
    if not request.user.has_perms(permissions):
        raise PermissionDenied
