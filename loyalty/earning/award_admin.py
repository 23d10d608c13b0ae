"""What orders earned, to look at: the points of each, and why."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from crm_project.read_only_admin import BigTableAdmin
from crm_project.templatetags.formats import moment, number_text
from customers.customer_link import customer_link
from loyalty.earning import rule_pages
from loyalty.earning.rule_sets import from_json
from loyalty.models import OrderAward


@admin.register(OrderAward)
class OrderAwardAdmin(BigTableAdmin):
    """What each order earned, and why."""

    change_list_template = "loyalty/award_list.html"
    list_display = ("order", "whose", "points_now", "counted", "because", "when")
    list_select_related = ("order__customer", "rule_version")
    search_fields = ("order__external_id__exact",)
    search_help_text = gettext_lazy("Order number")
    ordering = ("-pk",)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        more = {"title": _("Earning points"), "tabs": rule_pages.tabs(), "tab": "orders"}
        return super().changelist_view(request, more | (extra_context or {}))

    @admin.display(description=gettext_lazy("customer"))
    def whose(self, award: OrderAward) -> SafeString | str:
        return customer_link(award.order)

    @admin.display(description=pgettext_lazy("loyalty", "points"))
    def points_now(self, award: OrderAward) -> SafeString:
        return number_cell(award.points)

    @admin.display(description=gettext_lazy("won that count"))
    def counted(self, award: OrderAward) -> SafeString:
        return number_cell(award.won)

    @admin.display(description=gettext_lazy("because"))
    def because(self, award: OrderAward) -> str:
        """Name the rules that gave something, by the version they were given under."""
        rules = from_json(award.rule_version.content)
        named = [(rules.rule(each["rule"]), each["points"]) for each in award.reasons if each["points"]]
        return " · ".join(f"{rule.name} {points:+,}" for rule, points in named if rule)

    @admin.display(description=gettext_lazy("ordered"), ordering="order__placed_at")
    def when(self, award: OrderAward) -> SafeString | str:
        return moment(award.order.placed_at)


def number_cell(number: int) -> SafeString:
    """Return a number for a column of numbers."""
    return format_html('<span class="num">{}</span>', number_text(number))
