"""Pictures that go with text messages."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class MessagePicture(models.Model):
    """A JPEG, named by its content, so that what was approved is what is sent. Kept small enough to lie here (G-04)."""

    name = models.CharField(_("name"), max_length=40, unique=True, editable=False)
    title = models.CharField(_("title"), max_length=100)
    content = models.BinaryField(_("content"))
    size = models.PositiveIntegerField(_("bytes"), editable=False)
    width = models.PositiveSmallIntegerField(_("width"), editable=False)
    height = models.PositiveSmallIntegerField(_("height"), editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("uploaded by"),
        null=True,
        editable=False,
        related_name="+",
    )
    uploaded_at = models.DateTimeField(_("uploaded at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.title
