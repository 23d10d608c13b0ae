"""The pages of test addresses: each person registers their own, and proves it by the code that was sent there."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import staff_addresses, staff_messages
from campaigns.models import StaffAddress
from crm_project.errors import BusinessError
from crm_project.templatetags.components import badge

LIST = "admin:campaigns_staffaddress_changelist"


class StaffAddressForm(forms.ModelForm):
    """An address as its owner types it."""

    class Meta:
        model = StaffAddress
        fields = ("kind", "address")

    def clean(self) -> dict[str, object]:
        """Store the address as messages go there."""
        cleaned = super().clean() or self.cleaned_data
        try:
            cleaned["address"] = staff_addresses.normalised(cleaned.get("kind", ""), cleaned.get("address", ""))
        except BusinessError as refusal:
            self.add_error("address", str(refusal))
        return cleaned


@admin.register(StaffAddress)
class StaffAddressAdmin(admin.ModelAdmin):
    """One's own test addresses. Nobody sees or confirms those of others."""

    form = StaffAddressForm
    change_list_template = "campaigns/staff_addresses.html"
    list_display = ("address", "kind_label", "state")
    list_display_links = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[StaffAddress]:
        """Return this person's own."""
        return super().get_queryset(request).filter(user=request.user)

    def has_change_permission(self, request: HttpRequest, obj: StaffAddress | None = None) -> bool:
        """Allow no change: another address is another one to prove."""
        return False

    def get_urls(self) -> list[URLPattern]:
        guard, name = self.admin_site.admin_view, "campaigns_staffaddress"
        return [
            path("<int:address_id>/confirm/", guard(self.confirm), name=f"{name}_confirm"),
            path("<int:address_id>/code/", guard(self.send_code), name=f"{name}_code"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Show the addresses with the field for the code beside those that wait for it."""
        waiting = self.get_queryset(request).filter(confirmed_at=None)
        return super().changelist_view(request, (extra_context or {}) | {"waiting": waiting})

    def save_model(self, request: HttpRequest, address: StaffAddress, form: forms.ModelForm, change: bool) -> None:
        address.user = request.user
        super().save_model(request, address, form, change)

    def response_add(
        self, request: HttpRequest, obj: StaffAddress, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Send the code at once."""
        self._send(request, obj)
        return HttpResponseRedirect(reverse(LIST))

    def confirm(self, request: HttpRequest, address_id: int) -> HttpResponse:
        """Take the code that was read at the address."""
        address = self._own(request, address_id)
        if address is None:
            return HttpResponseNotAllowed(["POST"])
        try:
            staff_addresses.confirm(address, request.POST.get("code", ""), by=request.user)
        except BusinessError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Confirmed. Tests may go there now."))
        return HttpResponseRedirect(reverse(LIST))

    def send_code(self, request: HttpRequest, address_id: int) -> HttpResponse:
        """Send a new code."""
        address = self._own(request, address_id)
        if address is None:
            return HttpResponseNotAllowed(["POST"])
        self._send(request, address)
        return HttpResponseRedirect(reverse(LIST))

    @admin.display(description=gettext_lazy("kind"), ordering="kind")
    def kind_label(self, address: StaffAddress) -> str:
        return address.get_kind_display()

    @admin.display(description=gettext_lazy("state"))
    def state(self, address: StaffAddress) -> SafeString:
        if address.confirmed_at:
            return badge(_("Confirmed"), "good", "circle-check")
        return badge(_("Waits for its code"), "wait", "clock")

    def _own(self, request: HttpRequest, address_id: int) -> StaffAddress | None:
        """Return the person's own address for an act, None where it was not asked for by POST."""
        if request.method != "POST":
            return None
        if not self.has_add_permission(request):
            raise PermissionDenied
        return get_object_or_404(StaffAddress, pk=address_id, user=request.user)

    def _send(self, request: HttpRequest, address: StaffAddress) -> None:
        try:
            sent = staff_messages.send_code(address, by=request.user)
        except BusinessError as refusal:
            messages.error(request, str(refusal))
            return
        if sent.is_sandbox:
            messages.success(
                request, _("A code was written to the sandbox: nothing leaves here. See the test messages.")
            )
        else:
            messages.success(request, _("A code is on its way. Enter it here within an hour."))
