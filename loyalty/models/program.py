"""The terms of the points: what a point is worth using for, how long it lives, and the frozen rules behind awards."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Program(models.Model):
    """One currency of points and its terms. A change holds for what is earned and redeemed from then on."""

    class Validity(models.TextChoices):
        """Where the last valid day falls, counted from the day of earning in Asia/Seoul."""

        MONTHS = "months", _("so many months later, to the day")
        MONTH_END = "month_end", _("at the end of that month")
        YEAR_END = "year_end", _("at the end of that year")

    slug = models.SlugField(_("key"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    validity_months = models.PositiveSmallIntegerField(
        _("months valid"), default=36, db_default=36, validators=[MinValueValidator(1), MaxValueValidator(120)]
    )
    validity = models.CharField(
        _("last valid day"), max_length=10, choices=Validity, default=Validity.MONTHS, db_default=Validity.MONTHS
    )
    pending_days = models.PositiveSmallIntegerField(
        _("days pending"), default=0, db_default=0, help_text=_("Days until earned points can be used")
    )
    grace_days = models.PositiveSmallIntegerField(
        _("days of grace"),
        default=0,
        db_default=0,
        help_text=_("Points that a cancelled use gives back live at least so many days"),
    )
    waits_for_notice = models.BooleanField(
        _("points wait for their notice"),
        default=True,
        db_default=True,
        help_text=_("Points live thirty days longer where no message told of their last day at least once"),
    )
    least_points = models.PositiveIntegerField(_("least points to use"), default=1, db_default=1)
    step = models.PositiveIntegerField(
        _("used in steps of"), default=1, db_default=1, validators=[MinValueValidator(1)]
    )
    most_percent = models.PositiveSmallIntegerField(
        _("most percent of a bill"), default=100, db_default=100, validators=[MaxValueValidator(100)]
    )
    adjust_most_a_day = models.PositiveBigIntegerField(
        _("most points that one person adjusts in a day"), default=100_000, db_default=100_000
    )
    adjust_alone_up_to = models.PositiveBigIntegerField(
        _("adjusted by one person alone up to"), default=10_000, db_default=10_000
    )
    confirmed_above = models.PositiveBigIntegerField(
        _("confirmed at the desk above"),
        default=30_000,
        db_default=30_000,
        help_text=_("Points: staff confirms a larger use once more before it is booked"),
    )

    desk_most_a_day = models.PositiveBigIntegerField(
        _("most points that one person gives at the desk in a day"), default=100_000, db_default=100_000
    )

    class Meta:
        verbose_name = _("points program")
        verbose_name_plural = _("points programs")
        constraints = [
            models.CheckConstraint(condition=models.Q(step__gte=1), name="points_are_used_in_steps"),
            models.CheckConstraint(condition=models.Q(most_percent__lte=100), name="share_of_a_bill_is_a_share"),
            models.CheckConstraint(condition=models.Q(validity_months__gte=1), name="points_live_a_month_at_least"),
        ]

    def __str__(self) -> str:
        return self.name


class RuleVersion(models.Model):
    """A rule as it was when points were awarded by it. Never changed or deleted: a changed rule is a new version."""

    program = models.ForeignKey(Program, models.PROTECT, verbose_name=_("points program"), related_name="rule_versions")
    rule = models.CharField(_("rule"), max_length=60, help_text=_("The rule of which this is a version"))
    number = models.PositiveIntegerField(_("version"))
    content = models.JSONField(_("content"))
    made_at = models.DateTimeField(_("made at"), db_default=Now(), editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("made by"), null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("rule version")
        verbose_name_plural = _("rule versions")
        constraints = [models.UniqueConstraint(fields=["program", "rule", "number"], name="rule_version_once")]

    def __str__(self) -> str:
        return f"{self.rule} {self.number}"
