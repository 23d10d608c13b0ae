"""Adjustments of points that one person alone may not book: asked for, and agreed to or refused by a second one."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from loyalty.models.ledger import Transaction
from loyalty.models.points import Account


class AskedAdjustment(models.Model):
    """Points to give or take, as somebody asked for them; nothing is booked until another person agrees.

    Written by `loyalty/adjustments/asking.py` only; decided once.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("adjustment", "waits for a second person")
        AGREED = "agreed", pgettext_lazy("adjustment", "agreed and booked")
        REFUSED = "refused", pgettext_lazy("adjustment", "refused")
        WITHDRAWN = "withdrawn", pgettext_lazy("adjustment", "taken back")

    account = models.ForeignKey(
        Account, models.PROTECT, verbose_name=_("points account"), related_name="asked_adjustments"
    )
    points = models.BigIntegerField(_("points"))
    reason = models.CharField(_("reason"), max_length=20, choices=Transaction.Reason)
    note = models.CharField(_("note"), max_length=500)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.WAITING)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("asked by"), related_name="+", db_index=False
    )
    asked_at = models.DateTimeField(_("asked at"), db_default=Now(), editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("decided by"),
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decision_note = models.CharField(_("note on the decision"), max_length=300, blank=True)
    booked = models.OneToOneField(
        Transaction, models.PROTECT, verbose_name=_("booked as"), null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("adjustment to agree to")
        verbose_name_plural = _("adjustments to agree to")
        indexes = [
            models.Index(fields=["asked_at"], name="adjustments_waiting", condition=Q(status="waiting")),
            models.Index(fields=["-decided_at"], name="adjustments_decided", condition=~Q(status="waiting")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["account"], name="one_adjustment_waits_for_an_account", condition=Q(status="waiting")
            ),
            models.CheckConstraint(condition=~Q(points=0), name="asked_adjustment_moves_points"),
            models.CheckConstraint(
                condition=Q(status="waiting", decided_by=None, decided_at=None)
                | (~Q(status="waiting") & Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="decided_adjustment_names_who_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["agreed", "refused"]) | ~Q(decided_by=F("asked_by")),
                name="nobody_decides_their_own_adjustment",
            ),
            models.CheckConstraint(
                condition=Q(status="agreed", booked__isnull=False) | (~Q(status="agreed") & Q(booked=None)),
                name="agreed_adjustment_is_booked",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.points:+} {self.status}"
