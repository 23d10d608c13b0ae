"""Which campaign a purchase is credited to. Written by `analytics/attribution/` only, and rebuildable."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AttributedOrder(models.Model):
    """The credit of one order under one model. An order is credited at most once under each."""

    class Model(models.TextChoices):
        LAST_CLICK = "last_click", _("last human click")

    order = models.ForeignKey("customers.Order", models.CASCADE, verbose_name=_("order"), related_name="credits")
    model = models.CharField(_("model"), max_length=20, choices=Model.choices, default=Model.LAST_CLICK)
    campaign = models.ForeignKey(
        "campaigns.Campaign", models.CASCADE, verbose_name=_("campaign"), related_name="credits"
    )
    message = models.ForeignKey("campaigns.Message", models.CASCADE, verbose_name=_("message"), related_name="credits")
    touched_at = models.DateTimeField(_("clicked at"))
    placed_at = models.DateTimeField(_("ordered at"))
    revenue = models.BigIntegerField(_("credited revenue"), help_text=_("won"))
    attributed_at = models.DateTimeField(_("computed at"))

    class Meta:
        verbose_name = _("attributed order")
        verbose_name_plural = _("attributed orders")
        constraints = [models.UniqueConstraint(fields=["order", "model"], name="credited_once_per_model")]
        indexes = [models.Index(fields=["placed_at"], name="credit_placed")]

    def __str__(self) -> str:
        return f"{self.order_id} → {self.campaign_id}"


class AttributionProgress(models.Model):
    """How far a model has looked. Deleting the row makes it look at everything again."""

    model = models.CharField(_("model"), max_length=20, choices=AttributedOrder.Model.choices, primary_key=True)
    looked_until = models.DateTimeField(_("has seen all changes until"))
    ran_at = models.DateTimeField(_("last run"))

    class Meta:
        verbose_name = _("progress of attribution")
        verbose_name_plural = _("progress of attribution")

    def __str__(self) -> str:
        return self.model
