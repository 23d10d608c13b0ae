"""What a shop platform calls us with: the address it calls, every delivery, and how new what it told us is.

Written by `customers/platforms/` only.
"""

import secrets

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Platform(models.TextChoices):
    """The shop platforms whose calls are understood."""

    CAFE24 = "cafe24", "Cafe24"
    SHOPIFY = "shopify", "Shopify"


def new_public_key() -> str:
    """Return the unguessable part of an endpoint's address."""
    return secrets.token_urlsafe(16)


class WebhookEndpoint(models.Model):
    """An address that one shop on one platform calls. Its secret is stored sealed and never shown again."""

    public_key = models.CharField(_("address key"), max_length=40, unique=True, default=new_public_key, editable=False)
    name = models.CharField(_("name"), max_length=100, help_text=_("Which shop calls it, for example “Main mall”."))
    platform = models.CharField(_("platform"), max_length=20, choices=Platform.choices)
    source = models.CharField(
        _("source"),
        max_length=40,
        default="shop",
        help_text=_("The source that its customers and orders are stored under. Use the same one as for its files."),
    )
    is_active = models.BooleanField(_("active"), default=True, help_text=_("An inactive address refuses every call."))
    sealed_secret = models.TextField(editable=False)
    # The platform may go on signing with the former secret for a while.
    sealed_former_secret = models.TextField(blank=True, editable=False)
    former_secret_until = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    last_delivery_at = models.DateTimeField(_("last delivery"), null=True, editable=False)

    class Meta:
        verbose_name = _("webhook address")
        verbose_name_plural = _("webhook addresses")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class WebhookDelivery(models.Model):
    """One call of a platform. Its body is personal data: it is deleted after some days, the row stays longer."""

    class State(models.TextChoices):
        RECEIVED = "received", _("Waits")
        DONE = "done", _("Taken in")
        OUTDATED = "outdated", _("Older than what is stored")
        TO_FETCH = "to_fetch", _("To be fetched by hand")
        UNKNOWN = "unknown", _("Unknown topic")
        RETRYING = "retrying", _("Failed, tries again")
        FAILED = "failed", _("Failed")

    # What a job still has to look at.
    OPEN = (State.RECEIVED, State.RETRYING)
    # What a person may have looked at once more.
    RETRIABLE = (State.FAILED, State.RETRYING, State.UNKNOWN)

    endpoint = models.ForeignKey(
        WebhookEndpoint, models.PROTECT, verbose_name=_("webhook address"), related_name="deliveries", db_index=False
    )
    delivery_id = models.CharField(_("delivery number"), max_length=100, help_text=_("The platform's own"))
    topic = models.CharField(_("topic"), max_length=100)
    body = models.TextField(_("body"), blank=True, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.RECEIVED)
    # Numbers of orders or customers: what was changed, or what somebody has to fetch.
    references = models.JSONField(_("concerns"), default=list, blank=True)
    note = models.TextField(_("what came of it"), blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True)
    received_at = models.DateTimeField(_("received at"), db_default=Now())
    handled_at = models.DateTimeField(_("handled at"), null=True)

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        ordering = ["-id"]
        permissions = [("retry_webhookdelivery", _("Can have a webhook delivery looked at again"))]
        constraints = [models.UniqueConstraint(fields=["endpoint", "delivery_id"], name="webhook_delivery_once")]
        indexes = [
            models.Index(
                fields=["next_attempt_at", "id"],
                condition=models.Q(state__in=["received", "retrying"]),
                name="webhook_delivery_open",
            ),
            models.Index(fields=["received_at"], name="webhook_delivery_received"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.delivery_id}"


class PlatformVersion(models.Model):
    """How new what a platform told us about one of its records is, so that an older state never overwrites it."""

    class Kind(models.TextChoices):
        CUSTOMER = "customer", _("customer")
        ORDER = "order", _("order")
        PRODUCT = "product", _("product")

    source = models.CharField(_("source"), max_length=40)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    external_id = models.CharField(_("number"), max_length=100)
    updated_at = models.DateTimeField(_("changed on the platform at"))
    # Where the platform dates nothing but the order itself: how far the order has come.
    stage = models.PositiveSmallIntegerField(_("stage"), default=0)

    class Meta:
        verbose_name = _("version on the platform")
        verbose_name_plural = _("versions on the platform")
        constraints = [
            models.UniqueConstraint(fields=["source", "kind", "external_id"], name="platform_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.external_id}"
