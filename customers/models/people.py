"""The customer: one person, as one source knows them."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import ExtractDay, ExtractMonth, Lower, Now, Right, Upper
from django.utils.translation import gettext_lazy as _

from customers.querysets import CustomerQuerySet


class Customer(models.Model):
    """A person the shop sells to. Contact fields are stored normalised and shown masked."""

    class Gender(models.TextChoices):
        FEMALE = "f", _("female")
        MALE = "m", _("male")

    source = models.CharField(_("source"), max_length=40, default="shop", help_text=_("The system this record is from"))
    external_id = models.CharField(_("customer number"), max_length=100)
    name = models.CharField(_("name"), max_length=200, blank=True)
    email = models.EmailField(_("e-mail"), blank=True, help_text=_("Stored in lower case"))
    phone = models.CharField(_("phone"), max_length=20, blank=True, help_text=_("Stored as +821012345678"))
    birthday = models.DateField(_("birthday"), null=True, blank=True)
    gender = models.CharField(_("gender"), max_length=1, choices=Gender.choices, blank=True)
    locale = models.CharField(_("language"), max_length=10, default="ko")
    home_store = models.ForeignKey(
        "customers.Store",
        models.SET_NULL,
        verbose_name=_("home store"),
        null=True,
        blank=True,
        related_name="customers",
    )
    # No address: a place no smaller than this says enough about which store is near.
    region = models.CharField(
        _("region"), max_length=40, blank=True, default="", db_default="", help_text=_("Province and city or district")
    )
    joined_at = models.DateTimeField(_("joined at"))
    acquisition_source = models.CharField(_("acquisition source"), max_length=60, blank=True)
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    is_demo = models.BooleanField(
        _("demo data"), default=False, help_text=_("Made-up contact details: live gateways never send to them")
    )
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        verbose_name=_("merged into"),
        null=True,
        blank=True,
        editable=False,
        related_name="merged_customers",
        db_index=False,
        help_text=_("The same person under another number; lists, segments and messages look there"),
    )
    # Set by the mapping of a marketplace's export, never by hand; an own consent clears it (I-07).
    is_marketplace_contact = models.BooleanField(
        _("contact from a marketplace"),
        default=False,
        db_default=False,
        editable=False,
        help_text=_("Given to deliver an order: no advertising until the customer agrees with us"),
    )
    erased_at = models.DateTimeField(_("erased at"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="customer_once_per_source"),
        ]
        indexes = [
            models.Index(Lower("email"), name="customer_email"),
            models.Index(fields=["phone"], name="customer_phone"),
            models.Index(Right("phone", 4), condition=~Q(phone=""), name="customer_phone_end"),
            models.Index(fields=["joined_at"], name="customer_joined"),
            models.Index(
                ExtractMonth("birthday"),
                ExtractDay("birthday"),
                condition=Q(birthday__isnull=False),
                name="customer_birthday",
            ),
            models.Index(fields=["merged_into"], condition=Q(merged_into__isnull=False), name="customer_merged"),
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="customer_name_trigram"),
        ]
        permissions = [
            ("view_personal_data", _("Can see names, phones and e-mails unmasked")),
            ("export_customers", _("Can export customers")),
            ("merge_customers", _("Can merge customers that are one person, and undo it")),
        ]

    def __str__(self) -> str:
        return self.external_id
