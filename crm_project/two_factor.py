"""The second factor: a one-time code after the password, from an authenticator app or a recovery code.

`SecondFactorMiddleware` treats a session that still owes its code as nobody, except on the pages of this module.
"""

import re
import secrets
import time
from base64 import b32encode
from collections.abc import Callable
from io import BytesIO

import django_otp
import qrcode
from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from django_otp.models import Device
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from qrcode.image.svg import SvgPathFillImage

RECOVERY_CODES = 10
APP_CODE = re.compile(r"\d{6}")
SECRET_BYTES = 20
# A person takes this long at most from seeing the picture to typing the first code, in seconds.
SET_UP_WITHIN = 3600
TOLERATED_STEPS = 1  # of 30 seconds, for a phone whose clock is a little off


class CodeForm(forms.Form):
    """One field for both kinds of code."""

    code = forms.CharField(
        label=_("Code"),
        max_length=16,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "text", "autofocus": True, "spellcheck": "false"}
        ),
    )

    def clean_code(self) -> str:
        """Accept the code as people type it: with spaces, in capitals."""
        return re.sub(r"[\s-]", "", self.cleaned_data["code"]).lower()


class SetUpForm(CodeForm):
    """Carries the offered secret, signed, from the page that shows it to the one that keeps it."""

    offer = forms.CharField(widget=forms.HiddenInput)


class SecondFactorMiddleware:
    """Lets nobody work with a password alone who has, or must have, a second factor."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Without a session cookie there is nobody to ask about; tracking hits stay free of queries.
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not _owes_a_code(request.user):
            return self.get_response(request)
        if request.path.startswith(reverse("admin:index")):
            return self._on_admin_page(request)
        request.user = AnonymousUser()
        return self.get_response(request)

    def _on_admin_page(self, request: HttpRequest) -> HttpResponse:
        # The pages a person reaches between the password and the code.
        if request.path in map(reverse, ("two_factor", "two_factor_setup", "admin:login", "admin:logout")):
            return self.get_response(request)
        page = "two_factor" if _has_device(request.user) else "two_factor_setup"
        return HttpResponseRedirect(f"{reverse(page)}?{urlencode({'next': request.get_full_path()})}")


@never_cache
@login_required
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Ask for the code and let the person through."""
    if not _has_device(request.user):
        return redirect("two_factor_setup")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        device = _verified_device(request.user, form.cleaned_data["code"])
        if device is not None:
            _let_through(request, device)
            return HttpResponseRedirect(_next_page(request))
        form.add_error("code", _refusal(request.user))
    return _page(request, "two_factor/verify.html", title=_("Two-step log-in"), form=form)


@never_cache
@login_required
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def set_up(request: HttpRequest) -> HttpResponse:
    """Show the secret to scan, and confirm the device with its first code."""
    if _owes_a_code(request.user) and _has_device(request.user):
        return redirect("two_factor")
    if request.method == "GET":
        return _offer_page(request, SetUpForm(initial={"offer": _offer(request.user)}))
    form = SetUpForm(request.POST)
    if not form.is_valid():
        return _offer_page(request, form)
    device = _accepted_device(request.user, form.cleaned_data["offer"], form.cleaned_data["code"])
    if device is None:
        form.add_error("code", _("This code is not right. Check that the clock of your phone is right."))
        return _offer_page(request, form)
    codes = _put_in_force(device)
    _let_through(request, device)
    return _page(request, "two_factor/recovery_codes.html", title=_("Recovery codes"), codes=codes)


urlpatterns = [
    path("admin/two-factor/", verify, name="two_factor"),
    path("admin/two-factor/setup/", set_up, name="two_factor_setup"),
]


def remove_devices(user: AbstractUser) -> None:
    """Take every second factor from the user, who lost a phone; sessions verified with them owe a new one."""
    for device in django_otp.devices_for_user(user, confirmed=None):
        device.delete()


def _owes_a_code(user: AbstractUser | AnonymousUser) -> bool:
    if not user.is_authenticated or user.is_verified():
        return False
    return settings.REQUIRE_TWO_FACTOR or _has_device(user)


