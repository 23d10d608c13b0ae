"""The shop's web pages that report what their visitors do, and what they reported a moment ago.

Written by `customers/web_events/` only.
"""

import secrets

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


def new_site_key() -> str:
    """Return the public name of a site, as it stands in the page's source."""
    return secrets.token_urlsafe(12)


class TrackedSite(models.Model):
    """A web shop with the tracker in its pages. Its secret signs who a visitor is; it is stored sealed."""

    class Refusal(models.TextChoices):
        ORIGIN = "origin", _("from an address that is not allowed")
        IDENTITY = "identity", _("with a customer number that was not signed, or wrongly")
        UNREADABLE = "unreadable", _("that could not be read")
        TOO_OFTEN = "too_often", _("too often from one address")

    public_key = models.CharField(_("site key"), max_length=24, unique=True, default=new_site_key, editable=False)
    name = models.CharField(_("name"), max_length=100, help_text=_("Which shop it is, for example “Main mall”."))
    source = models.CharField(
        _("source"),
        max_length=40,
        default="shop",
        help_text=_("The source of the customers and products that its pages show. Use the same one as for orders."),
    )
    allowed_origins = ArrayField(
        models.CharField(max_length=200),
        verbose_name=_("addresses of the shop"),
        help_text=_("One a line, such as https://www.shop.example. Calls from the pages of others are refused."),
    )
    asks_first = models.BooleanField(
        _("waits for consent"),
        default=True,
        help_text=_("The tracker does and stores nothing until the page says that the visitor agreed."),
    )
    is_active = models.BooleanField(_("active"), default=True, help_text=_("Calls of an inactive site are refused."))
    sealed_secret = models.TextField(editable=False)
    # Pages that stand in a cache still carry what the former secret signed.
    sealed_former_secret = models.TextField(blank=True, editable=False)
    former_secret_until = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    last_event_at = models.DateTimeField(_("last event"), null=True, editable=False)
    last_event = models.CharField(_("what it was"), max_length=200, blank=True, editable=False)
    last_refused_at = models.DateTimeField(_("last refused"), null=True, editable=False)
    last_refusal = models.CharField(_("why"), max_length=10, choices=Refusal.choices, blank=True, editable=False)
    last_refused_origin = models.CharField(_("whence"), max_length=200, blank=True, editable=False)

    class Meta:
        verbose_name = _("web tracker")
        verbose_name_plural = _("web trackers")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class WebArrival(models.Model):
    """Events of one call, checked and not taken in yet; deleted with that. One that cannot be stays, with the cause."""

    site = models.ForeignKey(TrackedSite, models.PROTECT, verbose_name=_("web tracker"), db_index=False)
    records = models.TextField(_("events"))
    arrived_at = models.DateTimeField(_("arrived at"), db_default=Now())
    failure = models.CharField(_("why it could not be taken in"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("events that arrived")
        verbose_name_plural = _("events that arrived")
        indexes = [models.Index(fields=["id"], condition=models.Q(failure=""), name="web_arrival_waits")]

    def __str__(self) -> str:
        return f"{self.site_id} {self.arrived_at}"
