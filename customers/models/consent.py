"""What a customer allowed: an append-only ledger and the state it adds up to.

Written by `customers/consent.py` only.
"""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    """The media a consent can name (L-02)."""

    EMAIL = "email", _("e-mail")
    SMS = "sms", _("text message")
    KAKAO = "kakao", _("KakaoTalk")
    PUSH = "push", _("app push")
    WEB_PUSH = "web_push", _("web push")


class Purpose(models.TextChoices):
    """What is allowed: the use of data for marketing, to receive advertising, to receive it at night (P-03)."""

    MARKETING_USE = "marketing_use", _("marketing use of personal data")
    AD_RECEIVE = "ad_receive", _("receive advertising")
    AD_NIGHT = "ad_night", _("receive advertising at night")


class ConsentTerms(models.Model):
    """What both tables say: who, for what, over which channel. `channel` is empty for marketing use."""

    customer = models.ForeignKey("customers.Customer", models.PROTECT, verbose_name=_("customer"))
    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose.choices)
    channel = models.CharField(_("channel"), max_length=20, choices=Channel.choices, blank=True)

    class Meta:
        abstract = True


class ConsentEntry(ConsentTerms):
    """One thing a customer said about consent. Never changed, never deleted (P-04)."""

    class Action(models.TextChoices):
        GRANTED = "granted", _("granted")
        WITHDRAWN = "withdrawn", _("withdrawn")
        CONFIRMED = "confirmed", _("confirmed")

    class Method(models.TextChoices):
        WEB = "web", _("website")
        APP = "app", _("app")
        STORE = "store", _("store")
        CALL = "call", _("phone call")
        IMPORT = "import", _("import")
        API = "api", _("API")
        LINK = "link", _("link in a message")
        STAFF = "staff", _("staff")

    action = models.CharField(_("action"), max_length=10, choices=Action.choices)
    occurred_at = models.DateTimeField(_("said at"), help_text=_("When the customer said it"))
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)
    method = models.CharField(_("said by way of"), max_length=10, choices=Method.choices)
    wording_version = models.CharField(_("wording version"), max_length=40, blank=True)
    evidence = models.JSONField(_("evidence"), default=dict, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("entered by"), null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("consent entry")
        verbose_name_plural = _("consent ledger")
        ordering = ["-occurred_at", "-id"]
        indexes = [models.Index(fields=["customer", "-occurred_at"], name="consent_entry_customer")]
        constraints = [
            # The same expression imported twice is one entry.
            models.UniqueConstraint(
                fields=["customer", "purpose", "channel", "action", "occurred_at"], name="consent_said_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.channel} {self.action}"


class ConsentState(ConsentTerms):
    """What holds now. Absence of a row means no consent (L-01)."""

    is_granted = models.BooleanField(_("granted"))
    since = models.DateTimeField(_("since"), help_text=_("When the customer said it"))
    confirmed_at = models.DateTimeField(
        _("confirmed at"), null=True, blank=True, help_text=_("The last grant or two-year confirmation (L-13)")
    )
    entry = models.ForeignKey(ConsentEntry, models.PROTECT, verbose_name=_("ledger entry"), related_name="+")

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "purpose", "channel"],
                name="consent_state_once",
                include=["is_granted", "confirmed_at"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.channel}"
