"""The editor of earning rules: each said in a sentence, with what it gave or would have given last month."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_project.templatetags.components import badge
from loyalty import ledger
from loyalty.earning import last_month, rule_pages, versions
from loyalty.earning.award_admin import number_cell
from loyalty.earning.last_month import Given
from loyalty.earning.rule_form import EarningRuleForm
from loyalty.earning.rule_sets import rule_of
from loyalty.earning.sentences import names_for, sentence
from loyalty.models import EarningRule


@admin.register(EarningRule)
class EarningRuleAdmin(admin.ModelAdmin):
    """The rules. A change holds for orders placed from then on; what was awarded stays as it is."""

    form = EarningRuleForm
    change_list_template = "loyalty/rule_list.html"
    add_form_template = change_form_template = "loyalty/rule_form.html"
    list_display = ("said", "state", "points_last_month", "orders_last_month")
    list_filter = ("is_active", "kind")
    autocomplete_fields = ("stores",)
    fieldsets = (
        (None, {"fields": ("name", "kind", ("reward", "value"), "is_active")}),
        (
            gettext_lazy("Only for"),
            {"fields": ("categories", "stores", ("channel", "tier", "segment"), ("starts_on", "ends_on"))},
        ),
        (gettext_lazy("Limits"), {"fields": (("minimum_won", "most_points", "times_per_month"),)}),
    )

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [path("simulator/", guard(self.simulator), name="loyalty_simulator"), *super().get_urls()]

    def simulator(self, request: HttpRequest) -> HttpResponse:
        """Show the simulator."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return rule_pages.simulator(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[EarningRule]:
        return super().get_queryset(request).prefetch_related("stores")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Say from when on points are earned at all, and which month the figures are of."""
        terms = versions.terms_of_program(ledger.current_program())
        more = {
            "title": _("Earning points"),
            "tabs": rule_pages.tabs(),
            "tab": "rules",
            "terms": terms,
            "has_begun": terms.begins_on is not None and terms.begins_on <= timezone.localdate(),
            "month": last_month.first_days()[0],
        }
        return super().changelist_view(request, more | (extra_context or {}))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Say the stored rule in a sentence beside its form, and what last month would have been with it."""
        row = kwargs.get("obj")
        context |= {"tabs": rule_pages.tabs(), "tab": "rules"}
        if row is not None:
            rule = rule_of(row)
            given = last_month.given_by_all(ledger.current_program()).get(rule.key, Given())
            context |= {"said": sentence(rule, names_for([rule])), "given": given, "is_deed": rule.is_deed}
            context |= {"month": last_month.first_days()[0]}
        return super().render_change_form(request, context, *args, **kwargs)

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Give each row of the page its sentence and what it gave last month, counted for all of them at once."""
        page = super().get_changelist_instance(request)
        given = last_month.given_by_all(ledger.current_program())
        rules = {row.pk: rule_of(row) for row in page.result_list}
        names = names_for(rules.values())
        for row in page.result_list:
            row.sentence = sentence(rules[row.pk], names)
            row.given = given.get(str(row.pk), Given())
        return page

    def save_model(self, request: HttpRequest, obj: EarningRule, form: ModelForm, change: bool) -> None:
        """Put it into the shop's program."""
        obj.program = obj.program if obj.program_id else ledger.current_program()
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:
        """Freeze the rules as they now stand, stores included."""
        super().save_related(request, form, formsets, change)
        versions.freeze(form.instance.program, by=request.user)

    def delete_model(self, request: HttpRequest, obj: EarningRule) -> None:
        """Freeze the rules without it; what it gave stays and is taken back by the version that gave it."""
        super().delete_model(request, obj)
        versions.freeze(ledger.current_program(), by=request.user)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[EarningRule]) -> None:
        """Freeze the rules without these."""
        super().delete_queryset(request, queryset)
        versions.freeze(ledger.current_program(), by=request.user)

    @admin.display(description=gettext_lazy("earning rule"), ordering="name")
    def said(self, row: EarningRule) -> SafeString:
        return format_html('{}<br><small class="quiet">{}</small>', row.name, row.sentence)

    @admin.display(description=gettext_lazy("state"), ordering="is_active")
    def state(self, row: EarningRule) -> SafeString:
        today = timezone.localdate()
        if not row.is_active:
            return badge(_("not in force"), "quiet")
        if row.ends_on and row.ends_on < today:
            return badge(_("over"), "quiet")
        if row.starts_on and row.starts_on > today:
            return badge(_("begins later"), "wait")
        return badge(_("in force"), "good")

    @admin.display(description=gettext_lazy("points last month"))
    def points_last_month(self, row: EarningRule) -> SafeString | str:
        return "–" if row.is_deed else number_cell(row.given.points)

    @admin.display(description=gettext_lazy("orders last month"))
    def orders_last_month(self, row: EarningRule) -> SafeString | str:
        return "–" if row.is_deed else number_cell(row.given.orders)
