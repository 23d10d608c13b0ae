"""What the links and pictures of a campaign answered when they were asked."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class CheckedAddress(models.Model):
    """A link or a picture of a campaign's content. `campaigns/review/link_check.py` is the only writer."""

    class Verdict(models.TextChoices):
        """What became of asking. `WAITING`: not asked yet."""

        WAITING = "waiting", _("not asked yet")
        ALIVE = "alive", _("answers")
        MISSING = "missing", _("not found")
        REFUSED = "refused", _("answers with an error")
        SILENT = "silent", _("does not answer in time")
        UNREACHABLE = "unreachable", _("cannot be reached")
        CERTIFICATE = "certificate", _("its certificate is not valid")
        NO_PICTURE = "no_picture", _("is no picture")
        INTERNAL = "internal", _("leads into an internal network")

    campaign = models.ForeignKey(
        "campaigns.Campaign", models.CASCADE, verbose_name=_("campaign"), related_name="checked_addresses"
    )
    url = models.CharField(_("address"), max_length=2000)
    is_image = models.BooleanField(_("picture"), default=False)
    verdict = models.CharField(_("answer"), max_length=12, choices=Verdict.choices, default=Verdict.WAITING)
    status = models.PositiveSmallIntegerField(_("HTTP status"), null=True)
    milliseconds = models.PositiveIntegerField(_("milliseconds"), null=True)
    checked_at = models.DateTimeField(_("asked at"), null=True)

    class Meta:
        verbose_name = _("checked address")
        verbose_name_plural = _("checked addresses")
        ordering = ["is_image", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict="waiting") | Q(checked_at__isnull=False), name="address_asked_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return self.url

    @property
    def is_well(self) -> bool:
        """Tell whether a reader would see what is meant."""
        return self.verdict == self.Verdict.ALIVE
