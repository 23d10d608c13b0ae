"""The ladder of tiers: what a tier is and gives, the frozen rules by which it is reached, and grants by hand."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from loyalty.models.coupons import Coupon


class Tier(models.Model):
    """A step of the ladder: its name, its colour and what it gives. What it takes is in the rule versions."""

    class Colour(models.TextChoices):
        STONE = "stone", _("stone")
        BRONZE = "bronze", _("bronze")
        SILVER = "silver", _("silver")
        GOLD = "gold", _("gold")
        PLATINUM = "platinum", _("platinum")
        GREEN = "green", _("green")
        BLUE = "blue", _("blue")
        VIOLET = "violet", _("violet")
        ROSE = "rose", _("rose")

    name = models.CharField(_("name"), max_length=40)
    colour = models.CharField(_("colour"), max_length=10, choices=Colour.choices, default=Colour.STONE)
    points_percent = models.PositiveIntegerField(
        _("points"),
        default=100,
        validators=[MinValueValidator(0), MaxValueValidator(1_000)],
        help_text=_("Percent of the ordinary points: 150 gives half as many again"),
    )
    perks = models.TextField(
        _("perks"), blank=True, max_length=2_000, help_text=_("One a line, in your own words; staff see them")
    )
    entry_coupons = models.ManyToManyField(
        Coupon, verbose_name=_("coupons on entry"), blank=True, related_name="entry_tiers"
    )

    class Meta:
        verbose_name = _("tier")
        verbose_name_plural = _("tiers")
        permissions = [("grant_tier", _("Can grant a tier by hand"))]

    def __str__(self) -> str:
        return self.name


class TierRuleVersion(models.Model):
    """How tiers are reached and kept, frozen when it was put in force; the newest one holds."""

    class Basis(models.TextChoices):
        NET_SPEND = "net_spend", _("net spend")
        ORDERS = "orders", _("number of orders")
        POINTS = "points", _("points earned")

    class Window(models.TextChoices):
        ROLLING = "rolling", _("the last months, looked at on the 1st of each month")
        CALENDAR = "calendar", _("the calendar year, looked at on 1 January")
        ANNIVERSARY = "anniversary", _("the customer's own year, looked at on the day they joined")

    class Downgrade(models.TextChoices):
        REQUALIFY = "requalify", _("to the tier that was reached")
        ONE_DOWN = "one_down", _("one tier at a time")
        NEVER = "never", _("never")

    class ReturnEffect(models.TextChoices):
        AT_EVALUATION = "at_evaluation", _("at the next evaluation")
        AT_ONCE = "at_once", _("at once")

    number = models.PositiveIntegerField(_("version"), unique=True)
    basis = models.CharField(_("counted by"), max_length=10, choices=Basis.choices, default=Basis.NET_SPEND)
    window = models.CharField(_("within"), max_length=12, choices=Window.choices, default=Window.ROLLING)
    window_months = models.PositiveSmallIntegerField(
        _("months"), default=12, validators=[MinValueValidator(1), MaxValueValidator(60)]
    )
    grace_days = models.PositiveSmallIntegerField(
        _("days of grace"),
        default=0,
        validators=[MaxValueValidator(180)],
        help_text=_("After the window has ended, before anyone goes down; what comes in by then still counts"),
    )
    downgrade = models.CharField(_("goes down"), max_length=10, choices=Downgrade.choices, default=Downgrade.REQUALIFY)
    return_effect = models.CharField(
        _("a return lowers the tier"),
        max_length=13,
        choices=ReturnEffect.choices,
        default=ReturnEffect.AT_EVALUATION,
    )
    note = models.CharField(_("why it was changed"), max_length=300, blank=True)
    published_at = models.DateTimeField(_("in force since"), db_default=Now(), editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("by"), null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("tier rule")
        verbose_name_plural = _("tier rules")
        get_latest_by = "number"

    def __str__(self) -> str:
        return str(self.number)


class TierThreshold(models.Model):
    """What a tier takes under a rule version; the lowest one takes nothing."""

    rule_version = models.ForeignKey(
        TierRuleVersion, models.PROTECT, verbose_name=_("tier rule"), related_name="thresholds", db_index=False
    )
    tier = models.ForeignKey(Tier, models.PROTECT, verbose_name=_("tier"), related_name="thresholds")
    rank = models.PositiveSmallIntegerField(_("step"), help_text=_("1 is the lowest"))
    threshold = models.BigIntegerField(_("threshold"), help_text=_("won, orders or points"))

    class Meta:
        verbose_name = _("tier threshold")
        verbose_name_plural = _("tier thresholds")
        ordering = ("rank",)
        constraints = [
            models.UniqueConstraint(fields=["rule_version", "rank"], name="tier_threshold_rank_once"),
            models.UniqueConstraint(fields=["rule_version", "tier"], name="tier_threshold_tier_once"),
            models.UniqueConstraint(fields=["rule_version", "threshold"], name="tier_threshold_once"),
            models.CheckConstraint(
                condition=Q(rank=1, threshold=0) | Q(rank__gt=1, threshold__gt=0), name="tier_threshold_base_is_free"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rank}: {self.threshold}"


class TierGrant(models.Model):
    """A tier given by hand, with an end and a reason. It lifts a customer and never lowers one."""

    customer = models.ForeignKey(
        "customers.Customer", models.PROTECT, verbose_name=_("customer"), related_name="tier_grants"
    )
    tier = models.ForeignKey(Tier, models.PROTECT, verbose_name=_("tier"), related_name="grants")
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("last day"))
    reason = models.CharField(_("reason"), max_length=300)
    granted_at = models.DateTimeField(_("granted at"), db_default=Now(), editable=False)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("granted by"), null=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True, editable=False)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("withdrawn by"), null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("granted tier")
        verbose_name_plural = _("granted tiers")
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="tier_grant_ends_after_start")
        ]
        indexes = [models.Index(fields=["ends_on"], condition=Q(withdrawn_at=None), name="tier_grant_open")]

    def __str__(self) -> str:
        return f"{self.tier_id} {self.starts_on}–{self.ends_on}"
