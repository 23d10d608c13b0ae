"""The page of one's own test addresses: register one, prove it by the code that was sent there, remove it."""

from collections.abc import Callable, Sequence

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.models import Campaign, StaffAddress, StaffMessage
from campaigns.staff import staff_addresses, staff_messages
from campaigns.standing import page_of
from crm_project.errors import BusinessError

URL_NAME = "campaigns_test_addresses"
NEWEST_SHOWN = 20


class StaffAddressForm(forms.ModelForm):
    """An address as its owner types it."""

    class Meta:
        model = StaffAddress
        fields = ("kind", "address")
        widgets = {"address": forms.TextInput({"autocomplete": "off"})}

    def clean(self) -> dict[str, object]:
        """Take the address as messages go there, once."""
        cleaned = super().clean() or self.cleaned_data
        try:
            cleaned["address"] = staff_addresses.normalised(cleaned.get("kind", ""), cleaned.get("address", ""))
        except BusinessError as refusal:
            self.add_error("address", str(refusal))
            return cleaned
        if self.instance.user.staff_addresses.filter(kind=cleaned["kind"], address=cleaned["address"]).exists():
            self.add_error("address", _("This address is in your list already."))
        return cleaned


class StaffAddressPages:
    """The part of the campaigns' ModelAdmin for tests. Nobody sees or confirms the addresses of others."""

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [
            path("test-addresses/", guard(self.test_addresses), name=URL_NAME),
            path("<int:campaign_id>/test/", guard(self.test), name="campaigns_campaign_test"),
            *super().get_urls(),
        ]

    def test(self, request: HttpRequest, campaign_id: int) -> HttpResponse:
        """Send a test of a stored campaign to all of one's confirmed addresses."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        campaign = get_object_or_404(Campaign.objects.own(), pk=campaign_id)
        if not self.has_view_permission(request, campaign):
            raise PermissionDenied
        announce_test(request, campaign, list(request.user.staff_addresses.exclude(confirmed_at=None)))
        return HttpResponseRedirect(page_of(campaign))

    def test_addresses(self, request: HttpRequest) -> HttpResponse:
        """Show one's addresses; a POST does one thing to them."""
        if not request.user.has_perm(staff_messages.MAY_SEND):
            raise PermissionDenied
        form = StaffAddressForm(instance=StaffAddress(user=request.user))
        if request.method == "POST":
            refused = _act(request)
            if refused is None:
                return HttpResponseRedirect(reverse(f"admin:{URL_NAME}"))
            form = refused
        sent = StaffMessage.objects.filter(sent_by=request.user).select_related("campaign", "address")
        context = self.admin_site.each_context(request) | {
            "title": _("My test addresses"),
            "form": form,
            "show_errors": form.is_bound,
            "addresses": request.user.staff_addresses.all(),
            "sent": sent[:NEWEST_SHOWN],
        }
        return render(request, "campaigns/test_addresses.html", context)


def announce_test(request: HttpRequest, campaign: Campaign, addresses: Sequence[StaffAddress]) -> None:
    """Send a test and say on the next page what became of it."""
    try:
        sent = staff_messages.send_test(
            campaign, addresses, by=request.user, sample_code=request.POST.get("sample", "")
        )
    except BusinessError as refusal:
        messages.error(request, str(refusal))
        return
    words = ngettext("%d test is on its way.", "%d tests are on their way.", len(sent))
    if any(each.is_sandbox for each in sent):
        words = ngettext("%d test was written to the sandbox.", "%d tests were written to the sandbox.", len(sent))
    messages.success(request, words % len(sent))


def _act(request: HttpRequest) -> StaffAddressForm | None:
    """Do what the pressed button says; return the form where what was typed is refused, None when all is done."""
    act = next((act for name, act in ACTS.items() if name in request.POST), None)
    if act is None:
        return _register(request)
    address = get_object_or_404(request.user.staff_addresses, pk=_number(request))
    try:
        messages.success(request, act(request, address))
    except BusinessError as refusal:
        messages.error(request, str(refusal))
    return None


def _register(request: HttpRequest) -> StaffAddressForm | None:
    """Keep a new address and send it a code at once."""
    form = StaffAddressForm(request.POST, instance=StaffAddress(user=request.user))
    if not form.is_valid():
        return form
    address = form.save()
    try:
        messages.success(request, _send_code(request, address))
    except BusinessError as refusal:
        messages.error(request, str(refusal))
    return None


def _send_code(request: HttpRequest, address: StaffAddress) -> str:
    sent, code = staff_messages.send_code(address, by=request.user)
    if sent.is_sandbox:
        # It proves nothing, so it may be read here: `StaffAddress.is_proven` stays off.
        return _("Nothing leaves the sandbox. The code would be %s.") % code
    return _("A code is on its way. Enter it here within an hour.")


def _confirm(request: HttpRequest, address: StaffAddress) -> str:
    staff_addresses.confirm(address, request.POST.get("code", ""), by=request.user)
    return _("Confirmed. Tests may go there now.")


def _remove(request: HttpRequest, address: StaffAddress) -> str:
    address.delete()
    return _("Removed. No test goes there any more.")


def _number(request: HttpRequest) -> int:
    typed = request.POST.get("address", "")
    return int(typed) if typed.isascii() and typed.isdecimal() else 0


ACTS: dict[str, Callable[[HttpRequest, StaffAddress], str]] = {
    "confirm": _confirm,
    "send_code": _send_code,
    "remove": _remove,
}
