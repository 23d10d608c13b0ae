"""A member's points account, and where points can be."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from loyalty.models.program import Program


class Bucket(models.TextChoices):
    """Where points can be: the four of a member, and those of the program that nobody owns."""

    AVAILABLE = "available", pgettext_lazy("points", "Available")
    PENDING = "pending", pgettext_lazy("points", "Pending")
    HELD = "held", pgettext_lazy("points", "Held")
    DEBT = "debt", pgettext_lazy("points", "Return adjustment")
    ISSUED = "issued", pgettext_lazy("points", "Issued")
    REDEEMED = "redeemed", pgettext_lazy("points", "Redeemed")
    EXPIRED = "expired", pgettext_lazy("points", "Expired")
    REVERSED = "reversed", pgettext_lazy("points", "Taken back")
    ADJUSTED = "adjusted", pgettext_lazy("points", "Adjusted")
    TRANSFERRED = "transferred", pgettext_lazy("points", "Moved between accounts")


MEMBER_BUCKETS = (Bucket.AVAILABLE, Bucket.PENDING, Bucket.HELD, Bucket.DEBT)


class Account(models.Model):
    """A member's points: numbers kept beside the entries, locked first by whoever books."""

    class Status(models.TextChoices):
        OPEN = "open", pgettext_lazy("points account", "Open")
        FROZEN = "frozen", pgettext_lazy("points account", "Frozen")
        CLOSED = "closed", pgettext_lazy("points account", "Closed")

    program = models.ForeignKey(Program, models.PROTECT, verbose_name=_("points program"), related_name="accounts")
    customer = models.ForeignKey(
        "customers.Customer", models.PROTECT, verbose_name=_("customer"), related_name="points_accounts"
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN, db_default=Status.OPEN)
    available = models.BigIntegerField(pgettext_lazy("points", "available"), default=0, db_default=0)
    pending = models.BigIntegerField(pgettext_lazy("points", "pending"), default=0, db_default=0)
    held = models.BigIntegerField(pgettext_lazy("points", "held"), default=0, db_default=0)
    debt = models.BigIntegerField(_("return adjustment"), default=0, db_default=0)
    lifetime_earned = models.BigIntegerField(_("earned in all"), default=0, db_default=0)
    last_seq = models.BigIntegerField(_("last entry"), default=0, db_default=0)
    due_at = models.DateTimeField(
        _("next due"),
        null=True,
        blank=True,
        help_text=_("Not later than the next expiry, activation or end of a hold"),
    )
    merged_into = models.ForeignKey(
        "self", models.PROTECT, verbose_name=_("merged into"), null=True, blank=True, related_name="merged_accounts"
    )
    opened_at = models.DateTimeField(_("opened at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("points account")
        verbose_name_plural = _("points accounts")
        permissions = [
            ("adjust_points", _("Can adjust points")),
            ("approve_adjustment", _("Can approve a large adjustment of points")),
            ("freeze_account", _("Can freeze a points account")),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="account_due", condition=Q(due_at__isnull=False)),
            models.Index(fields=["-available"], name="account_by_balance"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["program", "customer"], name="account_once_per_customer"),
            models.CheckConstraint(
                condition=Q(available__gte=0, pending__gte=0, held__gte=0, debt__gte=0), name="points_never_negative"
            ),
            models.CheckConstraint(condition=Q(debt=0) | Q(available=0), name="debt_leaves_nothing_available"),
            models.CheckConstraint(
                condition=Q(merged_into=None) | Q(available=0, pending=0, held=0, debt=0, status="closed"),
                name="merged_account_is_empty",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.program_id}/{self.pk}"
