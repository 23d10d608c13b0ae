"""A campaign: to whom, what, when. Its status is written by `campaigns/lifecycle.py` only."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.information import InformationBasis
from campaigns.models.sender import ChannelAccount
from campaigns.querysets import CampaignQuerySet
from customers.models import NoticeDuty


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

    class Entry(models.TextChoices):
        """Who enters a campaign: a segment at one moment, or people one by one as they come."""

        ONCE = "once", _("a segment, once")
        STANDING = "standing", _("people one by one, until it is stopped")

    class WhenRefused(models.TextChoices):
        """What becomes of a message that may not go now but may later."""

        DEFER = "defer", _("send later")
        SKIP = "skip", _("leave out")

    name = models.CharField(_("name"), max_length=120)
    purpose = models.CharField(_("purpose"), max_length=10, choices=MessagePurpose.choices, blank=True)
    information_basis = models.CharField(
        _("why it is not advertising"),
        max_length=20,
        choices=InformationBasis.choices,
        blank=True,
        help_text=_("For informational messages: what transaction or duty it serves (L-30)"),
    )
    entry = models.CharField(_("who enters"), max_length=10, choices=Entry.choices, default=Entry.ONCE, editable=False)
    duty = models.CharField(
        _("serves the duty"), max_length=20, choices=NoticeDuty.Kind.choices, blank=True, editable=False
    )
    # The automation of which it is one message; people enter it by their journeys.
    automation = models.ForeignKey(
        "campaigns.Automation",
        models.PROTECT,
        verbose_name=_("automation"),
        null=True,
        editable=False,
        related_name="campaigns",
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
    priority = models.PositiveSmallIntegerField(
        _("priority"),
        default=50,
        validators=[MaxValueValidator(100)],
        help_text=_("0 to 100. Where a customer may get only one more message, the campaign with the higher one wins."),
    )
    at_night = models.CharField(
        _("at night"),
        max_length=5,
        choices=WhenRefused.choices,
        default=WhenRefused.DEFER,
        help_text=_("For customers without a consent for the night, and outside the hours of the sending account"),
    )
    over_cap = models.CharField(
        _("over the frequency cap"), max_length=5, choices=WhenRefused.choices, default=WhenRefused.SKIP
    )
    is_to_existing_customers = models.BooleanField(
        _("use the existing-customer exception"),
        default=False,
        help_text=_("Without consent, to those who bought the same kind of goods in the last six months (L-04)"),
    )
    existing_customer_category = models.CharField(
        _("kind of goods"), max_length=100, blank=True, help_text=_("The product category that the exception is for")
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
    def has_audience(self) -> bool:
        """Tell whether it is known to whom it goes: a segment, those of an automation, those the law owes something."""
        return self.segment_id is not None or self.automation_id is not None or bool(self.duty)

    @property
    def is_history(self) -> bool:
        """Tell whether the campaign was run by another system and only its record is kept here."""
        return bool(self.source)

    @property
    def is_editable(self) -> bool:
        """Tell whether its content may still change; from review on every change voids the approval."""
        return not self.is_history and self.status == self.Status.DRAFT

    def accounts(self) -> models.QuerySet[ChannelAccount]:
        """Return the accounts it sends over, those of its fallbacks too."""
        return ChannelAccount.objects.filter(Q(steps__campaign=self) | Q(fallbacks__step__campaign=self)).distinct()


class Step(models.Model):
    """One message of a campaign: over which account."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, verbose_name=_("campaign"), related_name="steps")
    position = models.PositiveSmallIntegerField(_("position"), default=1)
    account = models.ForeignKey(
        "campaigns.ChannelAccount", models.PROTECT, verbose_name=_("sending account"), related_name="steps"
    )
    coupon = models.ForeignKey(
        "loyalty.Coupon",
        models.PROTECT,
        verbose_name=_("gives the coupon"),
        null=True,
        blank=True,
        related_name="given_by_steps",
        help_text=_("Each recipient gets one of their own when the message leaves"),
    )
    points = models.PositiveIntegerField(_("gives points"), default=0, db_default=0, blank=True)
    survey = models.ForeignKey(
        "customers.Survey",
        models.PROTECT,
        verbose_name=_("asks"),
        null=True,
        blank=True,
        related_name="asked_by_steps",
        help_text=_("Content links each recipient to their own page of it"),
    )

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["campaign", "position"], name="step_position_once")]

    def __str__(self) -> str:
        return f"{self.campaign_id}/{self.position}"

    @property
    def has_offer(self) -> bool:
        """Tell whether its messages give something besides their words."""
        return self.coupon_id is not None or self.points > 0


class Fallback(models.Model):
    """The way a step is tried next where the ways before it certainly failed: another account, other content."""

    step = models.ForeignKey(Step, models.CASCADE, verbose_name=_("step"), related_name="fallbacks")
    position = models.PositiveSmallIntegerField(_("position"), default=1, validators=[MinValueValidator(1)])
    account = models.ForeignKey(
        "campaigns.ChannelAccount", models.PROTECT, verbose_name=_("sending account"), related_name="fallbacks"
    )

    class Meta:
        verbose_name = _("fallback")
        verbose_name_plural = _("fallbacks")
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["step", "position"], name="fallback_position_once")]

    def __str__(self) -> str:
        return f"{self.step_id}/{self.position}"


class Variant(models.Model):
    """What a step says over one way and in one language; `name` is the arm of an A/B test.

    Which fields count is the channel's business (`campaigns/channels/`): `subject` is also a title, `text` the body of
    everything but e-mail, `details` what only that channel has (buttons, images, a template). Mandatory parts ((광고),
    sender, opt-out) are added by `campaigns/compliance/`.
    """

    step = models.ForeignKey(Step, models.CASCADE, verbose_name=_("step"), related_name="variants")
    fallback = models.ForeignKey(
        Fallback, models.CASCADE, verbose_name=_("fallback"), null=True, blank=True, related_name="variants"
    )
    name = models.CharField(_("name"), max_length=20, default="A")
    locale = models.CharField(
        _("language"), max_length=10, blank=True, help_text=_("Empty: for everybody whose language has no other text")
    )
    weight = models.PositiveSmallIntegerField(_("weight"), default=1, validators=[MinValueValidator(1)])
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    preheader = models.CharField(
        _("preheader"), max_length=200, blank=True, help_text=_("The line that inboxes show after the subject")
    )
    html = models.TextField(_("content"), blank=True, help_text=_("HTML with fields such as {{ name }}"))
    text = models.TextField(_("plain text"), blank=True, help_text=_("Empty: made from the content"))
    details = models.JSONField(_("what only this channel has"), default=dict, blank=True)

    class Meta:
        verbose_name = _("variant")
        verbose_name_plural = _("variants")
        ordering = ["name", "locale"]
        constraints = [
            models.UniqueConstraint(
                fields=["step", "fallback", "name", "locale"], nulls_distinct=False, name="variant_once"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def account(self) -> ChannelAccount:
        """Return the account over which this content leaves."""
        return self.fallback.account if self.fallback else self.step.account
