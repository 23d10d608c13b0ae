"""Who of the staff looked at whose data (P-14)."""

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class AccessLogEntry(models.Model):
    """One look at personal data. Append-only; kept two years."""

    class Action(models.TextChoices):
        VIEW = "view", _("viewed")
        UNMASK = "unmask", _("unmasked")
        SEARCH = "search", _("searched")
        EXPORT = "export", _("exported")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("staff"), related_name="+")
    action = models.CharField(_("action"), max_length=10, choices=Action.choices)
    customer = models.ForeignKey(
        "customers.Customer", models.PROTECT, verbose_name=_("customer"), null=True, blank=True, related_name="+"
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    row_count = models.PositiveBigIntegerField(
        _("rows"), null=True, blank=True, help_text=_("How many rows an export or an answer of the API held")
    )
    until = models.DateTimeField(_("until"), null=True, blank=True, help_text=_("When an unmasking ends"))
    ip_address = models.GenericIPAddressField(_("IP address"), null=True, blank=True)
    happened_at = models.DateTimeField(_("happened at"), db_default=Now())

    class Meta:
        verbose_name = _("access log entry")
        verbose_name_plural = _("access log")
        ordering = ["-id"]
        indexes = [
            BrinIndex(fields=["happened_at"], name="access_happened"),
            models.Index(fields=["until"], condition=models.Q(until__isnull=False), name="access_unmasked_until"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.action} {self.customer_id or ''}"


class AccessReview(models.Model):
    """Somebody went over the access log of a month, as has to be done every month (P-14)."""

    month = models.DateField(_("month"), unique=True, help_text=_("Its first day"))
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("reviewed by"), related_name="+"
    )
    reviewed_at = models.DateTimeField(_("reviewed at"), db_default=Now())
    note = models.CharField(_("what was found"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("review of the access log")
        verbose_name_plural = _("reviews of the access log")
        ordering = ["-month"]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"
