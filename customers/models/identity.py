"""Which customers are one person: possible duplicates, and merges that can be undone.

Written by `customers/identity/` only.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class DuplicatePair(models.Model):
    """Two customers that share a phone or an e-mail, and what a person decided about them."""

    class Basis(models.TextChoices):
        PHONE_AND_EMAIL = "phone_and_email", _("same phone and e-mail")
        PHONE = "phone", _("same phone")
        EMAIL = "email", _("same e-mail")

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        DISMISSED = "dismissed", _("different people")
        MERGED = "merged", _("merged")

    first = models.ForeignKey(
        "customers.Customer",
        models.CASCADE,
        verbose_name=_("first customer"),
        related_name="+",
        db_index=False,
        help_text=_("The one with the smaller id"),
    )
    second = models.ForeignKey(
        "customers.Customer", models.CASCADE, verbose_name=_("second customer"), related_name="+"
    )
    basis = models.CharField(_("what they share"), max_length=20, choices=Basis.choices)
    is_household = models.BooleanField(
        _("same household?"), default=False, help_text=_("Their names or birthdays differ: more likely two people")
    )
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.OPEN)
    found_at = models.DateTimeField(_("found at"), db_default=Now())
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("decided by"), null=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)

    class Meta:
        verbose_name = _("possible duplicate")
        verbose_name_plural = _("possible duplicates")
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="duplicate_pair_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="duplicate_pair_in_order"),
        ]
        indexes = [models.Index(fields=["is_household", "-id"], condition=Q(status="open"), name="duplicate_pair_open")]

    def __str__(self) -> str:
        return f"{self.first_id} = {self.second_id}"


class CustomerMerge(models.Model):
    """One customer was joined to another. Holds what it takes to undo it: the ids of every row that moved."""

    kept = models.ForeignKey(
        "customers.Customer", models.PROTECT, verbose_name=_("kept customer"), related_name="merges"
    )
    merged = models.ForeignKey(
        "customers.Customer", models.PROTECT, verbose_name=_("merged customer"), related_name="merged_by"
    )
    # {field: value}: what the kept customer had before, and what was chosen from the other.
    former_values = models.JSONField(_("values before"), default=dict)
    chosen_values = models.JSONField(_("values taken over"), default=dict)
    # {"customers.order.customer": [ids]}
    moved = models.JSONField(_("rows that moved"), default=dict)
    pair = models.ForeignKey(
        DuplicatePair, models.SET_NULL, verbose_name=_("possible duplicate"), null=True, related_name="+"
    )
    merged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("merged by"), null=True, related_name="+"
    )
    merged_at = models.DateTimeField(_("merged at"))
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("undone by"), null=True, related_name="+"
    )
    undone_at = models.DateTimeField(_("undone at"), null=True)

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["merged"], condition=Q(undone_at=None), name="customer_merged_once"),
        ]

    def __str__(self) -> str:
        return f"{self.merged_id} → {self.kept_id}"
