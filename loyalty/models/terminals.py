"""Tills: the devices that may book points, and the staff numbers that people type in at them."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Terminal(models.Model):
    """A device of a store that calls the till API with a credential of its own, which is kept as a hash only."""

    store = models.ForeignKey(
        "customers.Store", models.PROTECT, verbose_name=_("store"), related_name="terminals", db_index=False
    )
    name = models.CharField(_("device"), max_length=60, help_text=_("As staff call it, such as “till 2”"))
    source = models.CharField(
        _("receipts are order numbers of"),
        max_length=40,
        default="shop",
        help_text=_("The system whose order numbers its receipts are, so that a sale and its order are one"),
    )
    asks_for_staff = models.BooleanField(
        _("asks for staff number and PIN"), default=False, help_text=_("Bookings without them are refused")
    )
    prefix = models.CharField(_("credential"), max_length=8, unique=True, editable=False)
    secret_hash = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("till")
        verbose_name_plural = _("tills")
        constraints = [models.UniqueConstraint(fields=["store", "name"], name="terminal_name_once_per_store")]

    def __str__(self) -> str:
        return f"{self.store} · {self.name}"


class TillStaff(models.Model):
    """The number and PIN with which a member of staff signs what they book at a till."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("staff"), related_name="till_staff"
    )
    number = models.CharField(_("staff number"), max_length=20, unique=True)
    sealed_pin = models.TextField(editable=False)

    class Meta:
        verbose_name = _("staff number")
        verbose_name_plural = _("staff numbers")

    def __str__(self) -> str:
        return self.number
