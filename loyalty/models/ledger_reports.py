"""What is written down about the ledger day by day: balances as they stood, and what the nightly check found."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from loyalty.models.points import Account
from loyalty.models.program import Program


class DailySnapshot(models.Model):
    """An account's numbers at the end of a day in Asia/Seoul on which something was booked on it.

    A day without a row is that of the last one before it.
    """

    account = models.ForeignKey(
        Account, models.PROTECT, verbose_name=_("points account"), related_name="snapshots", db_index=False
    )
    day = models.DateField(_("day"))
    last_seq = models.BigIntegerField(_("last entry"))
    available = models.BigIntegerField(pgettext_lazy("points", "available"))
    pending = models.BigIntegerField(pgettext_lazy("points", "pending"))
    held = models.BigIntegerField(pgettext_lazy("points", "held"))
    debt = models.BigIntegerField(_("return adjustment"))

    class Meta:
        verbose_name = _("points at the end of a day")
        verbose_name_plural = _("points at the end of each day")
        constraints = [models.UniqueConstraint(fields=["account", "day"], name="snapshot_once_a_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.available}"


class DailyTotal(models.Model):
    """What the whole program booked on a day in Asia/Seoul, and how many points were out at its end."""

    program = models.ForeignKey(Program, models.PROTECT, verbose_name=_("points program"), db_index=False)
    day = models.DateField(_("day"))
    issued = models.BigIntegerField(pgettext_lazy("points", "issued"))
    redeemed = models.BigIntegerField(pgettext_lazy("points", "redeemed"))
    expired = models.BigIntegerField(pgettext_lazy("points", "expired"))
    reversed = models.BigIntegerField(pgettext_lazy("points", "taken back"))
    adjusted = models.BigIntegerField(pgettext_lazy("points", "adjusted"))
    outstanding = models.BigIntegerField(_("points outstanding"))
    debt = models.BigIntegerField(_("return adjustment"))

    class Meta:
        verbose_name = _("points of a day")
        verbose_name_plural = _("points by day")
        constraints = [models.UniqueConstraint(fields=["program", "day"], name="points_total_once_a_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.outstanding}"


class OpenPoints(models.Model):
    """What was left in open lots when they were last looked at, by the month of the award and the last month.

    Written anew each night by `loyalty/figures/open_points.py`. Points on hold lie in no lot.
    """

    program = models.ForeignKey(Program, models.PROTECT, verbose_name=_("points program"), db_index=False)
    earned_in = models.DateField(_("earned in"), help_text=_("The first day of the month"))
    dies_in = models.DateField(_("expire in"), null=True, help_text=_("The first day of the month; empty: never"))
    points = models.BigIntegerField(_("points"))
    lots = models.BigIntegerField(_("lots of points"))
    looked_at = models.DateTimeField(_("looked at"))

    class Meta:
        verbose_name = _("open points of a month")
        verbose_name_plural = _("open points by month")
        constraints = [
            models.UniqueConstraint(
                fields=["program", "earned_in", "dies_in"], nulls_distinct=False, name="open_points_once_a_month"
            )
        ]

    def __str__(self) -> str:
        return f"{self.earned_in} {self.points}"


class LedgerCheck(models.Model):
    """One run of the check over the whole ledger, and every row it found to differ."""

    started_at = models.DateTimeField(_("started at"))
    ended_at = models.DateTimeField(_("ended at"), db_default=Now())
    accounts = models.BigIntegerField(_("points accounts"))
    entries = models.BigIntegerField(_("points entries"))
    differences = models.BigIntegerField(_("differences"))
    findings = models.JSONField(_("findings"), default=list, blank=True)

    class Meta:
        verbose_name = _("check of the points ledger")
        verbose_name_plural = _("checks of the points ledger")
        indexes = [models.Index(fields=["-started_at"], name="ledger_check_latest")]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M} {self.differences}"
