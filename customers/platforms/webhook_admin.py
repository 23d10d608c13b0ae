"""Webhooks in the admin: the addresses that platforms call, and what came of each call."""

import secrets
from datetime import timedelta

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from crm_project.read_only_admin import BigTableAdmin
from crm_project.sealed_secrets import seal
from crm_project.templatetags.components import badge
from crm_project.templatetags.formats import ago, moment
from customers.models import WebhookDelivery, WebhookEndpoint
from customers.platforms import deliveries

State = WebhookDelivery.State
TONES = {
    State.RECEIVED: "busy",
    State.DONE: "good",
    State.OUTDATED: "quiet",
    State.TO_FETCH: "wait",
    State.UNKNOWN: "wait",
    State.RETRYING: "wait",
    State.FAILED: "bad",
}
# Shopify may sign with the former secret for an hour after it was changed.
FORMER_SECRET_COUNTS = timedelta(hours=2)
MOST_REFERENCES_SHOWN = 3
LONGEST_NOTE_SHOWN = 60


def address_of(endpoint: WebhookEndpoint) -> str:
    """Return the address that the platform is to call."""
    return settings.SITE_URL + reverse("webhook", args=[endpoint.platform, endpoint.public_key])


class WebhookEndpointForm(forms.ModelForm):
    """An address with the secret by which its calls prove themselves."""

    secret = forms.CharField(
        label=_("Secret"),
        required=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_(
            "Shopify: the signing secret under Settings › Notifications › Webhooks. Cafe24: the app's webhook API key. "
            "Left empty, a new address gets one that is shown once, and an old one keeps its own."
        ),
    )

    class Meta:
        model = WebhookEndpoint
        fields = ("name", "platform", "source", "is_active")


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(admin.ModelAdmin):
    """The addresses that shop platforms call. Never deleted: their deliveries belong to them."""

    form = WebhookEndpointForm
    change_form_template = "webhooks/endpoint_form.html"
    fields = ("name", "platform", "source", "secret", "is_active")
    list_display = ("name", "platform", "source", "state", "shown_last_delivery")

    @admin.display(description=_("state"))
    def state(self, endpoint: WebhookEndpoint) -> SafeString:
        """Say whether calls are taken, and whether any came."""
        if not endpoint.is_active:
            return badge(_("Inactive"), "quiet", "ban")
        if endpoint.last_delivery_at is None:
            return badge(_("Not called yet"), "wait", "clock")
        return badge(_("Listens"), "good", "check")

    @admin.display(description=_("last delivery"), ordering="last_delivery_at")
    def shown_last_delivery(self, endpoint: WebhookEndpoint) -> str:
        return ago(endpoint.last_delivery_at)

    def get_readonly_fields(self, request: HttpRequest, obj: WebhookEndpoint | None = None) -> tuple[str, ...]:
        """Fix what the stored facts hang on."""
        return ("platform", "source") if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: WebhookEndpoint | None = None) -> bool:
        return False

    def render_change_form(
        self, request: HttpRequest, context: dict[str, object], *args: object, **kwargs: object
    ) -> HttpResponse:
        """Add the address to call."""
        endpoint = kwargs.get("obj")
        return super().render_change_form(
            request, context | {"address": address_of(endpoint) if endpoint else ""}, *args, **kwargs
        )

    def save_model(
        self, request: HttpRequest, endpoint: WebhookEndpoint, form: WebhookEndpointForm, change: bool
    ) -> None:
        """Seal a secret that was entered or has to be made up; a former one counts for a while more."""
        secret = form.cleaned_data.get("secret", "")
        request.made_up_secret = "" if secret or change else secrets.token_urlsafe(32)
        secret = secret or request.made_up_secret
        if secret:
            endpoint.sealed_former_secret = endpoint.sealed_secret
            endpoint.former_secret_until = timezone.now() + FORMER_SECRET_COUNTS if change else None
            endpoint.sealed_secret = seal(secret)
        super().save_model(request, endpoint, form, change)

    def response_add(
        self, request: HttpRequest, endpoint: WebhookEndpoint, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show where to call, and a made-up secret this once."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("The new webhook address"),
            "endpoint": endpoint,
            "address": address_of(endpoint),
            "secret": request.made_up_secret,
            "opts": self.opts,
        }
        return TemplateResponse(request, "webhooks/endpoint_made.html", context)


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(BigTableAdmin):
    """What platforms called with and what came of it. What they sent is personal and not shown."""

    list_display = ("received", "topic", "shown_state", "endpoint", "shown_references", "shown_note", "attempts")
    list_filter = ("state", "endpoint")
    list_select_related = ("endpoint",)
    search_fields = ("delivery_id__exact", "topic__exact")
    search_help_text = _("Delivery number or topic")
    ordering = ("-pk",)
    actions = ("look_again", "settle")
    fields = readonly_fields = (
        "endpoint",
        "topic",
        "delivery_id",
        "shown_state",
        "shown_references",
        "note",
        "attempts",
        "next_attempt",
        "received",
        "handled",
        "has_body",
    )

    @admin.display(description=_("received at"), ordering="pk")
    def received(self, delivery: WebhookDelivery) -> object:
        return moment(delivery.received_at)

    @admin.display(description=_("handled at"))
    def handled(self, delivery: WebhookDelivery) -> object:
        return moment(delivery.handled_at)

    @admin.display(description=_("next attempt"))
    def next_attempt(self, delivery: WebhookDelivery) -> object:
        return moment(delivery.next_attempt_at)

    @admin.display(description=_("what was sent is still here"), boolean=True)
    def has_body(self, delivery: WebhookDelivery) -> bool:
        return bool(delivery.body)

    @admin.display(description=_("state"), ordering="state")
    def shown_state(self, delivery: WebhookDelivery) -> SafeString:
        return badge(delivery.get_state_display(), TONES[State(delivery.state)])

    @admin.display(description=_("concerns"))
    def shown_references(self, delivery: WebhookDelivery) -> str:
        """Name the first few numbers."""
        numbers = [str(number) for number in delivery.references]
        more = len(numbers) - MOST_REFERENCES_SHOWN
        shown = ", ".join(numbers[:MOST_REFERENCES_SHOWN])
        return format_html("{} +{}", shown, more) if more > 0 else shown or "–"

    @admin.display(description=_("what came of it"))
    def shown_note(self, delivery: WebhookDelivery) -> str:
        """Return the beginning of the note; the page of the delivery has all of it."""
        return Truncator(delivery.note).chars(LONGEST_NOTE_SHOWN)

    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Return whether the person may have deliveries looked at again."""
        return request.user.has_perm("customers.retry_webhookdelivery")

    @admin.action(description=_("Look at the selected deliveries again"), permissions=["retry"])
    def look_again(self, request: HttpRequest, chosen: QuerySet[WebhookDelivery]) -> None:
        """Have what failed or was unknown taken in once more."""
        count = sum(deliveries.retry(delivery) for delivery in chosen)
        text = ngettext("%(count)d delivery is looked at again.", "%(count)d deliveries are looked at again.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS if count else messages.WARNING)

    @admin.action(description=_("The selected records were fetched"), permissions=["retry"])
    def settle(self, request: HttpRequest, chosen: QuerySet[WebhookDelivery]) -> None:
        """Note that somebody brought what the platform only named."""
        count = sum(deliveries.settle(delivery) for delivery in chosen)
        text = ngettext("%(count)d delivery is settled.", "%(count)d deliveries are settled.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS if count else messages.WARNING)
