"""Sums of facts that would take seconds to add up anew. Written by triggers (migration 0002) and `analytics/rollups/`.

Everything here can be computed again from orders, messages, credits and hits; nothing else is told by it. Rows refer to
campaigns and stores without constraints: millions of facts are summed, and what they name is protected by themselves.
"""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class DirtyDay(models.Model):
    """A day (KST) whose sales have to be added up again. Appended with the fact that changed, never updated."""

    # Not unique: whoever marks a day would wait for the import that marked it before and is not committed yet.
    day = models.DateField(_("day"))
    marked_at = models.DateTimeField(_("marked at"), db_default=Now())

    class Meta:
        verbose_name = _("day to add up")
        verbose_name_plural = _("days to add up")

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"


class SalesDay(models.Model):
    """The purchases of one day (KST), apart by store, sales channel, acquisition source and kind of buyer."""

    class Kind(models.TextChoices):
        """A purchase is a new customer's on the day of their first one. Of a guest nobody knows."""

        GUEST = "guest", _("guest")
        NEW = "new", _("new customer")
        RETURNING = "returning", _("returning customer")

    day = models.DateField(_("day"))
    store = models.ForeignKey(
        "customers.Store",
        models.DO_NOTHING,
        verbose_name=_("store"),
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    channel = models.CharField(_("sales channel"), max_length=10)
    source = models.CharField(_("acquisition source"), max_length=60, blank=True)
    kind = models.CharField(_("kind of buyer"), max_length=10, choices=Kind.choices)
    orders = models.PositiveIntegerField(_("orders"))
    revenue = models.BigIntegerField(_("revenue"), help_text=_("won: paid − refunded − shipping"))
    refunded = models.BigIntegerField(_("of that refunded"), help_text=_("won, whenever it was given back"))

    class Meta:
        verbose_name = _("sales of a day")
        verbose_name_plural = _("sales of days")
        constraints = [
            models.UniqueConstraint(
                fields=["day", "store", "channel", "source", "kind"], nulls_distinct=False, name="sales_day_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {self.kind}"


def _counted_apart(what: str, label: str | Promise) -> models.ForeignKey:
    """Return a key by which sums are kept apart; triggers write it, so nothing is checked or followed."""
    return models.ForeignKey(
        what, models.DO_NOTHING, verbose_name=label, related_name="+", db_index=False, db_constraint=False
    )


class CampaignSums(models.Model):
    """Rows to be summed: each change of facts appends its plus and minus, and a job folds what has one key into one."""

    campaign = _counted_apart("campaigns.Campaign", _("campaign"))
    is_folded = models.BooleanField(_("folded"), default=False, db_default=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.campaign_id)


class StepSums(CampaignSums):
    """Sums of a campaign, apart by step, content and the account that sends."""

    step = _counted_apart("campaigns.Step", _("step"))
    variant = _counted_apart("campaigns.Variant", _("variant"))
    account = _counted_apart("campaigns.ChannelAccount", _("sending account"))

    class Meta:
        abstract = True


class CampaignState(StepSums):
    """How many messages stand where. Planned, claimed and being handed over are all `waiting`."""

    status = models.CharField(_("status"), max_length=10)
    skip_reason = models.CharField(_("why it was skipped"), max_length=30, blank=True)
    is_sandbox = models.BooleanField(_("to the sandbox"))
    messages = models.IntegerField(_("messages"))

    class Meta:
        verbose_name = _("state of a campaign's messages")
        verbose_name_plural = _("states of campaigns' messages")
        indexes = [
            models.Index(fields=["campaign"], name="state_of_campaign"),
            models.Index(fields=["id"], condition=Q(is_folded=False), name="state_unfolded"),
        ]


class CampaignDay(StepSums):
    """What happened to a campaign's messages in an hour (KST): first opens and clicks of people, and what it cost."""

    day = models.DateField(_("day"))
    hour = models.PositiveSmallIntegerField(_("hour"))
    sent = models.IntegerField(_("sent"))
    delivered = models.IntegerField(_("delivered"))
    opened = models.IntegerField(_("opened"))
    clicked = models.IntegerField(_("clicked"))
    unsubscribed = models.IntegerField(_("unsubscribed"))
    cost = models.DecimalField(_("cost"), max_digits=16, decimal_places=2, help_text=_("won"))

    class Meta:
        verbose_name = _("day of a campaign")
        verbose_name_plural = _("days of campaigns")
        indexes = [
            models.Index(fields=["campaign", "day"], name="day_of_campaign"),
            models.Index(fields=["day"], name="campaigns_of_day"),
            models.Index(fields=["id"], condition=Q(is_folded=False), name="campaign_day_unfolded"),
        ]


class EarningDay(StepSums):
    """What was credited to a campaign under a model: orders in the hour they were placed, refunds when given (KST)."""

    model = models.CharField(_("model"), max_length=20)
    day = models.DateField(_("day"))
    hour = models.PositiveSmallIntegerField(_("hour"))
    orders = models.IntegerField(_("credits"))
    revenue = models.BigIntegerField(_("credited revenue"), help_text=_("won"))
    refunded = models.BigIntegerField(_("refunded"), help_text=_("won"))

    class Meta:
        verbose_name = _("earnings of a day")
        verbose_name_plural = _("earnings of days")
        indexes = [
            models.Index(fields=["campaign", "model", "day"], name="earning_of_campaign"),
            models.Index(fields=["day", "model"], name="earnings_of_day"),
            models.Index(fields=["id"], condition=Q(is_folded=False), name="earning_unfolded"),
        ]


class MachineDay(CampaignSums):
    """Hits on a campaign's messages that were no person's, by the day (KST) and the sign that told."""

    day = models.DateField(_("day"))
    kind = models.CharField(_("kind"), max_length=12)
    reason = models.CharField(_("why a machine"), max_length=40, blank=True)
    hits = models.IntegerField(_("hits"))

    class Meta:
        verbose_name = _("machines of a day")
        verbose_name_plural = _("machines of days")
        indexes = [
            models.Index(fields=["campaign"], name="machines_of_campaign"),
            models.Index(fields=["id"], condition=Q(is_folded=False), name="machines_unfolded"),
        ]


class KeptFigures(models.Model):
    """What a question came to when it was last asked: one that takes too long to ask while a page waits."""

    question = models.CharField(_("question"), max_length=40)
    about = models.CharField(_("about"), max_length=100, help_text=_("What it was asked of, such as a stretch of days"))
    figures = models.JSONField(_("figures"))
    computed_at = models.DateTimeField(_("computed at"))
    milliseconds = models.PositiveIntegerField(_("took"), help_text=_("Milliseconds"))

    class Meta:
        verbose_name = _("kept figures")
        verbose_name_plural = _("kept figures")
        constraints = [models.UniqueConstraint(fields=["question", "about"], name="kept_once")]

    def __str__(self) -> str:
        return f"{self.question} {self.about}"
