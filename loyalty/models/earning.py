"""What earns points, as the operator set it, and what orders and deeds have earned.

Rules and terms are edited here and frozen into a `RuleVersion` before they are used; awards name the version and keep
why they are what they are. Written by `loyalty/earning/` and the admin only.
"""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models import Order


class EarningTerms(models.Model):
    """What holds for all rules of a program: from when on, what of a bill counts, and how points are rounded.

    How long points wait and live is said by the program itself.
    """

    class Rounding(models.TextChoices):
        DOWN = "down", _("down")
        NEAREST = "nearest", _("to the nearest point")
        UP = "up", _("up")

    program = models.OneToOneField(
        "loyalty.Program",
        models.PROTECT,
        verbose_name=_("program"),
        primary_key=True,
        related_name="earning_terms",
    )
    begins_on = models.DateField(
        _("earning begins on"),
        null=True,
        blank=True,
        help_text=_("Orders placed before this day (KST) earn nothing. Empty: no order earns points."),
    )
    rounding = models.CharField(_("rounding"), max_length=10, choices=Rounding.choices, default=Rounding.DOWN)
    excluded_categories = ArrayField(
        models.CharField(max_length=200),
        verbose_name=_("categories that earn nothing"),
        default=list,
        blank=True,
    )
    earns_on_shipping = models.BooleanField(_("shipping fees earn points"), default=False)
    earns_on_points_used = models.BooleanField(
        _("what was paid with points earns points"),
        default=False,
        help_text=_("Off: only the money paid counts"),
    )
    pending_days_online = models.PositiveSmallIntegerField(
        _("days pending, bought online"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(365)],
        help_text=_("As long as a purchase can be returned. Empty: as for everything in the program"),
    )

    class Meta:
        verbose_name = _("terms of earning")
        verbose_name_plural = _("terms of earning")

    def __str__(self) -> str:
        return str(self._meta.verbose_name)


