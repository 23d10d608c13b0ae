"""The terms of earning in the admin: one row, on a page of its own beside the rules."""

from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from loyalty import ledger
from loyalty.earning import rule_pages, versions
from loyalty.earning.rule_form import CategoriesField
from loyalty.models import EarningProgress, EarningTerms


class EarningTermsForm(ModelForm):
    """The terms; categories are typed one a line."""

    class Meta:
        model = EarningTerms
        fields = (
            "begins_on",
            "excluded_categories",
            "earns_on_shipping",
            "earns_on_points_used",
            "rounding",
            "pending_days_online",
        )
        field_classes = {"excluded_categories": CategoriesField}


@admin.register(EarningTerms)
class EarningTermsAdmin(admin.ModelAdmin):
    """What holds for all rules. There is one row: to add it again is to change it."""

    form = EarningTermsForm
    change_list_template = "loyalty/terms_list.html"
    add_form_template = change_form_template = "loyalty/terms_form.html"
    list_display = ("program", "begins_on", "rounding")
    fields = (
        "begins_on",
        "excluded_categories",
        ("earns_on_shipping", "earns_on_points_used"),
        ("rounding", "pending_days_online"),
    )

    def has_delete_permission(self, request: HttpRequest, obj: EarningTerms | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        may_add = self.has_add_permission(request) and not EarningTerms.objects.exists()
        more = {"title": _("Earning points"), "tabs": rule_pages.tabs(), "tab": "terms", "has_add_permission": may_add}
        return super().changelist_view(request, more | (extra_context or {}))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context |= {"tabs": rule_pages.tabs(), "tab": "terms"}
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: EarningTerms, form: ModelForm, change: bool) -> None:
        """Freeze the rules with the new terms; another first day has all orders looked at again."""
        obj.program = obj.program if obj.program_id else ledger.current_program()
        super().save_model(request, obj, form, change)
        if "begins_on" in form.changed_data:
            EarningProgress.objects.filter(program=obj.program).delete()
        versions.freeze(obj.program, by=request.user)
