"""How much advertising a customer gets at most (U-30)."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from campaigns.channels.base import channel_choices


class FrequencyCap(models.Model):
    """At most so many advertisements to one customer in so many days, all campaigns together.

    While there is none, `settings.ADS_PER_DAY` and `ADS_PER_WEEK` hold.
    """

    channel = models.CharField(
        _("channel"),
        max_length=20,
        choices=channel_choices,
        blank=True,
        help_text=_("Empty: over all channels together"),
    )
    most = models.PositiveSmallIntegerField(_("messages at most"), validators=[MinValueValidator(1)])
    days = models.PositiveSmallIntegerField(
        _("in days"),
        validators=[MinValueValidator(1), MaxValueValidator(90)],
        help_text=_("Today is the first of them"),
    )
    is_rolling = models.BooleanField(
        _("to the minute"),
        default=False,
        help_text=_("Counted back from the minute of sending, 24 hours a day; otherwise from midnight in Korea"),
    )

    class Meta:
        verbose_name = _("frequency cap")
        verbose_name_plural = _("frequency caps")
        ordering = ["channel", "days"]
        constraints = [models.UniqueConstraint(fields=["channel", "days", "is_rolling"], name="cap_once")]

    def __str__(self) -> str:
        many = ngettext("%(most)s message", "%(most)s messages", self.most) % {"most": self.most}
        span = ngettext("%(days)s day", "%(days)s days", self.days) % {"days": self.days}
        return f"{many} / {span}"
