"""The records that nobody may change: the consent ledger and the access log."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from crm_project.read_only_admin import BigTableAdmin
from crm_project.templatetags.components import badge
from crm_project.templatetags.formats import moment
from customers.customer_link import customer_link
from customers.models import AccessLogEntry, ConsentEntry


@admin.register(ConsentEntry)
class ConsentEntryAdmin(BigTableAdmin):
    """What customers said about consent, as they said it."""

    list_display = ("said", "shown_action", "purpose", "channel", customer_link, "method", "wording_version")
    list_filter = ("action", "purpose", "channel", "method")
    list_select_related = ("customer",)
    search_fields = ("customer__external_id__exact",)
    search_help_text = _("Customer number")
    ordering = ("-pk",)

    def lookup_allowed(self, lookup: str, value: str, request: object = None) -> bool:
        return lookup == "customer__id__exact" or super().lookup_allowed(lookup, value, request)

    @admin.display(description=_("said at"))
    def said(self, entry: ConsentEntry) -> object:
        return moment(entry.occurred_at)

    @admin.display(description=_("action"), ordering="action")
    def shown_action(self, entry: ConsentEntry) -> object:
        tone = "bad" if entry.action == ConsentEntry.Action.WITHDRAWN else "good"
        return badge(entry.get_action_display(), tone)


@admin.register(AccessLogEntry)
class AccessLogEntryAdmin(BigTableAdmin):
    """Who of the staff looked at whose data, and why."""

    list_display = ("at", "user", "action", customer_link, "reason", "ip_address")
    list_filter = ("action", "user")
    list_select_related = ("customer", "user")
    ordering = ("-pk",)

    @admin.display(description=_("happened at"))
    def at(self, entry: AccessLogEntry) -> object:
        return moment(entry.happened_at)
