"""A campaign: to whom, what, when. Its status is written by `campaigns/lifecycle.py` only."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.querysets import CampaignQuerySet


class Campaign(models.Model):
    """One intent to say something to the customers of a segment."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        IN_REVIEW = "in_review", _("pending review")
        SCHEDULED = "scheduled", _("approved")
        ACTIVE = "active", _("sending")
        PAUSED = "paused", _("paused")
        FINISHED = "finished", _("finished")
        CANCELLED = "cancelled", _("cancelled")

    class MessagePurpose(models.TextChoices):
        """Advertising or information (L-30, L-31). There is no default."""

        ADVERTISING = "ad", _("advertising")
        INFORMATION = "info", _("information")

    name = models.CharField(_("name"), max_length=120)
    purpose = models.CharField(_("purpose"), max_length=10, choices=MessagePurpose.choices, blank=True)
    information_basis = models.CharField(
        _("why it is not advertising"),
        max_length=300,
        blank=True,
        help_text=_("For informational messages: what transaction or duty it serves (L-30)"),
    )
    segment = models.ForeignKey(
        "customers.Segment", models.PROTECT, verbose_name=_("segment"), null=True, blank=True, related_name="campaigns"
    )
    excluded_segments = models.ManyToManyField(
        "customers.Segment", verbose_name=_("but not"), blank=True, related_name="excluded_from_campaigns"
    )
    holdout_percent = models.PositiveSmallIntegerField(
        _("holdout"),
        default=0,
        validators=[MaxValueValidator(50)],
        help_text=_("Percent of the audience that gets nothing, so that the effect can be measured"),
    )
    scheduled_at = models.DateTimeField(
        _("send at"), null=True, blank=True, help_text=_("Empty: at once when approved")
    )
    latest_start_hours = models.PositiveSmallIntegerField(
        _("latest start"),
        default=6,
        validators=[MinValueValidator(1)],
        help_text=_("Hours after its time in which it may still begin; later it needs approval again"),
    )
    attribution_days = models.PositiveSmallIntegerField(
        _("attribution window"),
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(90)],
        help_text=_("Days after a click in which a purchase is credited to it"),
    )
    cost_limit = models.PositiveBigIntegerField(_("cost limit"), null=True, blank=True, help_text=_("won"))
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.DRAFT, editable=False)
    status_reason = models.CharField(_("why"), max_length=300, blank=True, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("author"), null=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(_("made at"), auto_now_add=True)
    started_at = models.DateTimeField(_("started at"), null=True, editable=False)
    planned_at = models.DateTimeField(_("planned at"), null=True, editable=False)
    finished_at = models.DateTimeField(_("finished at"), null=True, editable=False)
    # Campaigns of another system, kept to look back at; they were never sent from here.
    source = models.CharField(_("source"), max_length=40, blank=True, editable=False)
    external_id = models.CharField(_("campaign number"), max_length=100, blank=True, editable=False)
    coupons = models.ManyToManyField("loyalty.Coupon", verbose_name=_("coupons"), blank=True, related_name="campaigns")

    objects = CampaignQuerySet.as_manager()

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"], condition=~Q(source=""), name="campaign_once_per_source"
            ),
        ]
        indexes = [models.Index(fields=["status", "scheduled_at"], name="campaign_status")]
        permissions = [
            ("approve_campaign", _("Can approve or return campaigns")),
            ("stop_campaign", _("Can pause, resume and stop campaigns")),
            ("send_test", _("Can send tests to staff")),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_history(self) -> bool:
        """Tell whether the campaign was run by another system and only its record is kept here."""
        return bool(self.source)

    @property
    def is_editable(self) -> bool:
        """Tell whether its content may still change; from review on every change voids the approval."""
        return not self.is_history and self.status == self.Status.DRAFT


class Step(models.Model):
    """One message of a campaign: over which account."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, verbose_name=_("campaign"), related_name="steps")
    position = models.PositiveSmallIntegerField(_("position"), default=1)
    account = models.ForeignKey(
        "campaigns.ChannelAccount", models.PROTECT, verbose_name=_("sending account"), related_name="steps"
    )

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["campaign", "position"], name="step_position_once")]

    def __str__(self) -> str:
        return f"{self.campaign_id}/{self.position}"


class Variant(models.Model):
    """What a step says. Mandatory parts ((광고), sender, opt-out) are added by `campaigns/compliance.py`."""

    step = models.ForeignKey(Step, models.CASCADE, verbose_name=_("step"), related_name="variants")
    name = models.CharField(_("name"), max_length=20, default="A")
    weight = models.PositiveSmallIntegerField(_("weight"), default=1, validators=[MinValueValidator(1)])
    subject = models.CharField(_("subject"), max_length=200)
    preheader = models.CharField(
        _("preheader"), max_length=200, blank=True, help_text=_("The line that inboxes show after the subject")
    )
    html = models.TextField(_("content"), help_text=_("HTML with fields such as {{ name }}"))
    text = models.TextField(_("plain text"), blank=True, help_text=_("Empty: made from the content"))

    class Meta:
        verbose_name = _("variant")
        verbose_name_plural = _("variants")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["step", "name"], name="variant_name_once")]

    def __str__(self) -> str:
        return self.name
