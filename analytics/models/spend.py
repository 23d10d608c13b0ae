"""What marketing cost, entered by month and source, for CAC and ROI."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MarketingSpend(models.Model):
    """Won spent on winning customers through one source in one month."""

    month = models.DateField(_("month"), help_text=_("Its first day"))
    source = models.CharField(_("acquisition source"), max_length=60)
    amount = models.PositiveBigIntegerField(_("amount"), help_text=_("won"))
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("marketing spend")
        verbose_name_plural = _("marketing spend")
        ordering = ["-month", "source"]
        constraints = [models.UniqueConstraint(fields=["month", "source"], name="spend_once_per_month_and_source")]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.source}"
