"""What the law wants people to be told one by one: notices that are owed, and the records that some are about.

Duties are written by `customers/consent/` and `customers/privacy/`, and marked done by `customers/consent/duties.py`.
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from customers.models.consent import ConsentEntry, ConsentTerms, Purpose
from customers.querysets import NoticeDutyQuerySet


class HandedOver(models.Model):
    """Words for many people: one person writes them, another hands them over, and from then on they stand."""

    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("by"), related_name="+")
    written_at = models.DateTimeField(_("written at"), auto_now=True)
    handed_over_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("notices handed over by"), null=True, related_name="+"
    )
    handed_over_at = models.DateTimeField(_("notices handed over at"), null=True)
    notice_count = models.PositiveIntegerField(_("notices"), default=0)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(handed_over_by=None) | ~Q(handed_over_by=models.F("written_by")),
                name="%(class)s_handed_over_by_another",
            ),
        ]


class Incident(HandedOver):
    """A leak of personal data, or one that is likely: what is known of it, who was told, what was done (P-13)."""

    class Certainty(models.TextChoices):
        LEAKED = "leaked", _("lost, stolen, leaked or damaged")
        LIKELY = "likely", _("a leak is likely")

    class DataKind(models.TextChoices):
        NAME = "name", _("name")
        PHONE = "phone", _("phone")
        EMAIL = "email", _("e-mail")
        BIRTHDAY = "birthday", _("birthday and gender")
        REGION = "region", _("region")
        ORDERS = "orders", _("orders")
        POINTS = "points", _("points, tier and coupons")
        VISITS = "visits", _("visits and searches")
        CONSENT = "consent", _("consents and messages")
        WORDS = "words", _("answers, notes and complaints")

    title = models.CharField(_("title"), max_length=120)
    certainty = models.CharField(
        _("what is certain"), max_length=10, choices=Certainty.choices, default=Certainty.LEAKED
    )
    known_at = models.DateTimeField(_("known since"), help_text=_("The time that the law gives runs from here"))
    what_happened = models.TextField(_("when and how it happened"), max_length=300)
    data_kinds = ArrayField(models.CharField(max_length=10, choices=DataKind.choices), verbose_name=_("data concerned"))
    other_data = models.CharField(_("other data"), max_length=60, blank=True)
    people_count = models.PositiveBigIntegerField(_("people concerned"), help_text=_("As many as it can be"))
    segment = models.ForeignKey(
        "customers.Segment",
        models.SET_NULL,
        verbose_name=_("segment of the people concerned"),
        null=True,
        blank=True,
        related_name="+",
        help_text=_("A rule, or a list that was uploaded. Its members are told."),
    )
    is_intrusion = models.BooleanField(_("somebody broke in from outside"), default=False)
    is_sensitive = models.BooleanField(
        _("sensitive data or unique identifiers"),
        default=False,
        help_text=_("Such as health, resident registration or passport numbers, in attributes or notes"),
    )
    protection = models.TextField(_("what people can do"), max_length=200)
    measures = models.TextField(_("what the shop did, and how harm is made good"), max_length=200)
    contact = models.CharField(_("where people can turn"), max_length=80)
    told_at = models.DateTimeField(_("people told at"), null=True)
    told_how = models.CharField(_("people told by way of"), max_length=100, blank=True)
    reported_at = models.DateTimeField(_("authority told at"), null=True)
    reported_how = models.CharField(_("report to the authority"), max_length=100, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("closed by"), null=True, related_name="+"
    )
    closed_at = models.DateTimeField(_("closed at"), null=True)
    outcome = models.TextField(_("outcome"), max_length=1_000, blank=True)

    class Meta(HandedOver.Meta):
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        ordering = ["-known_at"]

    def __str__(self) -> str:
        return self.title


class UsageNotice(HandedOver):
    """What people are told once a year: for what which of their data is used, and who got it (P-16)."""

    uses = models.TextField(
        _("what is used for what"), max_length=600, help_text=_("Each purpose with the data that was collected for it")
    )
    recipients = models.TextField(
        _("who else got it"),
        max_length=300,
        help_text=_("Third parties with their purpose and the data; processors are none. “없음” where there are none."),
    )
    due_on = models.DateField(_("due on"), unique=True, help_text=_("By then everybody is told: once in a year"))
    is_yearly = models.BooleanField(_("again every year"), default=True)

    class Meta(HandedOver.Meta):
        verbose_name = _("yearly notice of use")
        verbose_name_plural = _("yearly notices of use")
        ordering = ["-due_on"]

    def __str__(self) -> str:
        return str(self.due_on.year)


class NoticeDuty(ConsentTerms):
    """A notice that the law owes a customer: about a consent, which its terms name, or about a record."""

    class Kind(models.TextChoices):
        RESULT_NOTICE = "result_notice", _("result notice")
        RECONFIRMATION = "reconfirmation", _("consent re-confirmation")
        INCIDENT = "incident", _("notice of an incident")
        USAGE = "usage_notice", _("yearly notice of use")

    class Outcome(models.TextChoices):
        NOTICED = "noticed", _("notice sent")
        ANSWERED = "answered", _("the customer spoke first")

    ABOUT_CONSENT = (Kind.RESULT_NOTICE, Kind.RECONFIRMATION)

    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose.choices, blank=True)
    kind = models.CharField(_("duty"), max_length=20, choices=Kind.choices)
    entry = models.ForeignKey(
        ConsentEntry,
        models.PROTECT,
        verbose_name=_("ledger entry"),
        null=True,
        blank=True,
        related_name="duties",
        db_index=False,
    )
    incident = models.ForeignKey(
        Incident,
        models.PROTECT,
        verbose_name=_("incident"),
        null=True,
        blank=True,
        related_name="notices",
        db_index=False,
    )
    usage_notice = models.ForeignKey(
        UsageNotice,
        models.PROTECT,
        verbose_name=_("yearly notice of use"),
        null=True,
        blank=True,
        related_name="notices",
        db_index=False,
    )
    due_on = models.DateField(_("due on"), help_text=_("The last day, in Korea"))
    opened_at = models.DateTimeField(_("opened at"), db_default=Now(), editable=False)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices, blank=True)
    how = models.CharField(_("how it was done"), max_length=200, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("done by"), null=True, blank=True, related_name="+"
    )

    objects = NoticeDutyQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice due")
        verbose_name_plural = _("notices due")
        ordering = ["due_on", "id"]
        permissions = [("hand_over_notices", _("Can hand over notices that a colleague wrote, to be sent"))]
        indexes = [
            models.Index(fields=["kind", "due_on"], name="notice_duty_open", condition=Q(done_at=None)),
            models.Index(fields=["kind", "done_at"], name="notice_duty_done"),
            models.Index(fields=["customer", "kind"], name="notice_duty_customer"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["entry", "kind", "due_on"], name="notice_duty_once"),
            models.UniqueConstraint(fields=["incident", "customer"], name="notice_of_incident_once"),
            models.UniqueConstraint(fields=["usage_notice", "customer"], name="notice_of_use_once"),
            models.CheckConstraint(
                condition=Q(
                    kind__in=["result_notice", "reconfirmation"], entry__isnull=False, incident=None, usage_notice=None
                )
                | Q(kind="incident", entry=None, incident__isnull=False, usage_notice=None)
                | Q(kind="usage_notice", entry=None, incident=None, usage_notice__isnull=False),
                name="notice_is_about_something",
            ),
            models.CheckConstraint(
                condition=Q(done_at=None, outcome="") | (Q(done_at__isnull=False) & ~Q(outcome="")),
                name="done_duty_says_how_it_ended",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.due_on}"
