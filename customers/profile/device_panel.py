"""The card of the customer page that says where notifications reach them, and where not."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import F
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from customers.devices import STALE_DAYS
from customers.models import Customer, Device

DEVICES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class ShownDevice:
    """A device in words: what reaches it."""

    device: Device
    icon: str
    word: str
    tone: str


def draw(customer: Customer) -> SafeString | None:
    """Return the card's content; None where no app or browser is known."""
    rows = Device.objects.filter(customer=customer).order_by(F("invalid_since").desc(nulls_first=True), "-last_seen_at")
    shown = [_shown(device) for device in rows[:DEVICES_SHOWN]]
    return render_to_string("customers/panel_devices.html", {"devices": shown}) if shown else None


def _shown(device: Device) -> ShownDevice:
    word, tone = _state(device)
    return ShownDevice(device, "globe" if device.platform == Device.Platform.WEB else "smartphone", word, tone)


def _state(device: Device) -> tuple[str, str]:
    """Return what a notification would meet there, the hardest first."""
    if device.invalid_since:
        return _("gone"), "quiet"
    if not device.os_permission:
        return _("shows no notifications"), "bad"
    if device.last_seen_at < timezone.now() - timedelta(days=STALE_DAYS):
        return _("not seen for long"), "quiet"
    if device.refuses_advertising:
        return _("refuses advertising"), "wait"
    return _("reached"), "good"
