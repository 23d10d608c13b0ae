"""What staff wrote about a customer."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class CustomerNote(models.Model):
    """A short note by one of the staff, for the others."""

    customer = models.ForeignKey(
        "customers.Customer", models.PROTECT, verbose_name=_("customer"), related_name="notes", db_index=False
    )
    text = models.CharField(_("note"), max_length=1000)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("written by"), related_name="+")
    written_at = models.DateTimeField(_("written at"), db_default=Now())

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        indexes = [models.Index(fields=["customer", "-written_at"], name="note_of_customer")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.written_at:%Y-%m-%d}"
