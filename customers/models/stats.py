"""What the facts add up to, one row a customer. Written by `customers/stats.py`, `rfm.py` and `cycles/` only."""

from django.db import models
from django.utils.timezone import localdate, now
from django.utils.translation import gettext_lazy as _


class RfmGroup(models.TextChoices):
    """Named groups of recency, frequency and monetary scores; `customers/rfm.py` says which scores make which."""

    CHAMPIONS = "champions", _("champions")
    LOYAL = "loyal", _("loyal")
    PROMISING = "promising", _("promising")
    NEW = "new", _("new")
    NEEDS_ATTENTION = "needs_attention", _("needs attention")
    AT_RISK = "at_risk", _("at risk")
    DORMANT = "dormant", _("dormant")
    LOST = "lost", _("lost")


class RfmScoring(models.Model):
    """One scoring of all buyers, with the cut points it used."""

    computed_at = models.DateTimeField(_("computed at"))
    buyers = models.PositiveIntegerField(_("buyers"))
    # Four rising cut points each, between the five scores.
    recency_days = models.JSONField(_("days since the last order"))
    order_counts = models.JSONField(_("number of orders"))
    paid_totals = models.JSONField(_("revenue, won"))

    class Meta:
        verbose_name = _("RFM scoring")
        verbose_name_plural = _("RFM scorings")
        get_latest_by = "computed_at"

    def __str__(self) -> str:
        return f"{self.computed_at:%Y-%m-%d}"


class RfmMonth(models.Model):
    """How many buyers had which scores as a month (KST) began, and what they had paid by then."""

    month = models.DateField(_("month"), help_text=_("Its first day"))
    recency_score = models.PositiveSmallIntegerField(_("recency"))
    frequency_score = models.PositiveSmallIntegerField(_("frequency"))
    monetary_score = models.PositiveSmallIntegerField(_("monetary"))
    customers = models.PositiveIntegerField(_("customers"))
    revenue = models.BigIntegerField(_("revenue"), help_text=_("won"))

    class Meta:
        verbose_name = _("RFM month")
        verbose_name_plural = _("RFM months")
        constraints = [
            models.UniqueConstraint(
                fields=["month", "recency_score", "frequency_score", "monetary_score"], name="rfm_month_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.recency_score}{self.frequency_score}{self.monetary_score}"


class CustomerStats(models.Model):
    """The sums and dates that conditions, lists and KPIs read. Rebuildable from facts at any time."""

    customer = models.OneToOneField(
        "customers.Customer", models.CASCADE, verbose_name=_("customer"), primary_key=True, related_name="stats"
    )
    order_count = models.PositiveIntegerField(_("orders"), default=0)
    paid_total = models.BigIntegerField(_("revenue"), default=0, help_text=_("won: paid − refunded − shipping"))
    online_order_count = models.PositiveIntegerField(_("orders online"), default=0)
    store_order_count = models.PositiveIntegerField(_("orders in stores"), default=0, db_default=0)
    first_order_at = models.DateTimeField(_("first order"), null=True)
    last_order_at = models.DateTimeField(_("last order"), null=True)
    last_visit_at = models.DateTimeField(_("last visit"), null=True)
    last_cart_at = models.DateTimeField(_("last put in the cart"), null=True)
    recency_score = models.PositiveSmallIntegerField(_("recency"), null=True)
    frequency_score = models.PositiveSmallIntegerField(_("frequency"), null=True)
    monetary_score = models.PositiveSmallIntegerField(_("monetary"), null=True)
    rfm_group = models.CharField(_("RFM group"), max_length=20, choices=RfmGroup.choices, blank=True, default="")
    group_at_month_start = models.CharField(
        _("RFM group as the month began"),
        max_length=20,
        choices=RfmGroup.choices,
        blank=True,
        default="",
        db_default="",
    )
    cycle_days = models.PositiveIntegerField(
        _("cycle"), null=True, help_text=_("Median of the days between this customer's purchase days")
    )
    cycle_gaps = models.PositiveIntegerField(
        _("pauses"), default=0, db_default=0, help_text=_("How many the cycle is the median of")
    )
    cycle_category = models.CharField(
        _("category whose cycle stands in"),
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text=_("While the customer's own cycle is not known"),
    )
    due_at = models.DateTimeField(_("due"), null=True, help_text=_("The day (KST) the next purchase is expected"))
    risk = models.PositiveSmallIntegerField(
        _("repurchase risk"), null=True, help_text=_("0 to 100: how many of such pauses had ended by now")
    )

    class Meta:
        verbose_name = _("customer statistics")
        verbose_name_plural = _("customer statistics")
        indexes = [
            models.Index(fields=["last_order_at"], name="stats_last_order"),
            models.Index(fields=["first_order_at"], name="stats_first_order"),
            models.Index(fields=["last_visit_at"], name="stats_last_visit"),
            models.Index(fields=["last_cart_at"], name="stats_last_cart"),
            models.Index(fields=["rfm_group"], name="stats_rfm_group"),
            models.Index(fields=["paid_total"], name="stats_paid_total"),
            models.Index(fields=["due_at"], name="stats_due"),
        ]

    def __str__(self) -> str:
        return str(self.customer_id)

    @property
    def overdue(self) -> float | None:
        """Return the days since the last purchase over those that were expected: 1 is due today, 2 is a cycle late."""
        if self.due_at is None or self.last_order_at is None:
            return None
        last, due, today = map(localdate, (self.last_order_at, self.due_at, now()))
        return (today - last).days / (due - last).days
