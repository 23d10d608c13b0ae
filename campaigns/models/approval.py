"""What the second person decided, and about exactly what."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Approval(models.Model):
    """One decision. It holds while the campaign's fingerprint is still the one that was seen."""

    class Decision(models.TextChoices):
        REQUESTED = "requested", _("review requested")
        # Where two must agree: the first has; it releases nothing.
        FIRST = "first", _("approved by the first of two")
        APPROVED = "approved", _("approved")
        RETURNED = "returned", _("returned")
        REVOKED = "revoked", _("approval revoked")

    campaign = models.ForeignKey(
        "campaigns.Campaign", models.CASCADE, verbose_name=_("campaign"), related_name="approvals"
    )
    decision = models.CharField(_("decision"), max_length=10, choices=Decision.choices)
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    # What the fingerprint was made of, to show what changed since.
    content = models.JSONField(_("what was decided on"), default=dict)
    waterfall = models.JSONField(_("counts at that time"), default=list)
    cost = models.PositiveBigIntegerField(_("expected cost"), default=0, help_text=_("won"))
    note = models.TextField(_("note"), blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("by"), related_name="+")
    decided_at = models.DateTimeField(_("at"), db_default=Now())

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.decision
