"""The consent ledger in the admin: what customers said, as they said it, and the overview of where it stands."""

from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from crm_project.read_only_admin import BigTableAdmin
from crm_project.templatetags.components import badge
from crm_project.templatetags.formats import NOTHING, moment
from customers.consent.evidence_page import evidence_page
from customers.consent.overview_page import overview_page
from customers.customer_link import customer_link
from customers.models import ConsentEntry


@admin.register(ConsentEntry)
class ConsentEntryAdmin(BigTableAdmin):
    """What customers said about consent, as they said it."""

    list_display = ("said", "shown_action", "purpose", "channel", customer_link, "method", "wording_version")
    list_filter = ("action", "purpose", "channel", "method", "is_undated")
    list_select_related = ("customer",)
    search_fields = ("customer__external_id__exact",)
    search_help_text = _("Customer number")
    ordering = ("-pk",)
    fields = (
        customer_link,
        "shown_action",
        "purpose",
        "channel",
        "said",
        "recorded",
        "method",
        "actor",
        "wording_version",
        "shown_evidence",
    )
    readonly_fields = (customer_link, "shown_action", "said", "recorded", "shown_evidence")

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [
            path("overview/", guard(overview_page), name="customers_consents"),
            path("evidence/", guard(evidence_page), name="customers_consent_evidence"),
            *super().get_urls(),
        ]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup == "customer__id__exact" or super().lookup_allowed(lookup, value, request)

    @admin.display(description=_("said at"))
    def said(self, entry: ConsentEntry) -> SafeString | str:
        return badge(_("date unknown"), "wait") if entry.is_undated else moment(entry.occurred_at)

    @admin.display(description=_("action"), ordering="action")
    def shown_action(self, entry: ConsentEntry) -> SafeString:
        tone = "bad" if entry.action == ConsentEntry.Action.WITHDRAWN else "good"
        return badge(entry.get_action_display(), tone)

    @admin.display(description=_("recorded at"))
    def recorded(self, entry: ConsentEntry) -> SafeString | str:
        return moment(entry.recorded_at)

    @admin.display(description=_("evidence"))
    def shown_evidence(self, entry: ConsentEntry) -> str:
        """Name what was noted; its words may name people, and leave by an export only."""
        return ", ".join(sorted(entry.evidence)) or NOTHING
