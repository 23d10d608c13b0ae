"""The page of alerts: the newest first, each a sentence; whoever looked at one writes what it was."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Field, QuerySet
from django.forms import Field as FormField
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm_project.read_only_admin import ReadOnlyAdmin
from crm_project.templatetags.components import badge
from crm_project.templatetags.formats import NOTHING
from customers.customer_link import customer_link
from loyalty.errors import StaffAlertRefused
from loyalty.models import StaffAlert
from loyalty.staff_alerts import looking
from loyalty.staff_alerts.sentences import sentence

MAY_CLEAR = "loyalty.change_staffalert"
TO_LOOK_AT, LOOKED_AT = pgettext_lazy("alert", "to look at"), pgettext_lazy("alert", "looked at")


class StateFilter(admin.SimpleListFilter):
    """Open ones, or those that somebody has looked at."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("open", TO_LOOK_AT), ("done", LOOKED_AT)]

    def queryset(self, request: HttpRequest, alerts: QuerySet[StaffAlert]) -> QuerySet[StaffAlert]:
        return alerts.filter(looked_at__isnull=self.value() == "open") if self.value() else alerts


@admin.register(StaffAlert)
class StaffAlertAdmin(ReadOnlyAdmin):
    """What stood out in the bookings of staff."""

    change_list_template = "staff_alerts/alert_list.html"
    list_display = ("person_name", "what", "day", "member", "state")
    list_filter = (StateFilter, "rule")
    search_fields = ("person__username", "person__first_name", "person__last_name")
    search_help_text = _("Person")
    ordering = ("-day", "-pk")
    list_select_related = ("person", "customer", "looked_at_by")
    fields = ("what", "person_name", "day", "member", "found_at", "looked_at", "looked_at_by", "note")
    readonly_fields = ("what", "person_name", "member", "day", "found_at", "looked_at", "looked_at_by")

    def has_change_permission(self, request: HttpRequest, obj: StaffAlert | None = None) -> bool:
        """Let an alert be cleared once, by somebody it is not about."""
        may = request.user.has_perm(MAY_CLEAR)
        return may and (obj is None or (obj.looked_at is None and obj.person_id != request.user.pk))

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **options: Any) -> FormField | None:
        """Ask for the note: an alert is cleared by saying what it was."""
        if db_field.name == "note":
            options["required"] = True
        return super().formfield_for_dbfield(db_field, request, **options)

    def save_model(self, request: HttpRequest, obj: StaffAlert, form: Any, change: bool) -> None:
        """Write down what it was, and who says so."""
        try:
            looking.clear(obj.pk, by=request.user, note=obj.note)
        except StaffAlertRefused as refusal:
            messages.error(request, str(refusal))

    @admin.display(description=_("what stands out"))
    def what(self, alert: StaffAlert) -> str:
        return sentence(alert)

    @admin.display(description=_("person"), ordering="person__username")
    def person_name(self, alert: StaffAlert) -> str:
        return alert.person.get_full_name() or alert.person.get_username()

    @admin.display(description=_("customer"))
    def member(self, alert: StaffAlert) -> str:
        return customer_link(alert) if alert.customer_id else NOTHING

    @admin.display(description=_("state"))
    def state(self, alert: StaffAlert) -> SafeString:
        return badge(LOOKED_AT, "good") if alert.looked_at else badge(TO_LOOK_AT, "wait")
