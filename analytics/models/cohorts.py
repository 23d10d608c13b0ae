"""Who came back after a first purchase, counted each night. Written by `analytics/cohorts/rebuilding.py` only."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class CohortDimension(models.TextChoices):
    """What first-time buyers are told apart by."""

    ALL = "all", _("everybody")
    SOURCE = "source", _("acquisition source")
    STORE = "store", _("store of the first order")
    CATEGORY = "category", _("category of the first order")
    TIER = "tier", _("tier now")
    MONTH = "month", _("month of the first order")


class OfGroup(models.Model):
    """A row about one group: the customers with that value in that dimension."""

    dimension = models.CharField(_("told apart by"), max_length=10, choices=CohortDimension.choices)
    value = models.CharField(_("group"), max_length=200, blank=True, help_text=_("Empty: not known, or everybody"))

    class Meta:
        abstract = True


class CohortGroup(OfGroup):
    """When the customers of a group bought again, and how many orders they came to."""

    customers = models.PositiveIntegerField(_("customers"))
    orders = models.PositiveIntegerField(_("orders"))
    revenue = models.BigIntegerField(_("revenue"), help_text=_("won"))
    bought_again = ArrayField(
        models.PositiveIntegerField(),
        verbose_name=_("bought again"),
        help_text=_("Customers by the days from the first order to the second, from 0 on"),
    )
    not_yet = ArrayField(
        models.PositiveIntegerField(),
        verbose_name=_("not yet"),
        help_text=_("Customers with one order by the days since, from 0 on"),
    )
    reached = ArrayField(
        models.PositiveIntegerField(),
        verbose_name=_("reached"),
        help_text=_("Customers with so many orders or more, from 1 on"),
    )

    class Meta:
        verbose_name = _("group of first-time buyers")
        verbose_name_plural = _("groups of first-time buyers")
        constraints = [models.UniqueConstraint(fields=["dimension", "value"], name="cohort_group_once")]

    def __str__(self) -> str:
        return f"{self.dimension} {self.value}"


class CohortCell(OfGroup):
    """What the first-time buyers of a month (KST) bought so many calendar months later."""

    cohort = models.DateField(_("month of the first order"), help_text=_("Its first day"))
    age = models.PositiveSmallIntegerField(_("months since"))
    customers = models.PositiveIntegerField(_("customers who bought"))
    orders = models.PositiveIntegerField(_("orders"))
    revenue = models.BigIntegerField(_("revenue"), help_text=_("won"))

    class Meta:
        verbose_name = _("cohort cell")
        verbose_name_plural = _("cohort cells")
        constraints = [models.UniqueConstraint(fields=["dimension", "value", "cohort", "age"], name="cohort_cell_once")]

    def __str__(self) -> str:
        return f"{self.dimension} {self.value} {self.cohort:%Y-%m} +{self.age}"


class CohortRebuild(models.Model):
    """One run that counted the tables above anew."""

    first_month = models.DateField(_("earliest cohort"))
    last_day = models.DateField(_("last day counted"), help_text=_("KST"))
    finished_at = models.DateTimeField(_("finished at"))
    customers = models.PositiveIntegerField(_("customers"))

    class Meta:
        verbose_name = _("count of the cohorts")
        verbose_name_plural = _("counts of the cohorts")
        get_latest_by = "finished_at"

    def __str__(self) -> str:
        return f"{self.finished_at:%Y-%m-%d %H:%M}"
