"""Sending accounts: in whose name messages leave, over what, and why one is paused."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from campaigns import webhooks
from campaigns.errors import NotAllowed
from campaigns.gateways import is_live
from campaigns.gateways.base import GATEWAYS, CallsBack, GatewayError, names_of
from campaigns.models import ChannelAccount
from campaigns.senders import accounts, processing
from campaigns.senders.account_form import ChannelAccountForm, is_asked
from campaigns.senders.price_admin import PriceInline
from crm_project.templatetags.components import badge


@admin.register(ChannelAccount)
class ChannelAccountAdmin(admin.ModelAdmin):
    """Accounts at gateways: identity, connection, the live switch, and why one is paused."""

    form = ChannelAccountForm
    inlines = (PriceInline,)
    change_form_template = "campaigns/account_form.html"
    list_display = ("name", "channel_label", "gateway", "sender_name", "sender_address", "state", "rate_per_second")
    fieldsets = (
        (None, {"fields": ("name", "channel", "gateway")}),
        (
            _("Who sends"),
            {
                "fields": ("sender_name", "sender_address", "contact_phone", "postal_address"),
                "description": _("The law wants all four in every advertisement. Customers see them."),
            },
        ),
        (
            _("KakaoTalk"),
            {
                "fields": ("kakao_profile",),
                "description": _("For AlimTalk and Brand Message: the channel of the shop they leave in the name of."),
            },
        ),
        (
            _("Connection"),
            {
                "fields": (
                    *("service", "host", "port", "security"),
                    *("user", "password_variable", "webhook_key_variable", "sender_domain"),
                ),
                "description": _(
                    "The password itself is never stored here: name the environment variable that has it."
                ),
            },
        ),
        (
            _("Limits"),
            {
                "fields": (("rate_per_second", "connections"), ("opens_at", "closes_at")),
                "description": _("Hours only where the gateway takes advertising for less of the day than the law."),
            },
        ),
        (
            _("Mail of one's own server"),
            {
                "fields": (
                    "domain_rates",
                    "bounce_address",
                    ("bounce_host", "bounce_user", "bounce_password_variable"),
                ),
                "description": _(
                    "What comes back says which addresses are dead; they come onto the list “Do not send” by "
                    "themselves. A mail server can pipe bounces into manage.py read_bounces instead of IMAP."
                ),
            },
        ),
        (
            _("Text messages"),
            {
                "fields": ("opt_out_number", "caller_registered_until", ("certificate_number", "certificate_until")),
                "description": _(
                    "Advertising texts end with the free 080 number, leave from a registered caller number, and go "
                    "through a certified gateway only (L-14, L-21)."
                ),
            },
        ),
        (
            _("Notifications"),
            {
                "fields": ("opt_out_path", "opt_out_link", "ttl_hours"),
                "description": _(
                    "For app push and web push. The variable above holds the key: the JSON of a Firebase service "
                    "account, or what manage.py make_web_push_key printed."
                ),
            },
        ),
        (
            _("Who handles the data"),
            {
                "fields": ("processor", "contract_on", ("country", "overseas_notice_on")),
                "description": _(
                    "Empty: the company behind the gateway is entered among the processors once the account is live, "
                    "with what customers must still be told (P-09, P-10)."
                ),
            },
        ),
        (
            _("Live"),
            {
                "fields": ("is_live",),
                "description": _(
                    "Three keys must be turned: MESSAGING_LIVE=1 on the server, this switch, and an approved campaign. "
                    "With any of them missing, messages go to the sandbox outbox instead."
                ),
            },
        ),
    )

    def get_fieldsets(self, request: HttpRequest, obj: ChannelAccount | None = None) -> list[tuple[object, dict]]:
        """Ask for what the account's channel and gateway have a use for; a new one for everything."""
        if obj is None:
            return list(self.fieldsets)
        kind = {name: request.POST.get(name) or getattr(obj, name) for name in ("channel", "gateway")}
        asked = [(title, options | {"fields": _asked(options["fields"], **kind)}) for title, options in self.fieldsets]
        return [(title, options) for title, options in asked if options["fields"]]

    def save_model(self, request: HttpRequest, obj: ChannelAccount, form: ChannelAccountForm, change: bool) -> None:
        """Enter the company behind a live account among the processors, and say what is to be done about it."""
        processing.name_processor(obj)
        super().save_model(request, obj, form, change)
        for task in processing.to_do(obj):
            messages.warning(request, f"{obj.processor}: {task}")

    @admin.display(description=_("channel"), ordering="channel")
    def channel_label(self, account: ChannelAccount) -> str:
        return account.get_channel_display()

    @admin.display(description=_("state"))
    def state(self, account: ChannelAccount) -> SafeString:
        """Say what a message over this account would meet."""
        if account.paused_at:
            return format_html("{} {}", badge(_("Paused"), "bad", "pause"), account.pause_reason)
        return badge(_("Live"), "good", "circle-dot") if is_live(account) else badge(_("Sandbox"), "quiet", "package")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show whoever may change the account where its gateway is to call."""
        account = self.get_object(request, object_id)
        is_called = account is not None and account.gateway in names_of(CallsBack)
        if is_called and self.has_change_permission(request, account):
            extra_context = {"webhook_address": webhooks.address_of(account)} | (extra_context or {})
        return super().change_view(request, object_id, form_url, extra_context)

    def get_urls(self) -> list[URLPattern]:
        return [
            path("<int:account_id>/check/", self._guard(self.check_connection), name="campaigns_account_check"),
            path("<int:account_id>/resume/", self._guard(self.resume), name="campaigns_account_resume"),
            *super().get_urls(),
        ]

    def _guard(self, view: object) -> object:
        return self.admin_site.admin_view(view)

    def check_connection(self, request: HttpRequest, account_id: int) -> HttpResponse:
        """Try the account's connection and say what the server answered."""
        return self._act(request, account_id, self._try)

    def resume(self, request: HttpRequest, account_id: int) -> HttpResponse:
        """Let a paused account send again."""
        return self._act(request, account_id, self._resume)

    def _act(self, request: HttpRequest, account_id: int, act: object) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        account = get_object_or_404(ChannelAccount, pk=account_id)
        if not self.has_change_permission(request, account):
            raise PermissionDenied
        try:
            messages.success(request, act(request, account))
        except (GatewayError, NotAllowed) as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(reverse("admin:campaigns_channelaccount_change", args=[account.pk]))

    def _try(self, request: HttpRequest, account: ChannelAccount) -> object:
        gateway = GATEWAYS[account.gateway](account)
        try:
            told = gateway.check()
        finally:
            gateway.close()
        works = _("The connection works: the server took the log-in.")
        return f"{works} {told}" if told else works

    def _resume(self, request: HttpRequest, account: ChannelAccount) -> object:
        accounts.resume(account, by=request.user)
        self.log_change(request, account, "Resumed.")
        return _("The account sends again. Resume its paused campaigns one by one.")


def _asked(fields: tuple, **kind: str) -> tuple:
    """Return the fields, one of them or several in a line, that an account of this kind is asked for."""
    lines = [
        [name for name in ([each] if isinstance(each, str) else each) if is_asked(name, **kind)] for each in fields
    ]
    return tuple(tuple(line) if len(line) > 1 else line[0] for line in lines if line)