def _has_device(user: AbstractUser) -> bool:
    return TOTPDevice.objects.filter(user=user, confirmed=True).exists()


def _let_through(request: HttpRequest, device: Device) -> None:
    """Write into a session of a new name that it owes nothing: nobody who knew the old name comes along."""
    request.session.cycle_key()
    django_otp.login(request, device)


def _verified_device(user: AbstractUser, code: str) -> Device | None:
    """Return the device that accepts the code. Its own throttling counts wrong ones."""
    kind = TOTPDevice if APP_CODE.fullmatch(code) else StaticDevice
    for device in kind.objects.filter(user=user, confirmed=True):
        if django_otp.verify_token(user, device.persistent_id, code):
            return device
    return None


def _refusal(user: AbstractUser) -> str:
    """Say that the code is wrong, and how long to wait when there were too many."""
    waits = [device.verify_is_allowed()[1] for device in django_otp.devices_for_user(user)]
    until = max((wait["locked_until"] for wait in waits if wait), default=None)
    if until is None:
        return gettext("This code is not right.")
    seconds = max(1, round((until - timezone.now()).total_seconds()))
    return ngettext(
        "This code is not right. Try again in %(count)d second.",
        "This code is not right. Try again in %(count)d seconds.",
        seconds,
    ) % {"count": seconds}


def _offer(user: AbstractUser) -> str:
    """Return a new secret, signed for this user, so that showing it changes nothing yet."""
    return signing.dumps([user.pk, secrets.token_hex(SECRET_BYTES)], salt=__name__)


def _offered_device(user: AbstractUser, offer: str) -> TOTPDevice | None:
    """Return the unsaved device of a signed offer, or None where the offer is old or another's."""
    try:
        owner, key = signing.loads(offer, salt=__name__, max_age=SET_UP_WITHIN)
    except signing.BadSignature:
        return None
    return TOTPDevice(user=user, name="app", key=key) if owner == user.pk else None


def _accepted_device(user: AbstractUser, offer: str, code: str) -> TOTPDevice | None:
    """Return the offered device if the code is its own; the same code then opens nothing a second time."""
    device = _offered_device(user, offer)
    if device is None or not APP_CODE.fullmatch(code):
        return None
    totp = TOTP(device.bin_key)
    totp.time = time.time()
    if not totp.verify(int(code), tolerance=TOLERATED_STEPS):
        return None
    device.last_t = totp.t()
    return device


@transaction.atomic
def _put_in_force(device: TOTPDevice) -> list[str]:
    """Save the device in place of earlier ones, and return new recovery codes."""
    remove_devices(device.user)
    device.save()
    codes = [StaticToken.random_token() for _number in range(RECOVERY_CODES)]
    recovery = StaticDevice.objects.create(user=device.user, name="recovery codes")
    StaticToken.objects.bulk_create(StaticToken(device=recovery, token=code) for code in codes)
    return codes


def _offer_page(request: HttpRequest, form: SetUpForm) -> HttpResponse:
    device = _offered_device(request.user, str(form["offer"].value()))
    if device is None:  # the page stood open for too long: offer a new secret
        form = SetUpForm(initial={"offer": _offer(request.user)})
        device = _offered_device(request.user, str(form["offer"].value()))
    secret = " ".join(re.findall(".{1,4}", b32encode(device.bin_key).decode()))
    context = {"form": form, "picture": _picture(device.config_url), "secret": secret}
    return _page(request, "two_factor/set_up.html", title=_("Set up two-step log-in"), **context)


def _picture(address: str) -> SafeString:
    """Return the QR code as an SVG element that needs no inline style."""
    out = BytesIO()
    qrcode.make(address, image_factory=SvgPathFillImage, box_size=10, border=2).save(out)
    svg = out.getvalue().decode()
    return mark_safe(svg[svg.index("<svg") :])  # made here from our own numbers


def _next_page(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return reverse("admin:index")


def _page(request: HttpRequest, template: str, **context: object) -> HttpResponse:
    return render(request, template, {**admin.site.each_context(request), "next": _next_page(request), **context})
