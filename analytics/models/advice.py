"""Advice that somebody put away for a while."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class PutAwayAdvice(models.Model):
    """Advice that nobody is to see until a day. What it is about stands beside its kind, such as a campaign."""

    kind = models.CharField(_("advice"), max_length=40)
    about = models.CharField(_("about"), max_length=100, blank=True)
    until = models.DateField(_("put away until"))
    put_away_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("put away by"), related_name="+"
    )
    put_away_at = models.DateTimeField(_("put away at"), db_default=Now())

    class Meta:
        verbose_name = _("advice put away")
        verbose_name_plural = _("advice put away")
        ordering = ["-id"]
        indexes = [models.Index(fields=["kind", "about", "until"], name="advice_put_away")]

    def __str__(self) -> str:
        return f"{self.kind} {self.about}"
