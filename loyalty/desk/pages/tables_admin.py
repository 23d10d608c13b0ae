"""The desk's tables in the admin: who works in which store, and who looked whom up."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import ForeignKey, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from crm_project.read_only_admin import BigTableAdmin
from customers.customer_link import customer_link
from customers.models import Store
from loyalty.models import DeskLookup, StoreStaff


@admin.register(StoreStaff)
class StoreStaffAdmin(admin.ModelAdmin):
    """Who works in which store."""

    list_display = ("user", "store", "is_manager")
    list_filter = ("is_manager",)
    list_select_related = ("user", "store")
    search_fields = ("user__username", "user__first_name", "store__name")
    search_help_text = gettext_lazy("Person or store")
    ordering = ("store__name", "user__username")
    raw_id_fields = ("customer",)

    def formfield_for_foreignkey(
        self, db_field: ForeignKey, request: HttpRequest | None, **options: Any
    ) -> ModelChoiceField | None:
        """Offer those who can log in here, and stores of stone."""
        if db_field.name == "user":
            options["queryset"] = User.objects.filter(is_staff=True, is_active=True).order_by("username")
        elif db_field.name == "store":
            options["queryset"] = Store.objects.filter(is_online=False).order_by("name")
        return super().formfield_for_foreignkey(db_field, request, **options)


@admin.register(DeskLookup)
class DeskLookupAdmin(BigTableAdmin):
    """Who looked whom up at a desk or a till."""

    list_display = ("happened_at", "who", "store", "how", "outcome", customer_link)
    list_display_links = None
    list_filter = ("outcome", "how")
    ordering = ("-pk",)
    fields = ("happened_at", "by", "terminal", "store", "how", "outcome")

    def get_queryset(self, request: HttpRequest) -> QuerySet[DeskLookup]:
        """Read the people and stores along."""
        return super().get_queryset(request).select_related("by", "store", "customer")

    @admin.display(description=gettext_lazy("staff"))
    def who(self, lookup: DeskLookup) -> str:
        return str(lookup.by or lookup.terminal)
