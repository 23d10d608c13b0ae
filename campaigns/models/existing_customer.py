"""What proves that a customer could be written to without a consent (L-04)."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class ExistingCustomerEvidence(models.Model):
    """The purchase on which a message without consent rested, as it stood when the message left. Never changed."""

    message = models.OneToOneField(
        "campaigns.Message", models.PROTECT, verbose_name=_("message"), related_name="existing_customer_evidence"
    )
    order = models.ForeignKey(
        "customers.Order", models.PROTECT, verbose_name=_("order"), related_name="+", db_index=False
    )
    ended_on = models.DateField(_("transaction ended on"), help_text=_("The day of the order, in Korea"))
    category = models.CharField(_("kind of goods"), max_length=200)
    contact_source = models.CharField(_("contact collected by"), max_length=60)
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now())

    class Meta:
        verbose_name = _("proof of an existing customer")
        verbose_name_plural = _("proofs of existing customers")

    def __str__(self) -> str:
        return f"{self.message_id}"
