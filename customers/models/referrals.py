"""What a shop tells us about how a new customer was invited. Loyalty reads it; nothing here is decided."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class ReferralClaim(models.Model):
    """The code that a customer came with, as first told, and keyed hashes of where they came from.

    A row without a code is a trace: it lets a later claim from the same device or address be recognised.
    """

    customer = models.OneToOneField(
        "customers.Customer", models.PROTECT, verbose_name=_("customer"), related_name="referral_claim"
    )
    code = models.CharField(_("referral code"), max_length=40, blank=True, default="", db_default="")
    device_hash = models.CharField(_("device"), max_length=32, blank=True, default="", db_default="")
    address_hash = models.CharField(_("address"), max_length=32, blank=True, default="", db_default="")
    said_at = models.DateTimeField(_("told at"), db_default=Now())

    class Meta:
        verbose_name = _("referral claim")
        verbose_name_plural = _("referral claims")
        indexes = [
            models.Index(fields=["said_at"], condition=~Q(code=""), name="claim_with_code"),
            models.Index(fields=["device_hash"], condition=~Q(device_hash=""), name="claim_of_device"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.code}"
