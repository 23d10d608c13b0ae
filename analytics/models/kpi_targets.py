"""What a shop wants a KPI to reach. Entered by operators; shown on the board."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class KpiTarget(models.Model):
    """The value that a KPI is to reach: won, days, or a share of one, as the KPI has it."""

    kpi = models.CharField(_("KPI"), max_length=20, unique=True)
    value = models.DecimalField(
        _("target"), max_digits=20, decimal_places=6, help_text=_("Won, days, or a share of one")
    )
    note = models.CharField(_("note"), max_length=200, blank=True, help_text=_("Why this much, or by when"))

    class Meta:
        verbose_name = _("KPI target")
        verbose_name_plural = _("KPI targets")
        ordering = ["kpi"]

    def __str__(self) -> str:
        return self.kpi
