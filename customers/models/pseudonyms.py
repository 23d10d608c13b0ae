"""For what people's data is used as pseudonyms: the record that the law wants beside each such file (P-12).

Written by `customers/privacy/pseudonyms.py` only.
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.privacy import ExportRequest


class PseudonymUse(models.Model):
    """What an export of pseudonyms is for, what is in it, who has it and until when; kept after its destruction."""

    class Purpose(models.TextChoices):
        STATISTICS = "statistics", _("statistics")
        RESEARCH = "research", _("scientific research")
        RECORDS = "records", _("record keeping in the public interest")

    export = models.OneToOneField(
        ExportRequest, models.PROTECT, verbose_name=_("export"), primary_key=True, related_name="pseudonym_use"
    )
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose.choices)
    items = ArrayField(models.CharField(max_length=60), verbose_name=_("items of data"))
    recipient = models.CharField(_("recipient"), max_length=120, blank=True)
    used_until = models.DateField(_("used until"))
    destroyed_on = models.DateField(_("destroyed on"), null=True)
    destroyed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("destruction recorded by"), null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("use of pseudonyms")
        verbose_name_plural = _("uses of pseudonyms")
        permissions = [("export_pseudonyms", _("Can export people as pseudonyms, for analysis"))]

    def __str__(self) -> str:
        return str(self.pk)
