"""What stands out in the bookings of staff, for an administrator to look at."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class StaffAlert(models.Model):
    """Somebody's bookings of one day stand out by a rule. It accuses nobody: a person looks and writes what it was.

    Written by `loyalty/staff_alerts/` only, once for a rule, person, member and day.
    """

    class Rule(models.TextChoices):
        OWN_ACCOUNT = "own_account", _("on their own account")
        MANY_ADJUSTMENTS = "many_adjustments", _("many adjustments by hand")
        USED_AFTER_ADJUSTMENT = "used_after_adjustment", _("used soon after an adjustment")
        QUICK_USES = "quick_uses", _("used right after a look-up without the whole number")
        MANY_CANCELS = "many_cancels", _("many cancels")
        ONE_MEMBER = "one_member", _("many receipts for one member")
        NO_SALE = "no_sale", _("earned without a sale")
        IDLE_LOOKUPS = "idle_lookups", _("many look-ups, few bookings")

    rule = models.CharField(_("what stands out"), max_length=24, choices=Rule)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("person"), related_name="+", db_index=False
    )
    customer = models.ForeignKey(
        "customers.Customer", models.PROTECT, verbose_name=_("customer"), null=True, blank=True, related_name="+"
    )
    day = models.DateField(_("day"))
    times = models.PositiveIntegerField(_("how often"))
    out_of = models.PositiveIntegerField(_("of"), default=0)
    points = models.PositiveBigIntegerField(_("points"), default=0)
    found_at = models.DateTimeField(_("found at"), db_default=Now(), editable=False)
    looked_at = models.DateTimeField(pgettext_lazy("alert", "looked at"), null=True, blank=True)
    looked_at_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=pgettext_lazy("alert", "looked at by"),
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    note = models.CharField(pgettext_lazy("alert", "what it was"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("alert about bookings of staff")
        verbose_name_plural = _("alerts about bookings of staff")
        default_permissions = ("view", "change")
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "person", "customer", "day"], name="staff_alert_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(looked_at=None, looked_at_by=None, note="")
                | (Q(looked_at__isnull=False, looked_at_by__isnull=False) & ~Q(note="")),
                name="looked_at_names_who_and_what_it_was",
            ),
            models.CheckConstraint(
                condition=Q(looked_at_by=None) | ~Q(looked_at_by=models.F("person")), name="nobody_clears_themselves"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_rule_display()}, {self.day}"
