"""What waits in the shop's app or site for a customer to come by (L-26)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class InAppMessage(models.Model):
    """A message as one customer sees it, from when until when, and how often it was shown."""

    class Layout(models.TextChoices):
        BANNER = "banner", _("banner")
        MODAL = "modal", _("window in the middle")

    message = models.OneToOneField(
        "campaigns.Message", models.PROTECT, verbose_name=_("message"), related_name="in_app"
    )
    customer = models.ForeignKey(
        "customers.Customer",
        models.PROTECT,
        verbose_name=_("customer"),
        related_name="in_app_messages",
        db_index=False,
    )
    layout = models.CharField(_("form"), max_length=10, choices=Layout.choices)
    title = models.CharField(_("title"), max_length=300, blank=True)
    body = models.TextField(_("text"), blank=True)
    button = models.CharField(_("button"), max_length=100, blank=True)
    url = models.CharField(_("link"), max_length=2000, blank=True)
    image_url = models.CharField(_("picture"), max_length=2000, blank=True)
    priority = models.PositiveSmallIntegerField(_("priority"), default=50)
    starts_at = models.DateTimeField(_("shown from"))
    ends_at = models.DateTimeField(_("shown until"))
    most_views = models.PositiveSmallIntegerField(_("shown at most"), help_text=_("times"))
    hours_between = models.PositiveSmallIntegerField(_("hours between"), default=0)
    # What the app reported; computed from the hits.
    views = models.PositiveIntegerField(_("shown"), default=0)
    last_viewed_at = models.DateTimeField(_("last shown at"), null=True)
    closed_at = models.DateTimeField(_("clicked or closed at"), null=True)

    class Meta:
        verbose_name = _("in-app message")
        verbose_name_plural = _("in-app messages")
        indexes = [
            models.Index(fields=["customer", "-priority"], condition=Q(closed_at__isnull=True), name="in_app_waiting"),
            models.Index(fields=["ends_at"], name="in_app_ends"),
        ]

    def __str__(self) -> str:
        return f"{self.layout} {self.message_id}"
