"""KPIs of months that are over, kept so that a trend costs nothing. Written by `analytics/kpis/snapshots.py` only."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class KpiSnapshot(models.Model):
    """A KPI of one calendar month (KST), as it was when it was taken. Rebuildable from facts."""

    kpi = models.CharField(_("KPI"), max_length=20)
    month = models.DateField(_("month"), help_text=_("Its first day"))
    value = models.DecimalField(
        _("value"), max_digits=20, decimal_places=6, null=True, help_text=_("Won, or a share of one")
    )
    numerator = models.BigIntegerField(_("numerator"))
    denominator = models.BigIntegerField(_("denominator"))
    taken_at = models.DateTimeField(_("taken at"))

    class Meta:
        verbose_name = _("KPI snapshot")
        verbose_name_plural = _("KPI snapshots")
        constraints = [models.UniqueConstraint(fields=["kpi", "month"], name="snapshot_once_a_month")]

    def __str__(self) -> str:
        return f"{self.kpi} {self.month:%Y-%m}"
