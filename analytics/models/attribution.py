"""Which campaigns a purchase is credited to. Written by `analytics/attribution/` only, and rebuildable."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class AttributedOrder(models.Model):
    """What one message earned of one order under one model.

    Whatever the model, the credits of an order add up to what it brought when it was placed (paid − shipping). The
    models stand side by side: a sum over rows of more than one counts the same order again.
    """

    class Model(models.TextChoices):
        LAST_CLICK = "last_click", _("last human click")
        LAST_DELIVERED = "last_delivered", _("last delivered message")
        LINEAR = "linear", _("equal shares of all messages")

    order = models.ForeignKey(
        "customers.Order", models.CASCADE, verbose_name=_("order"), related_name="credits", db_index=False
    )
    model = models.CharField(_("model"), max_length=20, choices=Model.choices, default=Model.LAST_CLICK)
    campaign = models.ForeignKey(
        "campaigns.Campaign", models.CASCADE, verbose_name=_("campaign"), related_name="credits"
    )
    message = models.ForeignKey("campaigns.Message", models.CASCADE, verbose_name=_("message"), related_name="credits")
    touched_at = models.DateTimeField(_("touched at"), help_text=_("When the message was clicked, or arrived"))
    placed_at = models.DateTimeField(_("ordered at"))
    revenue = models.BigIntegerField(
        _("credited revenue"), help_text=_("won, of what the order brought when it was placed: paid − shipping")
    )
    refunded = models.BigIntegerField(_("taken back"), default=0, help_text=_("won of the credit, until now"))
    attributed_at = models.DateTimeField(_("computed at"))

    class Meta:
        verbose_name = _("attributed order")
        verbose_name_plural = _("attributed orders")
        constraints = [
            models.UniqueConstraint(fields=["order", "model", "message"], name="credited_once_per_model"),
            models.UniqueConstraint(
                fields=["order", "model"], condition=~Q(model="linear"), name="credited_to_one_message"
            ),
            models.CheckConstraint(
                condition=Q(revenue__gte=0, refunded__gte=0, refunded__lte=F("revenue")), name="credit_in_range"
            ),
        ]
        indexes = [models.Index(fields=["placed_at"], name="credit_placed")]

    def __str__(self) -> str:
        return f"{self.order_id} → {self.campaign_id}"


class CreditRefund(models.Model):
    """The part of a refund that takes back a credit, at the moment of the refund."""

    credit = models.ForeignKey(
        AttributedOrder, models.CASCADE, verbose_name=_("credit"), related_name="refunds", db_index=False
    )
    # Ingest replaces refunds without knowing of credits; the next run follows.
    refund = models.ForeignKey(
        "customers.Refund", models.CASCADE, verbose_name=_("refund"), related_name="+", db_constraint=False
    )
    refunded_at = models.DateTimeField(_("taken back at"))
    amount = models.BigIntegerField(_("amount"), help_text=_("won"))

    class Meta:
        verbose_name = _("taken back credit")
        verbose_name_plural = _("taken back credits")
        constraints = [
            models.UniqueConstraint(fields=["credit", "refund"], name="credit_taken_back_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="credit_refund_of_something"),
        ]
        indexes = [models.Index(fields=["refunded_at"], name="credit_refund_moment")]

    def __str__(self) -> str:
        return f"{self.credit_id} −{self.amount}"


class AttributionProgress(models.Model):
    """How far attribution has looked. Deleting the row makes it look at everything again."""

    looked_until = models.DateTimeField(_("has seen all changes until"))
    ran_at = models.DateTimeField(_("last run"))

    class Meta:
        verbose_name = _("progress of attribution")
        verbose_name_plural = _("progress of attribution")

    def __str__(self) -> str:
        return f"{self.looked_until}"
