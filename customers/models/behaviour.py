"""What people did on the shop's page and in its app."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Visitor(models.Model):
    """A browser or an app, joined to a customer once they identify themselves."""

    key = models.CharField(_("visitor key"), max_length=100, unique=True)
    customer = models.ForeignKey(
        "customers.Customer", models.PROTECT, verbose_name=_("customer"), null=True, blank=True, related_name="visitors"
    )
    is_shared = models.BooleanField(
        _("shared"), db_default=False, help_text=_("Several customers used it; the one named here was the last")
    )
    first_seen_at = models.DateTimeField(_("first seen at"), db_default=Now())

    class Meta:
        verbose_name = _("visitor")
        verbose_name_plural = _("visitors")

    def __str__(self) -> str:
        return self.key


class Event(models.Model):
    """One thing that somebody did. Append-only; the sender's event id says which two are the same."""

    class Kind(models.TextChoices):
        PAGE_VIEW = "page_view", _("viewed a page")
        PRODUCT_VIEW = "product_view", _("viewed a product")
        SEARCH = "search", _("searched")
        CART_ADD = "cart_add", _("added to the cart")
        CART_REMOVE = "cart_remove", _("took out of the cart")
        CHECKOUT = "checkout", _("began to pay")
        APP_OPEN = "app_open", _("opened the app")
        CUSTOM = "custom", _("own event")

    # The kinds that are a visit: the person was there, whatever they did.
    VISITS = (
        Kind.PAGE_VIEW,
        Kind.PRODUCT_VIEW,
        Kind.SEARCH,
        Kind.CART_ADD,
        Kind.CART_REMOVE,
        Kind.CHECKOUT,
        Kind.APP_OPEN,
    )

    source = models.CharField(_("source"), max_length=40, default="shop")
    external_id = models.CharField(_("event number"), max_length=100)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    customer = models.ForeignKey(
        "customers.Customer",
        models.PROTECT,
        verbose_name=_("customer"),
        null=True,
        blank=True,
        related_name="events",
        db_index=False,
    )
    visitor = models.ForeignKey(
        Visitor, models.PROTECT, verbose_name=_("visitor"), null=True, blank=True, related_name="events"
    )
    occurred_at = models.DateTimeField(_("happened at"))
    product = models.ForeignKey(
        "customers.Product",
        models.PROTECT,
        verbose_name=_("product"),
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    properties = models.JSONField(_("properties"), default=dict, blank=True)
    is_inferred = models.BooleanField(
        _("inferred"), db_default=False, help_text=_("Whose event it is was not said but follows from the visitor")
    )
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        constraints = [models.UniqueConstraint(fields=["source", "external_id"], name="event_once_per_source")]
        indexes = [
            models.Index(fields=["customer", "kind", "-occurred_at"], name="event_of_customer"),
            BrinIndex(fields=["occurred_at"], name="event_happened"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.external_id}"
