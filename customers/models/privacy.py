"""What the law on personal data asks to be kept in writing: exports, requests of people, erasures, processors (PIPA).

Written by `customers/privacy/` only.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class ExportRequest(models.Model):
    """Somebody wants personal data as a file: asked with a reason, approved by a second person, deleted when old."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("waits for approval")
        REFUSED = "refused", _("refused")
        QUEUED = "queued", _("being made")
        READY = "ready", _("ready to download")
        FAILED = "failed", _("failed")
        EXPIRED = "expired", _("file deleted")

    kind = models.CharField(_("what"), max_length=40, help_text=_("The name of a registered export"))
    parameters = models.JSONField(_("selection"), default=dict, blank=True, help_text=_("Ids and dates only"))
    reason = models.CharField(_("reason"), max_length=300)
    is_unmasked = models.BooleanField(_("unmasked"), default=False)
    row_count = models.PositiveBigIntegerField(_("rows"), default=0)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.WAITING)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("asked by"), related_name="+")
    asked_at = models.DateTimeField(_("asked at"), db_default=Now())
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("decided by"), null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decision_note = models.CharField(_("note of the decision"), max_length=300, blank=True)
    file_name = models.CharField(_("file"), max_length=100, blank=True)
    made_at = models.DateTimeField(_("made at"), null=True, blank=True)
    expires_at = models.DateTimeField(_("deleted at the latest"), null=True, blank=True)
    download_count = models.PositiveIntegerField(_("downloads"), default=0)
    failure = models.CharField(_("why it failed"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ["-id"]
        permissions = [("approve_export", _("Can approve exports of personal data"))]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=models.F("asked_by")), name="export_decided_by_another"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class ExportedCustomer(models.Model):
    """A customer who is in an export: whose data left, for the access log (P-14)."""

    export = models.ForeignKey(
        ExportRequest, models.CASCADE, verbose_name=_("export"), related_name="people", db_index=False
    )
    customer = models.ForeignKey("customers.Customer", models.PROTECT, verbose_name=_("customer"), related_name="+")

    class Meta:
        verbose_name = _("exported customer")
        verbose_name_plural = _("exported customers")
        constraints = [models.UniqueConstraint(fields=["export", "customer"], name="exported_once")]

    def __str__(self) -> str:
        return f"{self.export_id} {self.customer_id}"


class SubjectRequest(models.Model):
    """A person asks what is stored, or to have it corrected, erased or used no more; due in ten days (P-05)."""

    class Kind(models.TextChoices):
        ACCESS = "access", _("access")
        CORRECT = "correct", _("correction")
        ERASE = "erase", _("erasure")
        STOP = "stop", _("stop processing")

    class Origin(models.TextChoices):
        STAFF = "staff", _("taken by staff")
        WEBHOOK = "webhook", _("from the shop's platform")
        CUSTOMER = "customer", _("by the customer")

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        DONE = "done", _("done")
        REFUSED = "refused", _("refused")

    kind = models.CharField(_("asks for"), max_length=10, choices=Kind.choices)
    customer = models.ForeignKey(
        "customers.Customer",
        models.PROTECT,
        verbose_name=_("customer"),
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Empty where nobody here is the person who asks"),
    )
    origin = models.CharField(_("how it came"), max_length=10, choices=Origin.choices, default=Origin.STAFF)
    reference = models.CharField(
        _("reference"), max_length=120, blank=True, help_text=_("The sender's number of the request, which comes once")
    )
    details = models.TextField(_("what was said"), max_length=2_000, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.OPEN)
    received_at = models.DateTimeField(_("received at"))
    due_on = models.DateField(_("due on"))
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("opened by"), null=True, blank=True, related_name="+"
    )
    outcome = models.TextField(_("outcome"), max_length=2_000, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("closed by"), null=True, blank=True, related_name="+"
    )
    notified_at = models.DateTimeField(_("person told at"), null=True, blank=True)
    notified_how = models.CharField(_("person told by way of"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("request of a person")
        verbose_name_plural = _("requests of people")
        ordering = ["status", "due_on", "id"]
        permissions = [
            ("erase_customers", _("Can erase customers, which nothing brings back")),
            ("handle_subject_requests", _("Can open and answer requests of people about their data")),
        ]
        indexes = [models.Index(fields=["due_on"], condition=Q(status="open"), name="subject_request_due")]
        constraints = [
            models.UniqueConstraint(
                fields=["origin", "kind", "reference"], condition=~Q(reference=""), name="subject_request_once"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class ErasedContact(models.Model):
    """A keyed hash of a phone, an e-mail or a customer number of an erased person, so that no import revives them."""

    class Kind(models.TextChoices):
        PHONE = "phone", _("phone")
        EMAIL = "email", _("e-mail")
        NUMBER = "number", _("customer number")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    digest = models.BinaryField(_("HMAC-SHA256"), max_length=32)
    erased_at = models.DateTimeField(_("erased at"), db_default=Now())

    class Meta:
        verbose_name = _("erased contact")
        verbose_name_plural = _("erased contacts")
        constraints = [models.UniqueConstraint(fields=["digest", "kind"], name="erased_contact_once")]

    def __str__(self) -> str:
        return self.kind


class LegalPerson(models.Model):
    """The legal store: who an erased customer was, apart from everything else, while a law wants it kept (P-06)."""

    key = models.UUIDField(_("random key"), primary_key=True, default=uuid.uuid4, editable=False)
    source = models.CharField(_("source"), max_length=40)
    external_id = models.CharField(_("customer number"), max_length=100)
    name = models.CharField(_("name"), max_length=200, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    stored_at = models.DateTimeField(_("stored at"), db_default=Now())

    class Meta:
        verbose_name = _("person of the legal store")
        verbose_name_plural = _("legal store")
        ordering = ["-stored_at"]

    def __str__(self) -> str:
        return str(self.key)


class LegalRecord(models.Model):
    """A record that a law wants kept after its person was erased, and until when."""

    class Kind(models.TextChoices):
        CONTRACT = "contract", _("contracts and withdrawals")
        PAYMENT = "payment", _("payment and supply")
        COMPLAINT = "complaint", _("complaints and disputes")
        CONSENT = "consent", _("evidence of consent")

    person = models.ForeignKey(
        LegalPerson, models.CASCADE, verbose_name=_("person"), related_name="records", db_index=False
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    reference = models.CharField(_("number"), max_length=160, help_text=_("Of the order or the message"))
    happened_at = models.DateTimeField(_("happened at"))
    keep_until = models.DateField(_("kept until"), help_text=_("Deleted on the day after (KST)"))
    facts = models.JSONField(_("facts"), default=dict)

    class Meta:
        verbose_name = _("legal record")
        verbose_name_plural = _("legal records")
        indexes = [models.Index(fields=["keep_until"], name="legal_record_until")]
        constraints = [models.UniqueConstraint(fields=["person", "kind", "reference"], name="legal_record_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"


class Destruction(models.Model):
    """The book of destructions: what was destroyed, how much of it, why and by whom. Append-only."""

    class Basis(models.TextChoices):
        REQUEST = "request", _("the person asked for it")
        DECISION = "decision", _("decided by staff")
        RETENTION = "retention", _("its time was over")

    happened_at = models.DateTimeField(_("destroyed at"), db_default=Now())
    what = models.CharField(_("what"), max_length=100)
    row_count = models.PositiveBigIntegerField(_("how many"))
    basis = models.CharField(_("why"), max_length=10, choices=Basis.choices)
    limit = models.DateTimeField(_("older than"), null=True, blank=True)
    customer = models.ForeignKey(
        "customers.Customer", models.PROTECT, verbose_name=_("customer"), null=True, blank=True, related_name="+"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("by"), null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("destruction")
        verbose_name_plural = _("book of destructions")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.happened_at:%Y-%m-%d} {self.row_count}"


class GuardianConsent(models.Model):
    """A guardian allowed advertising to a child under fourteen (P-11). Holds no contact of the guardian."""

    customer = models.OneToOneField(
        "customers.Customer", models.CASCADE, verbose_name=_("customer"), related_name="guardian_consent"
    )
    given_at = models.DateTimeField(_("given at"))
    evidence = models.CharField(
        _("evidence"), max_length=300, help_text=_("How it was given, for example “signed form, store 3, page 12”")
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("recorded by"), related_name="+"
    )
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now())

    class Meta:
        verbose_name = _("guardian's consent")
        verbose_name_plural = _("guardians' consents")

    def __str__(self) -> str:
        return str(self.customer_id)


class Processor(models.Model):
    """A company that handles customers' data for the shop, and when the customers were told (P-09, P-10)."""

    name = models.CharField(_("processor"), max_length=200, unique=True)
    task = models.CharField(_("task"), max_length=300, help_text=_("For example “sending of text messages”"))
    items = models.CharField(_("items of data"), max_length=300, help_text=_("For example “name, phone number”"))
    country = models.CharField(_("country"), max_length=2, default="KR", help_text=_("Two letters, such as KR or US"))
    is_promotion = models.BooleanField(
        _("for promotion"), default=True, help_text=_("The customers must be told one by one then (P-09)")
    )
    contract_on = models.DateField(_("contract of"), null=True, blank=True)
    notified_on = models.DateField(_("customers told on"), null=True, blank=True)
    transfer_notified_on = models.DateField(
        _("transfer abroad published on"), null=True, blank=True, help_text=_("For a processor outside Korea (P-10)")
    )
    kept_for = models.CharField(_("kept for"), max_length=200, blank=True, default="")
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("processor")
        verbose_name_plural = _("processors")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