class EarningRule(models.Model):
    """One reason for points. Several may hold for the same purchase; their points add up."""

    class Kind(models.TextChoices):
        BASE = "base", _("every purchase")
        CATEGORY = "category", _("categories")
        STORE = "store", _("stores")
        CHANNEL = "channel", _("sales channel")
        TIER = "tier", _("tier")
        CAMPAIGN = "campaign", _("campaign for a segment")
        FIRST_PURCHASE = "first_purchase", _("first purchase")
        BIRTHDAY = "birthday", _("month of the birthday")
        REVIEW = "review", _("review")
        SURVEY = "survey", _("survey")
        REFERRAL = "referral", _("referral")
        VISIT = "visit", _("visit")

    # What is rewarded for being done, and not for money.
    DEEDS = (Kind.REVIEW, Kind.SURVEY, Kind.REFERRAL, Kind.VISIT)
    # Deeds that nothing here tells `earning.deeds` of: a rule for them would promise what nobody gets.
    UNTOLD = (Kind.REVIEW, Kind.SURVEY, Kind.VISIT)
    # A tier says itself what it multiplies ordinary points by; in a version that is a rule like others.
    EDITED = tuple(kind for kind in Kind if kind not in ("tier", "review", "survey", "visit"))

    class Reward(models.TextChoices):
        WON_PER_POINT = "won_per_point", _("one point per so many won")
        PER_MILLE = "per_mille", _("so many points per 1,000 won")
        PERCENT_OF_BASE = "percent_of_base", _("so many percent of the base rate, in addition")
        FIXED = "fixed", _("so many points, whatever was paid")

    program = models.ForeignKey(
        "loyalty.Program", models.PROTECT, verbose_name=_("program"), related_name="earning_rules"
    )
    name = models.CharField(_("name"), max_length=100, help_text=_("Shown to staff as the reason of the points"))
    kind = models.CharField(_("for"), max_length=20, choices=Kind.choices, default=Kind.BASE)
    reward = models.CharField(_("how points are counted"), max_length=20, choices=Reward.choices)
    value = models.PositiveIntegerField(
        _("number"), validators=[MinValueValidator(1), MaxValueValidator(10_000_000)], help_text=_("won, points or %")
    )
    categories = ArrayField(
        models.CharField(max_length=200),
        verbose_name=_("only these categories"),
        default=list,
        blank=True,
    )
    stores = models.ManyToManyField(
        "customers.Store", verbose_name=_("only these stores"), blank=True, related_name="earning_rules"
    )
    channel = models.CharField(
        _("only this sales channel"), max_length=10, choices=Order.SalesChannel.choices, blank=True
    )
    tier = models.ForeignKey(
        "loyalty.Tier", models.PROTECT, verbose_name=_("only this tier"), null=True, blank=True, related_name="+"
    )
    segment = models.ForeignKey(
        "customers.Segment",
        models.PROTECT,
        verbose_name=_("only this segment"),
        null=True,
        blank=True,
        related_name="earning_rules",
        help_text=_("Who is in it when the order comes in"),
    )
    minimum_won = models.PositiveBigIntegerField(
        _("from an amount of"), default=0, help_text=_("won, of what counts for this rule")
    )
    most_points = models.PositiveIntegerField(
        _("points at most"), null=True, blank=True, help_text=_("for one purchase; empty: no limit")
    )
    times_per_month = models.PositiveSmallIntegerField(
        _("times a month at most"), null=True, blank=True, help_text=_("for one customer; empty: no limit")
    )
    starts_on = models.DateField(_("from"), null=True, blank=True)
    ends_on = models.DateField(_("until"), null=True, blank=True, help_text=_("This day included (KST)"))
    is_active = models.BooleanField(
        _("in force"), default=False, help_text=_("Off: nobody earns by it; what it would give can be looked at")
    )

    class Meta:
        verbose_name = _("earning rule")
        verbose_name_plural = _("earning rules")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(value__gt=0), name="earning_rule_gives_something"),
            models.UniqueConstraint(
                fields=["program"], condition=Q(kind="base", is_active=True), name="one_base_rule_in_force"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_deed(self) -> bool:
        """Tell whether it rewards a deed, and not a purchase."""
        return self.kind in self.DEEDS


class OrderAward(models.Model):
    """What an order has earned by now: always what the rules it was earned under give for the order as it stands.

    Every change is a posting in the ledger; `revision` counts them and keeps each one's receipt apart.
    """

    order = models.OneToOneField(
        "customers.Order", models.PROTECT, verbose_name=_("order"), primary_key=True, related_name="award"
    )
    account = models.ForeignKey(
        "loyalty.Account", models.PROTECT, verbose_name=_("account"), related_name="order_awards"
    )
    rule_version = models.ForeignKey(
        "loyalty.RuleVersion", models.PROTECT, verbose_name=_("rules in force"), related_name="+", db_index=False
    )
    won = models.BigIntegerField(_("amount that counts"), help_text=_("won"))
    points = models.BigIntegerField(pgettext_lazy("loyalty", "points"))
    # [{"rule": key in the version, "won": what counts for it, "points": what it gives}], of every rule that held for
    # this customer on that day: which those are is never asked again, only what they give.
    reasons = models.JSONField(_("reasons"), default=list)
    revision = models.PositiveIntegerField(_("changes"), default=0)
    awarded_at = models.DateTimeField(_("first awarded at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("points of an order")
        verbose_name_plural = _("points of orders")

    def __str__(self) -> str:
        return str(self.order_id)


class DeedAward(models.Model):
    """Points for a review, a survey, a referral or a visit: each deed once."""

    account = models.ForeignKey(
        "loyalty.Account", models.PROTECT, verbose_name=_("account"), related_name="deed_awards"
    )
    kind = models.CharField(_("for"), max_length=20, choices=EarningRule.Kind.choices)
    source = models.CharField(_("source"), max_length=40)
    reference = models.CharField(_("reference"), max_length=100)
    rule_version = models.ForeignKey(
        "loyalty.RuleVersion", models.PROTECT, verbose_name=_("rules in force"), related_name="+", db_index=False
    )
    points = models.BigIntegerField(pgettext_lazy("loyalty", "points"))
    reasons = models.JSONField(_("reasons"), default=list)
    done_at = models.DateTimeField(_("done at"))
    awarded_at = models.DateTimeField(_("awarded at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("points for a deed")
        verbose_name_plural = _("points for deeds")
        constraints = [
            models.UniqueConstraint(fields=["kind", "source", "reference"], name="deed_rewarded_once"),
        ]
        indexes = [models.Index(fields=["account", "kind", "done_at"], name="deed_of_account")]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"


class EarningProgress(models.Model):
    """How far orders were looked at. Deleting the row makes everything be looked at again, and changes no points."""

    program = models.OneToOneField(
        "loyalty.Program", models.PROTECT, verbose_name=_("program"), primary_key=True, related_name="earning_progress"
    )
    looked_until = models.DateTimeField(_("has seen all changes until"))
    ran_at = models.DateTimeField(_("last run"))

    class Meta:
        verbose_name = _("progress of earning")
        verbose_name_plural = _("progress of earning")

    def __str__(self) -> str:
        return str(self.ran_at)
