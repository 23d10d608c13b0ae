"""An automation: messages that each customer gets at a moment of their own. Statuses: `campaigns/automation/` only.

What it does stands in versions: the one in force is never edited, a draft beside it becomes the next. Each message of
a version is a campaign of its own (entry: one by one), so that all that holds for campaigns holds for it as well:
purpose and compliance, gate, approval, dispatch, tracking, attribution, report.
"""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Automation(models.Model):
    """What begins by itself for each customer to whom something happens, and goes on in steps."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("never ran")
        ACTIVE = "active", _("running")
        PAUSED = "paused", _("paused")
        STOPPED = "stopped", _("stopped")

    name = models.CharField(_("name"), max_length=120)
    note = models.CharField(_("what it is for"), max_length=300, blank=True)
    recipe = models.CharField(_("made from the recipe"), max_length=40, blank=True, editable=False)
    priority = models.PositiveSmallIntegerField(
        _("priority"),
        default=50,
        validators=[MaxValueValidator(100)],
        help_text=_("0 to 100. Where a customer may be in only one of a group, the one with the higher number wins."),
    )
    exclusion_group = models.CharField(
        _("one at a time among"),
        max_length=40,
        blank=True,
        help_text=_("A customer is inside at most one automation of the same group; empty: beside any other"),
    )
    holdout_percent = models.PositiveSmallIntegerField(
        _("holdout"),
        default=0,
        validators=[MaxValueValidator(50)],
        help_text=_("Percent of those who enter that get no advertising of it, so that the effect can be measured"),
    )
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.DRAFT, editable=False)
    status_reason = models.CharField(_("why"), max_length=300, blank=True, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("author"), null=True, editable=False, related_name="+"
    )
    live_version = models.ForeignKey(
        "campaigns.AutomationVersion",
        models.PROTECT,
        verbose_name=_("version in force"),
        null=True,
        editable=False,
        related_name="+",
    )
    # What happened before the first does not make anybody enter; up to the second the trigger has been read.
    begins_at = models.DateTimeField(_("counts what happens from"), null=True, editable=False)
    read_until = models.DateTimeField(_("read until"), null=True, editable=False)
    # When its trigger took too long to be asked: until it is read again the others are asked before it.
    given_up_at = models.DateTimeField(_("took too long at"), null=True, editable=False)
    created_at = models.DateTimeField(_("made at"), auto_now_add=True)

    class Meta:
        verbose_name = _("automation")
        verbose_name_plural = _("automations")
        ordering = ["-id"]
        permissions = [
            ("approve_automation", _("Can approve or return automations")),
            ("stop_automation", _("Can pause, resume and stop automations")),
        ]

    def __str__(self) -> str:
        return self.name


class AutomationVersion(models.Model):
    """Who enters an automation, how it goes on and how it ends, as approved together."""

    # As what staff know it, where something names whatever uses it.
    part_of = "automation"

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        IN_REVIEW = "in_review", _("pending review")
        LIVE = "live", _("in force")
        RETIRED = "retired", _("replaced")

    class Reentry(models.TextChoices):
        """How often one customer may enter."""

        NEVER = "never", _("once in a lifetime")
        AFTER_DAYS = "after_days", _("again after some days")
        EVERY = "every", _("each time it happens, such as for each order or cart")

    automation = models.ForeignKey(Automation, models.CASCADE, verbose_name=_("automation"), related_name="versions")
    number = models.PositiveSmallIntegerField(_("version"), default=1)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.DRAFT, editable=False)
    trigger = models.CharField(_("begins with"), max_length=40)
    trigger_settings = models.JSONField(_("settings of the trigger"), default=dict, blank=True)
    segment = models.ForeignKey(
        "customers.Segment",
        models.PROTECT,
        verbose_name=_("only those in"),
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Empty: everybody to whom it happens"),
    )
    excluded_segment = models.ForeignKey(
        "customers.Segment", models.PROTECT, verbose_name=_("but not"), null=True, blank=True, related_name="+"
    )
    # [{"is": "bought"}, {"is": "bought_category", "category": "coffee"}, …]; `campaigns/automation/exits.py`.
    exits = models.JSONField(_("ends early when"), default=list, blank=True)
    reentry = models.CharField(_("how often"), max_length=10, choices=Reentry.choices, default=Reentry.NEVER)
    reentry_days = models.PositiveSmallIntegerField(_("again after"), default=90, help_text=_("days"))
    latest_start_hours = models.PositiveSmallIntegerField(
        _("latest start"),
        default=24,
        validators=[MinValueValidator(1), MaxValueValidator(24 * 30)],
        help_text=_("Hours after its time in which an entry or a message still makes sense; later it is left out"),
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("author"), null=True, editable=False, related_name="+"
    )
    # Who would have entered lately, as `campaigns/automation/expecting.py` last asked.
    expected = models.JSONField(_("expected entries"), null=True, editable=False)
    created_at = models.DateTimeField(_("made at"), auto_now_add=True)
    live_from = models.DateTimeField(_("in force from"), null=True, editable=False)
    retired_at = models.DateTimeField(_("replaced at"), null=True, editable=False)

    class Meta:
        verbose_name = _("version of an automation")
        verbose_name_plural = _("versions of automations")
        ordering = ["automation", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["automation", "number"], name="version_number_once"),
            models.UniqueConstraint(
                fields=["automation"], condition=Q(status__in=["draft", "in_review"]), name="one_draft_at_a_time"
            ),
            models.UniqueConstraint(fields=["automation"], condition=Q(status="live"), name="one_version_in_force"),
        ]

    def __str__(self) -> str:
        return f"{self.automation_id}/{self.number}"


class AutomationStep(models.Model):
    """One step of a version. Steps of a lane follow each other; an `only_if` or `split` holds lanes of its own.

    After the last step of a lane the path goes on behind the step that holds the lane; at the end of the path it is
    finished. There are no ways back, so nobody takes a step twice.
    """

    part_of = "version__automation"

    class Kind(models.TextChoices):
        WAIT = "wait", _("wait")
        ONLY_IF = "only_if", _("only if")
        SPLIT = "split", _("split at random")
        MESSAGE = "message", _("message")
        OFFER = "offer", _("coupon or points")
        EXIT = "exit", _("leave")

    version = models.ForeignKey(AutomationVersion, models.CASCADE, verbose_name=_("version"), related_name="steps")
    parent = models.ForeignKey(
        "self", models.CASCADE, verbose_name=_("step of its lane"), null=True, blank=True, related_name="children"
    )
    lane = models.CharField(_("lane"), max_length=10, blank=True, help_text=_("yes or no; a, b, c of a split"))
    position = models.PositiveSmallIntegerField(_("position"), default=1)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    # wait: see `campaigns/automation/waits.py`; split: {"shares": {"a": 50, "b": 50}}.
    settings = models.JSONField(_("settings"), default=dict, blank=True)
    segment = models.ForeignKey(
        "customers.Segment", models.PROTECT, verbose_name=_("only if in"), null=True, blank=True, related_name="+"
    )
    campaign = models.OneToOneField(
        "campaigns.Campaign",
        models.PROTECT,
        verbose_name=_("message"),
        null=True,
        blank=True,
        related_name="automation_step",
    )
    coupon = models.ForeignKey(
        "loyalty.Coupon", models.PROTECT, verbose_name=_("gives the coupon"), null=True, blank=True, related_name="+"
    )
    points = models.PositiveIntegerField(_("gives points"), default=0, blank=True)
    # The step of the version before from which it was copied: by it people inside move over.
    origin = models.ForeignKey("self", models.SET_NULL, verbose_name=_("copied from"), null=True, related_name="copies")

    class Meta:
        verbose_name = _("step of an automation")
        verbose_name_plural = _("steps of automations")
        ordering = ["version", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "parent", "lane", "position"], nulls_distinct=False, name="automation_step_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.lane}{self.position} {self.kind}"


class AutomationDecision(models.Model):
    """What a second person decided about a version, and about exactly what: its rows stay."""

    class Decision(models.TextChoices):
        REQUESTED = "requested", _("review asked for")
        APPROVED = "approved", _("approved")
        RETURNED = "returned", _("returned")

    version = models.ForeignKey(AutomationVersion, models.PROTECT, verbose_name=_("version"), related_name="decisions")
    decision = models.CharField(_("decision"), max_length=10, choices=Decision.choices)
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    content = models.JSONField(_("what it was about"), default=dict)
    note = models.CharField(_("note"), max_length=1000, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("by"), related_name="+")
    decided_at = models.DateTimeField(_("at"), db_default=Now())

    class Meta:
        verbose_name = _("decision about an automation")
        verbose_name_plural = _("decisions about automations")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.version_id} {self.decision}"
