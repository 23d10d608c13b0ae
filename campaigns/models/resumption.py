"""Who let a paused campaign go on, and what had gone wrong by then."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Resumption(models.Model):
    """One press of "resume". What had failed before it is accepted: the brakes count from here."""

    campaign = models.ForeignKey(
        "campaigns.Campaign", models.CASCADE, verbose_name=_("campaign"), related_name="resumptions"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("by"), related_name="+")
    at = models.DateTimeField(_("at"), db_default=Now())
    reason = models.CharField(_("why it was paused"), max_length=300, blank=True)
    sent = models.PositiveIntegerField(_("sent by then"), default=0)
    failed = models.PositiveIntegerField(_("failed or unknown by then"), default=0)
    undelivered = models.PositiveIntegerField(_("came back by then"), default=0)
    complained = models.PositiveIntegerField(_("complaints by then"), default=0)

    class Meta:
        verbose_name = _("resumption")
        verbose_name_plural = _("resumptions")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.at:%Y-%m-%d %H:%M}"
