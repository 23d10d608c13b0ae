"""What a customer allowed: an append-only ledger, the state it adds up to, and the words they agreed to.

Written by `customers/consent/` only.
"""

from datetime import UTC, datetime

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
    """What is allowed, each asked by itself (P-01, P-03): marketing use, to receive advertising, and that at night."""

    MARKETING_USE = "marketing_use", _("marketing use of personal data")
    AD_RECEIVE = "ad_receive", _("receive advertising")
    AD_NIGHT = "ad_night", _("receive advertising at night")


# What stands for "nobody knows when": before every word with a date, so that it loses to any of them (I-08).
UNDATED = datetime(1000, 1, 1, tzinfo=UTC)


class ConsentTerms(models.Model):
    """What both tables say: who, for what, over which channel. `channel` is empty for marketing use."""

    # Each table has an index of its own that begins with the customer.
    customer = models.ForeignKey("customers.Customer", models.PROTECT, verbose_name=_("customer"), db_index=False)
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
        OPT_OUT_LINE = "080", _("080 opt-out number")
        IMPORT = "import", _("import")
        API = "api", _("API")
        LINK = "link", _("link in a message")
        STAFF = "staff", _("staff")

    action = models.CharField(_("action"), max_length=10, choices=Action.choices)
    occurred_at = models.DateTimeField(_("said at"), help_text=_("When the customer said it"))
    is_undated = models.BooleanField(
        _("date unknown"), default=False, db_default=False, help_text=_("Said before any consent with a date (I-08)")
    )
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
        permissions = [("export_consent_evidence", _("Can export the consent ledger as evidence"))]
        ordering = ["-occurred_at", "-id"]
        indexes = [models.Index(fields=["customer", "-occurred_at"], name="consent_entry_customer")]
        constraints = [
            # The same expression imported twice is one entry.
            models.UniqueConstraint(
                fields=["customer", "purpose", "channel", "action", "occurred_at"], name="consent_said_once"
            ),
            models.CheckConstraint(
                condition=models.Q(is_undated=False, occurred_at__gt=UNDATED)
                | (models.Q(is_undated=True, occurred_at=UNDATED, action="granted") & ~models.Q(evidence={})),
                name="undated_consent_is_a_grant_with_evidence",
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
    reconfirm_by = models.DateField(
        _("re-confirm by"),
        null=True,
        blank=True,
        help_text=_("The last day on which the consent counts without a re-confirmation (L-13)"),
    )
    entry = models.ForeignKey(ConsentEntry, models.PROTECT, verbose_name=_("ledger entry"), related_name="+")

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        indexes = [
            models.Index(fields=["reconfirm_by"], name="consent_reconfirm_by", condition=models.Q(is_granted=True)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "purpose", "channel"],
                name="consent_state_once",
                include=["is_granted", "reconfirm_by"],
            ),
            models.CheckConstraint(
                condition=models.Q(is_granted=False)
                | models.Q(purpose=Purpose.MARKETING_USE)
                | models.Q(reconfirm_by__isnull=False),
                name="granted_advertising_has_its_reconfirmation_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.channel}"


class ConsentWording(models.Model):
    """A version of what customers read before they agree. Once published it never changes (P-02)."""

    purpose = models.CharField(_("consent to"), max_length=20, choices=Purpose.choices)
    version = models.CharField(_("version"), max_length=40, help_text=_("The ledger names it: 2026-01"))
    aim = models.TextField(_("purpose of use"), help_text=_("What the data is used for"))
    items = models.TextField(_("items used"), help_text=_("Which data: name, mobile number, e-mail, orders …"))
    retention = models.TextField(_("retention period"), help_text=_("Until when the data is kept"))
    right_to_refuse = models.TextField(
        _("right to refuse"), help_text=_("That one may refuse, and what follows from refusing")
    )
    english = models.TextField(
        _("in English"), blank=True, help_text=_("The same for readers of English, shown under the Korean")
    )
    published_at = models.DateTimeField(_("published at"), null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("published by"),
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )

    class Meta:
        verbose_name = _("consent wording")
        verbose_name_plural = _("consent wordings")
        ordering = ["purpose", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["purpose", "version"], name="wording_version_once"),
            models.CheckConstraint(
                condition=~(
                    models.Q(aim="") | models.Q(items="") | models.Q(retention="") | models.Q(right_to_refuse="")
                ),
                name="wording_tells_all_four",
            ),
        ]
        permissions = [("publish_consentwording", _("Can publish consent wordings"))]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.version}"


class PhoneOptOut(models.Model):
    """A number from which somebody called the free 080 line to refuse advertising, whoever has that number."""

    phone = models.CharField(_("phone"), max_length=20, unique=True, help_text=_("Stored as +821012345678"))
    opted_out_at = models.DateTimeField(_("called at"), help_text=_("The latest call from this number"))
    file_name = models.CharField(_("file"), max_length=200, blank=True, help_text=_("The provider's file it came in"))
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("entered by"), null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("080 opt-out")
        verbose_name_plural = _("080 opt-outs")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.pk}"
