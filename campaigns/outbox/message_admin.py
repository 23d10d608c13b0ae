"""Looking at messages one by one: who got what, who did not and why, and what the sandbox wrote."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign, Message, SkipReason
from campaigns.outbox.outbox_pages import OutboxPages
from campaigns.pipeline.message_outcomes import OUTCOME_TONES
from crm_project.read_only_admin import BigTableAdmin
from crm_project.templatetags.components import badge
from crm_project.templatetags.formats import moment_text
from customers.customer_link import customer_link

NEWEST_SHOWN = 50


class CampaignFilter(admin.SimpleListFilter):
    """The campaigns with messages, newest first."""

    title = _("campaign")
    parameter_name = "campaign"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[int, str]]:
        newest = Campaign.objects.own().exclude(started_at=None).order_by("-started_at")[:NEWEST_SHOWN]
        return [(campaign.pk, campaign.name) for campaign in newest]

    def queryset(self, request: HttpRequest, messages: QuerySet[Message]) -> QuerySet[Message]:
        value = self.value()
        return messages.filter(campaign=value) if value and value.isdecimal() else messages


@admin.register(Message)
class MessageAdmin(OutboxPages, BigTableAdmin):
    """Every message that was planned, with what became of it."""

    list_display = ("campaign", customer_link, "outcome", "reason", "when", "opened", "clicked", "written")
    list_display_links = None
    list_filter = (CampaignFilter, "status", "skip_reason")
    search_fields = ("customer__external_id",)
    search_help_text = _("Customer number")
    list_select_related = ("campaign", "customer")
    ordering = ("-pk",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Message], search_term: str
    ) -> tuple[QuerySet[Message], bool]:
        """Find by the whole customer number, which has an index; nobody searches for half of one."""
        return (queryset.filter(customer__external_id=search_term) if search_term else queryset), False

    @admin.display(description=_("outcome"), ordering="status")
    def outcome(self, message: Message) -> SafeString:
        tone, icon_name = OUTCOME_TONES[Message.Status(message.status)]
        label = _("Sent to the sandbox") if message.is_sandbox and message.sent_at else message.get_status_display()
        return badge(label, tone, icon_name)

    @admin.display(description=_("why"))
    def reason(self, message: Message) -> str:
        if message.skip_reason:
            return str(SkipReason(message.skip_reason).label)
        return message.failure_detail or message.failure

    @admin.display(description=_("when"))
    def when(self, message: Message) -> str:
        return moment_text(message.sent_at or message.sending_at or message.planned_at)

    @admin.display(description=_("opened"), boolean=True)
    def opened(self, message: Message) -> bool:
        return message.opened_at is not None

    @admin.display(description=_("clicked"), boolean=True)
    def clicked(self, message: Message) -> bool:
        return message.clicked_at is not None

    @admin.display(description="")
    def written(self, message: Message) -> SafeString | str:
        if not (message.is_sandbox and message.sent_at):
            return ""
        url = reverse("admin:campaigns_outbox_mail", args=[message.pk])
        return format_html('<a href="{}">{}</a>', url, _("Read"))

    def get_urls(self) -> list[URLPattern]:
        return [*self.outbox_urls(), *super().get_urls()]
