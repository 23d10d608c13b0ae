"""Looking at messages one by one: who got what, who did not and why, and what the sandbox wrote."""

from email import message_from_bytes, policy
from email.message import EmailMessage

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from liquid.exceptions import LiquidError

from campaigns.errors import ContentRefused
from campaigns.gateways.sandbox import folder_of
from campaigns.mail_frame import mail_response
from campaigns.message_outcomes import OUTCOME_TONES
from campaigns.models import Campaign, Message, SkipReason
from campaigns.pipeline import content
from campaigns.samples import masked_name
from campaigns.standing import sees_names
from crm_project.read_only_admin import BigTableAdmin
from crm_project.templatetags.components import badge
from crm_project.templatetags.formats import moment_text
from customers import access_log
from customers.customer_link import customer_link
from customers.models import AccessLogEntry

NEWEST_SHOWN = 50
# A subject may greet by name.
PERSONAL_HEADERS = ("To", "Subject")


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
class MessageAdmin(BigTableAdmin):
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
        guard = self.admin_site.admin_view
        return [
            path("outbox/", guard(self.outbox), name="campaigns_outbox"),
            path("outbox/<int:message_id>/", guard(self.outbox_mail), name="campaigns_outbox_mail"),
            path("outbox/<int:message_id>/body/", guard(self.outbox_body), name="campaigns_outbox_body"),
            *super().get_urls(),
        ]

    def outbox(self, request: HttpRequest) -> HttpResponse:
        """List the newest mails that the sandbox wrote instead of sending them."""
        self._permit(request)
        written = Message.objects.filter(is_sandbox=True).exclude(sent_at=None).select_related("campaign", "customer")
        context = self.admin_site.each_context(request) | {
            "title": _("Sandbox outbox"),
            "mails": written.order_by("-pk")[:NEWEST_SHOWN],
            "is_live": settings.MESSAGING_LIVE,
        }
        return render(request, "campaigns/outbox.html", context)

    def outbox_mail(self, request: HttpRequest, message_id: int) -> HttpResponse:
        """Show one written mail in a mail frame."""
        message, mail = self._opened(request, message_id)
        sees_all = sees_names(request.user)
        subject = mail["Subject"] if sees_all else _masked(message).subject
        context = self.admin_site.each_context(request) | {
            "title": subject,
            "message": message,
            "mail": mail,
            "recipient": mail["To"] if sees_all else message.customer.external_id,
            "headers": [(name, value) for name, value in mail.items() if sees_all or name not in PERSONAL_HEADERS],
        }
        return render(request, "campaigns/outbox_mail.html", context)

    def outbox_body(self, request: HttpRequest, message_id: int) -> HttpResponse:
        """Return the HTML of a written mail, for the frame it is shown in."""
        message, mail = self._opened(request, message_id)
        if not sees_names(request.user):
            return mail_response(_masked(message).html)
        body = mail.get_body(("html", "plain"))
        return mail_response(body.get_content() if body else "")

    def _permit(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _opened(self, request: HttpRequest, message_id: int) -> tuple[Message, EmailMessage]:
        """Open a written mail, which is about a person, so the look is logged."""
        self._permit(request)
        message = get_object_or_404(Message.objects.select_related("campaign", "customer__stats"), pk=message_id)
        file = folder_of(message.campaign_id) / f"{message.pk}.eml"
        if not file.exists():
            raise Http404
        access_log.record(request, AccessLogEntry.Action.VIEW, customer=message.customer)
        return message, message_from_bytes(file.read_bytes(), policy=policy.default)


def _masked(message: Message) -> content.Rendered:
    """Return the mail once more, for a reader who may not see whom it greets by name.

    Raises:
        Http404: the customer has changed so that it could not be written today.
    """
    message.customer.name = masked_name(message.customer.name)
    try:
        return content.render(message.variant, message.customer)
    except (ContentRefused, LiquidError) as refusal:
        raise Http404 from refusal
