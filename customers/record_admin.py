"""The access log, which nobody may change, and its monthly review."""

from django.contrib import admin
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from crm_project.read_only_admin import BigTableAdmin
from crm_project.templatetags.formats import moment
from customers.customer_link import customer_link
from customers.models import AccessLogEntry
from customers.privacy import access_review


@admin.register(AccessLogEntry)
class AccessLogEntryAdmin(BigTableAdmin):
    """Who of the staff looked at whose data, and why."""

    change_list_template = "privacy/access_log.html"
    list_display = ("at", "user", "action", customer_link, "reason", "row_count", "ip_address")
    list_filter = ("action", "user")
    list_select_related = ("customer", "user")
    ordering = ("-pk",)

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [
            path("review/", guard(access_review.page), name="customers_access_review"),
            path("reviewed/", guard(access_review.mark_reviewed), name="customers_access_reviewed"),
            *super().get_urls(),
        ]

    @admin.display(description=_("happened at"))
    def at(self, entry: AccessLogEntry) -> object:
        return moment(entry.happened_at)
