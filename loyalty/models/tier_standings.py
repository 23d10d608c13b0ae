"""Where customers stand on the ladder: what counts towards it, the tier they had when, and every evaluation."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from loyalty.models.tiers import Tier, TierRuleVersion


class TierCredit(models.Model):
    """What counts towards a tier, by the business date (KST). Append-only: a return is a negative row of that date."""

    customer = models.ForeignKey(
        "customers.Customer", models.PROTECT, verbose_name=_("customer"), related_name="tier_credits", db_index=False
    )
    business_date = models.DateField(_("business date"))
    net_spend = models.BigIntegerField(_("net spend"), default=0, db_default=0, help_text=_("won"))
    orders = models.IntegerField(_("orders"), default=0, db_default=0)
    points = models.BigIntegerField(_("points earned"), default=0, db_default=0)
    # The receipt: nothing is counted twice.
    source_system = models.CharField(_("source"), max_length=40)
    reference = models.CharField(_("receipt"), max_length=120)
    line = models.CharField(_("line"), max_length=40, blank=True, default="", db_default="")
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("tier credit")
        verbose_name_plural = _("tier credits")
        constraints = [
            models.UniqueConstraint(fields=["source_system", "reference", "line"], name="tier_credit_receipt_once")
        ]
        indexes = [
            models.Index(
                fields=["customer", "business_date"],
                include=["net_spend", "orders", "points"],
                name="tier_credit_of_customer",
            )
        ]

    def __str__(self) -> str:
        return f"{self.source_system} {self.reference}"


class TierCause(models.TextChoices):
    """Why a customer came into a tier."""

    REACHED = "reached", _("reached it")
    EVALUATED = "evaluated", _("evaluation")
    GRANTED = "granted", _("granted by hand")
    GRANT_ENDED = "grant_ended", _("end of a grant")
    RETURNED = "returned", _("a return")
    RULES_CHANGED = "rules_changed", _("change of the ladder")


class TierPeriod(models.Model):
    """A stretch of time in a tier; never two of one customer at any instant (I12). Whoever has none is at the foot."""

    customer = models.ForeignKey(
        "customers.Customer", models.PROTECT, verbose_name=_("customer"), related_name="tier_periods", db_index=False
    )
    tier = models.ForeignKey(Tier, models.PROTECT, verbose_name=_("tier"), related_name="periods")
    previous_tier = models.ForeignKey(
        Tier, models.PROTECT, verbose_name=_("tier before"), null=True, related_name="+", db_index=False
    )
    is_rise = models.BooleanField(_("rise"), default=True)
    started_at = models.DateTimeField(_("since"))
    ended_at = models.DateTimeField(_("until"), null=True, blank=True)
    cause = models.CharField(_("why"), max_length=13, choices=TierCause.choices)
    rule_version = models.ForeignKey(
        TierRuleVersion, models.PROTECT, verbose_name=_("tier rule"), related_name="+", db_index=False
    )
    amount = models.BigIntegerField(_("counted"), default=0, help_text=_("won, orders or points at that time"))

    class Meta:
        verbose_name = _("tier period")
        verbose_name_plural = _("tier periods")
        constraints = [
            models.UniqueConstraint(fields=["customer"], condition=Q(ended_at=None), name="tier_period_one_open"),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")), name="tier_period_ends_after_start"
            ),
        ]
        indexes = [models.Index(fields=["started_at"], name="tier_period_started")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.tier_id}"


class TierStanding(models.Model):
    """Where a customer stands today and what is missing, one row each; rebuilt from credits, grants and rules."""

    customer = models.OneToOneField(
        "customers.Customer", models.PROTECT, verbose_name=_("customer"), primary_key=True, related_name="tier_standing"
    )
    tier = models.ForeignKey(Tier, models.PROTECT, verbose_name=_("tier"), related_name="standings")
    earned_tier = models.ForeignKey(
        Tier, models.PROTECT, verbose_name=_("earned tier"), related_name="+", db_index=False
    )
    since = models.DateTimeField(_("since"))
    # Since when the earned tier holds: an evaluation that comes late takes nothing that was reached after its date.
    earned_since = models.DateTimeField(_("earned since"))
    amount = models.BigIntegerField(_("counted"), default=0, help_text=_("won, orders or points in the window"))
    next_tier = models.ForeignKey(
        Tier, models.PROTECT, verbose_name=_("next tier"), null=True, related_name="+", db_index=False
    )
    missing = models.BigIntegerField(_("missing to the next tier"), null=True)
    reach_by = models.DateField(_("to be reached by"), null=True)
    keep_missing = models.BigIntegerField(
        _("missing to keep the tier"), default=0, help_text=_("Before the next evaluation")
    )
    judged_on = models.DateField(_("next evaluation"))

    class Meta:
        verbose_name = _("tier standing")
        verbose_name_plural = _("tier standings")
        indexes = [
            models.Index(fields=["missing"], condition=Q(missing__isnull=False), name="tier_standing_missing"),
            models.Index(fields=["judged_on"], condition=Q(keep_missing__gt=0), name="tier_standing_at_risk"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.tier_id}"


class TierEvaluation(models.Model):
    """What an evaluation of a customer read and found; kept where it judged a tier or moved someone."""

    customer = models.ForeignKey(
        "customers.Customer",
        models.PROTECT,
        verbose_name=_("customer"),
        related_name="tier_evaluations",
        db_index=False,
    )
    as_of = models.DateField(_("as of"))
    rule_version = models.ForeignKey(
        TierRuleVersion, models.PROTECT, verbose_name=_("tier rule"), related_name="+", db_index=False
    )
    is_judged = models.BooleanField(_("could go down"))
    window_from = models.DateField(_("window from"))
    amount = models.BigIntegerField(_("in the window"))
    former_from = models.DateField(_("window before from"))
    former_amount = models.BigIntegerField(_("in the window before"))
    kept_amount = models.BigIntegerField(_("with the days of grace"), null=True)
    earned_before = models.ForeignKey(
        Tier, models.PROTECT, verbose_name=_("earned tier before"), related_name="+", db_index=False
    )
    earned_after = models.ForeignKey(
        Tier, models.PROTECT, verbose_name=_("earned tier after"), related_name="+", db_index=False
    )
    granted_tier = models.ForeignKey(
        Tier, models.PROTECT, verbose_name=_("granted tier"), null=True, related_name="+", db_index=False
    )
    tier_before = models.ForeignKey(
        Tier, models.PROTECT, verbose_name=_("tier before"), related_name="+", db_index=False
    )
    tier = models.ForeignKey(Tier, models.PROTECT, verbose_name=_("tier after"), related_name="+", db_index=False)
    movement = models.SmallIntegerField(_("movement"), help_text=_("1 up, 0 none, -1 down"))

    class Meta:
        verbose_name = _("tier evaluation")
        verbose_name_plural = _("tier evaluations")
        constraints = [models.UniqueConstraint(fields=["customer", "as_of"], name="tier_evaluation_once_a_day")]
        indexes = [models.Index(fields=["as_of"], name="tier_evaluation_as_of")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.as_of}"


class TierEvaluationRun(models.Model):
    """A day on which everybody was evaluated; done once, whatever the clock does."""

    as_of = models.DateField(_("as of"), unique=True)
    rule_version = models.ForeignKey(TierRuleVersion, models.PROTECT, verbose_name=_("tier rule"), related_name="+")
    customers = models.PositiveIntegerField(_("customers"))
    judged = models.PositiveIntegerField(_("could go down"))
    rose = models.PositiveIntegerField(_("rose"))
    fell = models.PositiveIntegerField(_("fell"))
    finished_at = models.DateTimeField(_("finished at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("tier evaluation run")
        verbose_name_plural = _("tier evaluation runs")
        get_latest_by = "as_of"

    def __str__(self) -> str:
        return str(self.as_of)


class TierCreditProgress(models.Model):
    """How far the orders have been looked at for what counts towards tiers; one row."""

    looked_until = models.DateTimeField(_("looked until"))

    class Meta:
        verbose_name = _("progress of tier credits")
        verbose_name_plural = _("progress of tier credits")

    def __str__(self) -> str:
        return str(self.looked_until)
