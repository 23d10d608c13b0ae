"""Tills and staff numbers: made here, a credential shown once, renewed, revoked, never deleted."""

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import ForeignKey, QuerySet
from django.forms import ModelChoiceField, ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from crm_project.templatetags.components import badge
from loyalty.models import Terminal, TillStaff
from loyalty.till import credentials
from loyalty.till.credentials import BadPin


@admin.register(Terminal)
class TerminalAdmin(admin.ModelAdmin):
    """Which devices of which stores may book points, and since when they are silent."""

    change_list_template = "till/terminal_list.html"
    change_form_template = "till/terminal_form.html"
    list_display = ("name", "store", "prefix", "state", "created_at", "last_used_at")
    list_select_related = ("store",)
    list_filter = ("store",)
    fields = ("store", "name", "source", "asks_for_staff")
    actions = ("revoke_tills",)

    @admin.display(description=_("state"))
    def state(self, terminal: Terminal) -> SafeString:
        """Say whether a call of the till is taken."""
        if terminal.revoked_at:
            return badge(_("Revoked"), "bad", "ban")
        return badge(_("Works"), "good", "check")

    def get_readonly_fields(self, request: HttpRequest, obj: Terminal | None = None) -> tuple[str, ...]:
        """Fix where it stands and whose receipts it numbers: what it booked says so."""
        return ("store", "source") if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Terminal | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        renew = self.admin_site.admin_view(self.renew)
        return [path("<int:terminal_id>/renew/", renew, name="loyalty_terminal_renew"), *super().get_urls()]

    def save_model(self, request: HttpRequest, terminal: Terminal, form: ModelForm, change: bool) -> None:
        """Give a new till its credential."""
        if change:
            super().save_model(request, terminal, form, change)
        else:
            request.new_credential = credentials.issue(terminal)

    def response_add(
        self, request: HttpRequest, terminal: Terminal, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the credential, this once."""
        return self._show_once(request, terminal, request.new_credential)

    def renew(self, request: HttpRequest, terminal_id: int) -> HttpResponse:
        """Give the till another credential, from when on the former one is refused, and show it, this once."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        terminal = get_object_or_404(Terminal, pk=terminal_id)
        if not self.has_change_permission(request, terminal) or terminal.revoked_at:
            raise PermissionDenied
        text = credentials.issue(terminal)
        self.log_change(request, terminal, f"A new credential: {terminal.prefix}.")
        return self._show_once(request, terminal, text)

    def _show_once(self, request: HttpRequest, terminal: Terminal, text: str) -> HttpResponse:
        context = {"title": _("The till's credential"), "terminal": terminal, "text": text, "opts": self.opts}
        return TemplateResponse(request, "till/credential.html", self.admin_site.each_context(request) | context)

    @admin.action(description=_("Revoke the selected tills"), permissions=["change"])
    def revoke_tills(self, request: HttpRequest, terminals: QuerySet[Terminal]) -> None:
        """Refuse the tills from now on."""
        for terminal in terminals:
            credentials.revoke(terminal)
            self.log_change(request, terminal, "Revoked.")
        text = ngettext("%(count)d till is revoked.", "%(count)d tills are revoked.", len(terminals))
        self.message_user(request, text % {"count": len(terminals)}, messages.SUCCESS)


class TillStaffForm(forms.ModelForm):
    """Who signs with which number and PIN."""

    pin = forms.CharField(
        label=_("PIN"),
        required=False,
        max_length=credentials.LONGEST_PIN,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "inputmode": "numeric"}),
        help_text=_("Four to eight digits. Left empty, the PIN stays as it is."),
    )

    class Meta:
        model = TillStaff
        fields = ("user", "number", "pin")

    def clean(self) -> dict[str, object]:
        """Take a PIN of digits; a new person needs one, and so does a new number, which is part of what is kept."""
        given = super().clean() or {}
        is_new_number = "number" in self.changed_data
        if given.get("pin") or (is_new_number and "number" in given):
            self.instance.number = given.get("number", "")
            try:
                credentials.set_pin(self.instance, given.get("pin", ""))
            except BadPin as refusal:
                self.add_error("pin", ValidationError(str(refusal), code=refusal.code))
        return given


@admin.register(TillStaff)
class TillStaffAdmin(admin.ModelAdmin):
    """Staff numbers, with which people sign at tills of the stores they work in."""

    form = TillStaffForm
    list_display = ("number", "user")
    list_select_related = ("user",)
    search_fields = ("number", "user__username")

    def formfield_for_foreignkey(
        self, db_field: ForeignKey, request: HttpRequest, **kwargs: object
    ) -> ModelChoiceField:
        """Offer those who work in a store."""
        if db_field.name == "user":
            working = User.objects.filter(is_active=True, desk_stores__isnull=False)
            kwargs["queryset"] = working.distinct().order_by("username")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
