"""Who is inside an automation, where, and which steps they took. Written by `campaigns/automation/` only, many at once.

Rows carry ids, never addresses or names.
"""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Journey(models.Model):
    """One customer's way through an automation, begun by one thing that happened."""

    class Status(models.TextChoices):
        INSIDE = "inside", _("inside")
        FINISHED = "finished", _("went to the end")
        EXITED = "exited", _("left early")
        TOO_LATE = "too_late", _("found out too late to begin")
        GAVE_WAY = "gave_way", _("kept out by another automation")

    automation = models.ForeignKey(
        "campaigns.Automation", models.PROTECT, verbose_name=_("automation"), related_name="journeys", db_index=False
    )
    version = models.ForeignKey(
        "campaigns.AutomationVersion",
        models.PROTECT,
        verbose_name=_("version"),
        related_name="journeys",
        db_index=False,
    )
    customer = models.ForeignKey(
        "customers.Customer", models.PROTECT, verbose_name=_("customer"), related_name="journeys", db_index=False
    )
    entry_key = models.CharField(
        _("entry"), max_length=80, help_text=_("What made the customer enter, such as the number of the order")
    )
    anchor_at = models.DateTimeField(_("it happened at"))
    # Plain values that the trigger knows: ids of the order, product, cart; for exits, messages and the dry run.
    context = models.JSONField(_("what happened"), default=dict)
    is_control = models.BooleanField(_("in the holdout"), default=False)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.INSIDE)
    end_reason = models.CharField(_("why it ended"), max_length=40, blank=True)
    step = models.ForeignKey(
        "campaigns.AutomationStep",
        models.PROTECT,
        verbose_name=_("next step"),
        null=True,
        related_name="journeys",
        db_index=False,
    )
    due_at = models.DateTimeField(_("next step at"), null=True)
    entered_at = models.DateTimeField(_("entered at"), db_default=Now())
    ended_at = models.DateTimeField(_("ended at"), null=True)

    class Meta:
        verbose_name = _("journey")
        verbose_name_plural = _("journeys")
        constraints = [
            models.UniqueConstraint(fields=["automation", "customer", "entry_key"], name="journey_once"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(status="inside"), name="journey_due"),
            # Only those inside have a moment at which they go on, so the others stand together behind them.
            models.Index(fields=["version", "due_at", "id"], name="journey_of_version"),
            models.Index(fields=["customer"], condition=Q(status="inside"), name="journey_inside"),
            models.Index(fields=["step"], condition=Q(status="inside"), name="journey_at_step"),
            models.Index(fields=["automation", "-entered_at"], name="journey_entered"),
        ]

    def __str__(self) -> str:
        return f"{self.automation_id} {self.customer_id} {self.entry_key}"


class StepTaken(models.Model):
    """A step that a journey took, when, and what came of it; each step at most once."""

    class Outcome(models.TextChoices):
        WAITED = "waited", _("waited")
        YES = "yes", _("yes")
        NO = "no", _("no")
        LANE = "lane", _("went to a lane")
        PLANNED = "planned", _("message planned")
        SKIPPED = "skipped", _("message skipped")
        HELD_OUT = "held_out", _("in the holdout")
        TOO_LATE = "too_late", _("too late")
        GIVEN = "given", pgettext_lazy("outcome of a step", "given")
        NOT_GIVEN = "not_given", _("not given")
        LEFT = "left", pgettext_lazy("outcome of a step", "left")

    journey = models.ForeignKey(Journey, models.CASCADE, verbose_name=_("journey"), related_name="taken")
    step = models.ForeignKey("campaigns.AutomationStep", models.PROTECT, verbose_name=_("step"), related_name="taken")
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices)
    lane = models.CharField(_("lane"), max_length=10, blank=True)
    # When the step was due and when it was taken: the next wait counts from the first, so that nothing drifts.
    due_at = models.DateTimeField(_("due at"))
    taken_at = models.DateTimeField(_("taken at"), db_default=Now())

    class Meta:
        verbose_name = _("step taken")
        verbose_name_plural = _("steps taken")
        constraints = [models.UniqueConstraint(fields=["journey", "step"], name="step_taken_once")]

    def __str__(self) -> str:
        return f"{self.journey_id} {self.step_id} {self.outcome}"


class StepCount(models.Model):
    """So many journeys took a step with this outcome. A step has several rows until they are added up.

    Those who walk at the same time each write rows of their own, so that none waits for another.
    """

    step = models.ForeignKey("campaigns.AutomationStep", models.CASCADE, verbose_name=_("step"), related_name="counts")
    outcome = models.CharField(_("outcome"), max_length=10, choices=StepTaken.Outcome.choices)
    lane = models.CharField(_("lane"), max_length=10, blank=True)
    count = models.PositiveIntegerField(_("journeys"))

    class Meta:
        verbose_name = _("count of a step")
        verbose_name_plural = _("counts of steps")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.step_id} {self.outcome} {self.count}"
