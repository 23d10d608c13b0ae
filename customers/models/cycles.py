"""How long people wait before they buy again. Written by `customers/cycles/` only, all of it at once."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class Cycle(models.Model):
    """The pauses, in whole days, between the days (KST) on which the same customer bought the same thing."""

    buyers = models.PositiveIntegerField(_("buyers"))
    repeat_buyers = models.PositiveIntegerField(_("repeat buyers"), help_text=_("Bought on two days or more"))
    gaps = models.PositiveIntegerField(_("pauses"))
    median_days = models.PositiveIntegerField(_("median"), help_text=_("days"))
    lower_quartile = models.PositiveIntegerField(_("lower quartile"), help_text=_("days"))
    upper_quartile = models.PositiveIntegerField(_("upper quartile"), help_text=_("days"))
    confidence = models.FloatField(_("confidence"), help_text=_("0 to 1: how narrow the median is known"))
    percentiles = ArrayField(
        models.PositiveIntegerField(), verbose_name=_("percentiles"), help_text=_("The 1st to the 100th, days")
    )
    bin_days = models.PositiveIntegerField(_("days of a bar"))
    bins = ArrayField(
        models.PositiveIntegerField(), verbose_name=_("pauses by length"), help_text=_("The last holds all longer ones")
    )
    due_soon = models.PositiveIntegerField(_("due within seven days"), help_text=_("customers, as of the rebuild"))

    class Meta:
        abstract = True


class CategoryCycle(Cycle):
    """The cycle of a category, whichever of its products is bought."""

    category = models.CharField(_("category"), max_length=200, primary_key=True)

    class Meta:
        verbose_name = _("cycle of a category")
        verbose_name_plural = _("cycles of categories")

    def __str__(self) -> str:
        return self.category


class ProductCycle(Cycle):
    """The cycle of one product."""

    product = models.OneToOneField(
        "customers.Product", models.CASCADE, verbose_name=_("product"), primary_key=True, related_name="cycle"
    )

    class Meta:
        verbose_name = _("cycle of a product")
        verbose_name_plural = _("cycles of products")
        indexes = [models.Index(fields=["-repeat_buyers"], name="product_cycle_repeat_buyers")]

    def __str__(self) -> str:
        return str(self.product_id)


class Rhythm(models.Model):
    """How far the pauses of customers with cycles of such a length stray from their own median.

    `ratios` are percentiles (1st to 100th) of pause ÷ own median: what makes a repurchase risk of an overdue day.
    """

    shortest_days = models.PositiveIntegerField(_("shortest cycle"), primary_key=True)
    longest_days = models.PositiveIntegerField(_("longest cycle"))
    gaps = models.PositiveIntegerField(_("pauses"))
    ratios = ArrayField(models.FloatField(), verbose_name=_("percentiles of pause ÷ own median"))

    class Meta:
        verbose_name = _("rhythm")
        verbose_name_plural = _("rhythms")

    def __str__(self) -> str:
        return f"{self.shortest_days}–{self.longest_days}"


class CycleRebuild(models.Model):
    """One run that computed the tables above anew."""

    as_of = models.DateTimeField(_("as of"), help_text=_("Nothing later went into it"))
    finished_at = models.DateTimeField(_("finished at"))
    gaps = models.PositiveIntegerField(_("pauses"), help_text=_("between any purchases of the same customer"))
    categories = models.PositiveIntegerField(_("categories"))
    products = models.PositiveIntegerField(_("products"))

    class Meta:
        verbose_name = _("rebuild of the cycles")
        verbose_name_plural = _("rebuilds of the cycles")
        get_latest_by = "finished_at"

    def __str__(self) -> str:
        return f"{self.finished_at:%Y-%m-%d %H:%M}"
