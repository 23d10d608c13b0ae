"""The suppression list: to whom nothing may leave, why, who said so, and the way off it."""

from contextlib import suppress

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from campaigns.bounces import suppressions
from campaigns.errors import NotAllowed, ReasonMissing
from campaigns.models import Suppression
from crm_project.estimated_paginator import EstimatedPaginator
from crm_project.templatetags.components import badge
from crm_project.templatetags.formats import moment_text
from customers.contacts import normalise_email, normalise_phone
from customers.errors import BadValue
from customers.models.consent import Channel

Reason = Suppression.Reason
NORMALISERS = {Channel.EMAIL: normalise_email, Channel.SMS: normalise_phone, Channel.KAKAO: normalise_phone}
MAY_SEE_ADDRESSES = "customers.view_personal_data"
LOOKS = {
    Reason.BOUNCE: ("bad", "undo-2"),
    Reason.COMPLAINT: ("bad", "octagon-x"),
    Reason.INVALID: ("bad", "mail"),
    Reason.MANUAL: ("quiet", "user"),
}


class SuppressionForm(forms.ModelForm):
    """An address entered by hand, stored as it is compared."""

    class Meta:
        model = Suppression
        fields = ("channel", "address", "reason", "blocks_information", "note")

    def clean_address(self) -> str:
        """Normalise addresses and numbers; what devices are reached by is stored as typed."""
        typed = self.cleaned_data["address"]
        normalise = NORMALISERS.get(self.cleaned_data.get("channel", ""))
        try:
            return normalise(typed) if normalise else typed
        except BadValue as bad:
            raise forms.ValidationError(str(bad)) from bad


class TakeOffForm(ActionForm):
    """What taking off asks besides the rows."""

    why = forms.CharField(
        label=_("Why?"),
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"placeholder": _("Called: the mailbox works again")}),
    )


@admin.register(Suppression)
class SuppressionAdmin(admin.ModelAdmin):
    """Addresses that get nothing. Added by bounces, complaints and staff; taken off by an audited act only."""

    form = SuppressionForm
    change_list_template = "campaigns/suppressions.html"
    list_display = (
        "masked_address",
        "shown_channel",
        "shown_reason",
        "stops",
        "source",
        "shown_since",
        "where",
        "note",
    )
    list_filter = ("reason", "source", "channel")
    list_select_related = ("message__campaign",)
    search_help_text = _("The whole address")
    ordering = ("-since", "-pk")
    paginator = EstimatedPaginator
    show_full_result_count = False
    list_per_page = 50
    action_form = TakeOffForm
    actions = ("take_off",)

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        tiles = {"standings": suppressions.standings(timezone.now()), "looks": LOOKS}
        return super().changelist_view(request, (extra_context or {}) | tiles)

    def get_actions(self, request: HttpRequest) -> dict:
        """Offer no deletion without a reason."""
        return {name: act for name, act in super().get_actions(request).items() if name != "delete_selected"}

    def has_delete_permission(self, request: HttpRequest, obj: Suppression | None = None) -> bool:
        """Deny the plain deletion: nothing would tell why."""
        return False

    def has_take_off_permission(self, request: HttpRequest) -> bool:
        """Return whether the person may let addresses be written to again."""
        return request.user.has_perm(suppressions.MAY_TAKE_OFF)

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Let those search who may see addresses: to others each search would say whether one is on the list."""
        return ("address__exact",) if request.user.has_perm(MAY_SEE_ADDRESSES) else ()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Suppression], search_term: str
    ) -> tuple[QuerySet[Suppression], bool]:
        """Find by the whole address, as it is stored."""
        may_search = search_term and request.user.has_perm(MAY_SEE_ADDRESSES)
        return (queryset.filter(address__in=_ways_to_store(search_term)) if may_search else queryset), False

    def get_fields(self, request: HttpRequest, obj: Suppression | None = None) -> tuple[str, ...]:
        """Take the address as it is typed, and show it masked ever after."""
        told = ("source", "shown_since", "where") if obj else ()
        return ("channel", "masked_address" if obj else "address", "reason", *told, "blocks_information", "note")

    def get_readonly_fields(self, request: HttpRequest, obj: Suppression | None = None) -> tuple[str, ...]:
        """Fix whose entry it is, and where it came from."""
        return ("channel", "masked_address", "source", "shown_since", "where") if obj else ()

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Allow the list's own filters alone: `?address__startswith=` would spell masked addresses out."""
        return lookup in ("channel__exact", "reason__exact", "source__exact")

    @admin.action(description=_("Take the selected off the list"), permissions=["take_off"])
    def take_off(self, request: HttpRequest, chosen: QuerySet[Suppression]) -> None:
        """Let addresses be written to again, for a reason that is kept."""
        try:
            ids = chosen.values_list("pk", flat=True)
            count = suppressions.take_off(ids, why=request.POST.get("why", ""), by=request.user)
        except (NotAllowed, ReasonMissing) as error:
            self.message_user(request, str(error), messages.ERROR)
            return
        text = ngettext(
            "%(count)d address may be written to again.", "%(count)d addresses may be written to again.", count
        )
        self.message_user(request, text % {"count": count}, messages.SUCCESS)

    @admin.display(description=_("address"), ordering="pk")
    def masked_address(self, entry: Suppression) -> str:
        return suppressions.masked(entry)

    @admin.display(description=_("channel"), ordering="channel")
    def shown_channel(self, entry: Suppression) -> str:
        return entry.get_channel_display()

    @admin.display(description=_("reason"), ordering="reason")
    def shown_reason(self, entry: Suppression) -> SafeString:
        return badge(entry.get_reason_display(), *LOOKS[Reason(entry.reason)])

    @admin.display(description=_("stops"))
    def stops(self, entry: Suppression) -> str:
        """Say what no longer leaves: a dead address gets nothing, after a complaint only advertising stops (E-06)."""
        dead = entry.blocks_information or entry.reason in (Reason.BOUNCE, Reason.INVALID)
        return _("everything") if dead else _("advertising")

    @admin.display(description=_("since"), ordering="since")
    def shown_since(self, entry: Suppression) -> str:
        return moment_text(entry.since)

    @admin.display(description=_("where it happened"))
    def where(self, entry: Suppression) -> SafeString | str:
        """Lead to the message to which it happened."""
        if entry.message is None:
            return "–"
        address = reverse("admin:campaigns_message_change", args=[entry.message_id])
        return format_html('<a href="{}">{}</a>', address, entry.message.campaign)


def _ways_to_store(typed: str) -> list[str]:
    """Return how an address that somebody types may stand in the list."""
    ways = [typed.strip()]
    for normalise in (normalise_email, normalise_phone):
        with suppress(BadValue):
            ways.append(normalise(typed))
    return ways
