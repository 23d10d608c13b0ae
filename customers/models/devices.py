"""Where notifications reach somebody: an app on a telephone, a browser that said yes."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Device(models.Model):
    """An app or a browser that takes notifications. Belongs to whoever is logged in there, or to nobody (N-07).

    What a device refuses and what its owner refuses are two things, and either is enough (L-03).
    """

    class Platform(models.TextChoices):
        ANDROID = "android", _("Android app")
        IOS = "ios", _("iOS app")
        WEB = "web", _("browser")

    APPS = (Platform.ANDROID, Platform.IOS)

    customer = models.ForeignKey(
        "customers.Customer",
        models.PROTECT,
        verbose_name=_("customer"),
        null=True,
        blank=True,
        related_name="devices",
        db_index=False,
    )
    platform = models.CharField(_("platform"), max_length=10, choices=Platform.choices)
    address = models.TextField(
        _("address"), unique=True, help_text=_("The app's token, or the browser's push subscription as JSON")
    )
    os_permission = models.BooleanField(
        _("may show notifications"), help_text=_("What the telephone or browser allows; no consent to advertising")
    )
    refuses_advertising = models.BooleanField(_("refuses advertising"), default=False, db_default=False)
    app_version = models.CharField(_("app version"), max_length=40, blank=True, default="", db_default="")
    first_seen_at = models.DateTimeField(_("first seen at"), db_default=Now())
    last_seen_at = models.DateTimeField(_("last seen at"))
    invalid_since = models.DateTimeField(
        _("gone since"), null=True, blank=True, help_text=_("The gateway said that nothing is reached there any more")
    )

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        indexes = [
            models.Index(
                fields=["customer", "-last_seen_at"],
                condition=Q(customer__isnull=False),
                name="device_of_customer",
            )
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.pk}"
