"""What members are to be told before points of theirs die, and when they were told."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from loyalty.models.points import Account


class ExpiryNotice(models.Model):
    """Points of an account have their last day soon: one row an account, day and notice, kept for ever."""

    DAYS = (60, 30, 3)

    account = models.ForeignKey(
        Account, models.PROTECT, verbose_name=_("points account"), related_name="expiry_notices", db_index=False
    )
    last_day = models.DateField(_("last valid day"), help_text=_("In Korea; the points die at its end"))
    days_before = models.PositiveSmallIntegerField(_("days before"), choices=[(days, str(days)) for days in DAYS])
    points = models.PositiveBigIntegerField(pgettext_lazy("loyalty", "points"), help_text=_("When the notice fell due"))
    opened_at = models.DateTimeField(_("due since"))
    done_at = models.DateTimeField(_("told at"), null=True, blank=True)
    how = models.CharField(
        _("how"), max_length=200, blank=True, help_text=_("By which message, or why it was not needed")
    )

    class Meta:
        verbose_name = _("notice of expiring points")
        verbose_name_plural = _("notices of expiring points")
        constraints = [
            models.UniqueConstraint(fields=["account", "last_day", "days_before"], name="expiry_notice_once"),
            models.CheckConstraint(condition=Q(done_at=None) | ~Q(how=""), name="done_notice_says_how"),
        ]
        indexes = [
            models.Index(
                fields=["days_before", "last_day"], condition=Q(done_at__isnull=True), name="expiry_notices_open"
            ),
            models.Index(fields=["opened_at"], name="expiry_notices_opened"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.last_day} −{self.days_before}"
