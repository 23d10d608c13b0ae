"""Goods that may not be advertised, whoever agreed to what (L-15)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class RestrictedCategory(models.Model):
    """A kind of goods whose sale is prohibited. One person enters it; to lift it takes two."""

    name = models.CharField(_("kind of goods"), max_length=100, help_text=_("A product category, or a word for it"))
    reason = models.CharField(_("why"), max_length=300)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("entered by"), editable=False, related_name="+"
    )
    added_at = models.DateTimeField(_("entered at"), db_default=Now(), editable=False)
    lift_reason = models.CharField(_("why it may be lifted"), max_length=300, blank=True, editable=False)
    lift_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("lifting asked for by"),
        null=True,
        editable=False,
        related_name="+",
    )
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("lifted by"),
        null=True,
        editable=False,
        related_name="+",
    )
    lifted_at = models.DateTimeField(_("lifted at"), null=True, editable=False)

    class Meta:
        verbose_name = _("restricted category")
        verbose_name_plural = _("restricted categories")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=Q(lifted_at=None), name="restricted_once"),
            models.CheckConstraint(
                condition=Q(lifted_at=None)
                | (Q(lift_asked_by__isnull=False, lifted_by__isnull=False) & ~Q(lifted_by=F("lift_asked_by"))),
                name="restriction_lifted_by_two",
            ),
        ]
        permissions = [("lift_restrictedcategory", _("Can lift restricted categories"))]

    def __str__(self) -> str:
        return self.name
