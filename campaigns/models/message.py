"""Who entered a campaign and what became of each message. Statuses are written by `campaigns/pipeline/` only.

Rows carry ids, never addresses: personal data has one home, the customer. A million rows are written at once, so what
they refer to is checked once a statement (migration 0002), not by a look-up for each row and column.
"""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from campaigns.querysets import MessageQuerySet


class Enrollment(models.Model):
    """A customer entered a campaign, in an arm that never changes."""

    campaign = models.ForeignKey(
        "campaigns.Campaign",
        models.PROTECT,
        verbose_name=_("campaign"),
        related_name="enrollments",
        db_index=False,
        db_constraint=False,
    )
    customer = models.ForeignKey(
        "customers.Customer",
        models.PROTECT,
        verbose_name=_("customer"),
        related_name="enrollments",
        db_constraint=False,
    )
    entry_key = models.CharField(
        _("entry"), max_length=80, blank=True, help_text=_("What made the customer enter; one message for one intent")
    )
    is_control = models.BooleanField(_("in the holdout"), default=False)
    entered_at = models.DateTimeField(_("entered at"), db_default=Now())

    class Meta:
        verbose_name = _("enrolment")
        verbose_name_plural = _("enrolments")
        constraints = [
            models.UniqueConstraint(fields=["campaign", "customer", "entry_key"], name="entered_once"),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.customer_id}"


class SkipReason(models.TextChoices):
    """Why a planned row gets no message, in the order in which the gate asks (docs/rules.md)."""

    PURPOSE_UNSET = "PURPOSE_UNSET", _("the campaign does not say whether it is advertising")
    ERASED = "ERASED", _("personal data erased")
    MERGED = "MERGED", _("merged into another customer")
    UNDER14 = "UNDER14", _("under fourteen")
    DEMO_ACCOUNT = "DEMO_ACCOUNT", _("demo data, on a live account")
    NO_ADDRESS = "NO_ADDRESS", _("no address for this channel")
    SUPPRESSED = "SUPPRESSED", _("address on the suppression list")
    SOURCE_RESTRICTED = "SOURCE_RESTRICTED", _("contact from a marketplace, given for a delivery only")
    OPTED_OUT = "OPTED_OUT", _("consent withdrawn")
    NO_CONSENT = "NO_CONSENT", _("no consent")
    RECONFIRM_OVERDUE = "RECONFIRM_OVERDUE", _("two-year confirmation overdue")
    OPEN_CASE = "OPEN_CASE", _("their complaint is being looked after")
    NIGHT = "NIGHT", _("at night, without a consent for the night")
    PROVIDER_WINDOW = "PROVIDER_WINDOW", _("outside the hours of the sending account")
    FREQ_CAP = "FREQ_CAP", _("had enough messages lately")
    HOLDOUT = "HOLDOUT", _("in the holdout")
    CALLER_UNREGISTERED = "CALLER_UNREGISTERED", _("the caller number is not registered")
    NO_080 = "NO_080", _("the sending account has no free opt-out number")
    PROVIDER_NOT_CERTIFIED = "PROVIDER_NOT_CERTIFIED", _("the gateway is not certified to send advertising")
    TEMPLATE_NOT_APPROVED = "TEMPLATE_NOT_APPROVED", _("the template is not approved")
    DUPLICATE_ADDRESS = "DUPLICATE_ADDRESS", _("another customer with this address gets it")
    VAR_MISSING = "VAR_MISSING", _("a field of the content is empty")
    LABEL = "LABEL", _("the advertising label is missing")
    OPTOUT_LINE = "OPTOUT_LINE", _("the opt-out is missing")
    CONTACT = "CONTACT", _("the sender's name or contact is missing")
    ENCODING = "ENCODING", _("a character that a text message cannot carry")
    TOO_LONG = "TOO_LONG", _("too long for this channel")
    NO_LONGER_DUE = "NO_LONGER_DUE", _("what it was sent for was settled meanwhile")
    EXITED = "EXITED", _("left the automation meanwhile")


class Message(models.Model):
    """One message of one step to one enrolled customer: planned once, sent at most once over each of its ways.

    planned → claimed (lease, attempt) → sending (the intent, committed before its bytes go) → sent, failed or unknown.
    """

    class Status(models.TextChoices):
        PLANNED = "planned", _("planned")
        SKIPPED = "skipped", _("skipped")
        CLAIMED = "claimed", _("claimed")
        SENDING = "sending", _("being handed over")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        UNKNOWN = "unknown", _("unknown")
        STOPPED = "stopped", _("stopped before sending")

    class Delivery(models.TextChoices):
        """What became of a message after the gateway had accepted it (G-23)."""

        DELIVERED = "delivered", _("delivered")
        UNDELIVERED = "failed", _("not delivered")
        EXPIRED = "expired", _("no report came")

    OPEN = (Status.PLANNED, Status.CLAIMED, Status.SENDING, Status.UNKNOWN)

    campaign = models.ForeignKey(
        "campaigns.Campaign",
        models.PROTECT,
        verbose_name=_("campaign"),
        related_name="messages",
        db_index=False,
        db_constraint=False,
    )
    enrollment = models.ForeignKey(
        Enrollment,
        models.PROTECT,
        verbose_name=_("enrolment"),
        related_name="messages",
        db_index=False,
        db_constraint=False,
    )
    step = models.ForeignKey(
        "campaigns.Step",
        models.PROTECT,
        verbose_name=_("step"),
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    variant = models.ForeignKey(
        "campaigns.Variant",
        models.PROTECT,
        verbose_name=_("variant"),
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    customer = models.ForeignKey(
        "customers.Customer",
        models.PROTECT,
        verbose_name=_("customer"),
        related_name="messages",
        db_index=False,
        db_constraint=False,
    )
    account = models.ForeignKey(
        "campaigns.ChannelAccount",
        models.PROTECT,
        verbose_name=_("sending account"),
        related_name="messages",
        db_index=False,
        db_constraint=False,
    )
    leg = models.PositiveSmallIntegerField(
        _("way"), default=0, help_text=_("0: the step's own account; else the position of the fallback")
    )
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.PLANNED)
    # Of a planned one: what it waits for, such as the end of the night.
    skip_reason = models.CharField(_("why it was skipped"), max_length=30, choices=SkipReason.choices, blank=True)
    attempt = models.PositiveSmallIntegerField(_("attempts"), default=0)
    lease_until = models.DateTimeField(_("claimed until"), null=True)
    due_at = models.DateTimeField(_("due at"), db_default=Now())
    planned_at = models.DateTimeField(_("planned at"), db_default=Now())
    sending_at = models.DateTimeField(_("handed over at"), null=True)
    sent_at = models.DateTimeField(_("sent at"), null=True)
    is_sandbox = models.BooleanField(_("to the sandbox"), default=False)
    failure = models.CharField(_("failure"), max_length=30, blank=True, help_text=_("The class of the failure"))
    failure_detail = models.CharField(_("what the gateway said"), max_length=300, blank=True)
    kind = models.CharField(_("kind"), max_length=20, blank=True, help_text=_("What it left as, such as sms or lms"))
    cost = models.DecimalField(_("cost"), max_digits=10, decimal_places=2, default=0, help_text=_("won"))
    provider_id = models.CharField(_("number at the gateway"), max_length=100, blank=True)
    # What the gateway reported after it had accepted the message; `pipeline/reports.py` writes it.
    delivery = models.CharField(_("delivery"), max_length=10, choices=Delivery.choices, blank=True)
    delivered_at = models.DateTimeField(_("delivered at"), null=True)
    # Roll-ups of the hits; first times, machines left out.
    opened_at = models.DateTimeField(_("opened at"), null=True)
    clicked_at = models.DateTimeField(_("clicked at"), null=True)
    unsubscribed_at = models.DateTimeField(_("unsubscribed at"), null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [models.UniqueConstraint(fields=["enrollment", "step"], name="message_once_per_intent")]
        indexes = [
            models.Index(fields=["campaign", "status"], name="message_campaign_status"),
            models.Index(fields=["customer", "-planned_at"], name="message_of_customer"),
            models.Index(fields=["campaign", "account", "due_at"], condition=Q(status="planned"), name="message_due"),
            models.Index(fields=["lease_until"], condition=Q(status__in=["claimed", "sending"]), name="message_leased"),
            models.Index(fields=["-id"], condition=Q(status__in=["failed", "unknown"]), name="message_in_trouble"),
            models.Index(fields=["campaign"], condition=Q(delivery="failed"), name="message_undelivered"),
            models.Index(fields=["provider_id"], condition=~Q(provider_id=""), name="message_at_gateway"),
            models.Index(
                fields=["sent_at"],
                condition=Q(status="sent", delivery="") & ~Q(provider_id=""),
                name="message_awaits_report",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class ClosedLeg(models.Model):
    """A way on which a message certainly did not arrive, before it was tried on the next (K-05, K-06)."""

    message = models.ForeignKey(Message, models.PROTECT, verbose_name=_("message"), related_name="closed_legs")
    leg = models.PositiveSmallIntegerField(_("way"))
    account = models.ForeignKey(
        "campaigns.ChannelAccount", models.PROTECT, verbose_name=_("sending account"), related_name="+", db_index=False
    )
    variant = models.ForeignKey(
        "campaigns.Variant", models.PROTECT, verbose_name=_("variant"), related_name="+", db_index=False
    )
    kind = models.CharField(_("kind"), max_length=20, blank=True)
    cost = models.DecimalField(_("cost"), max_digits=10, decimal_places=2, default=0, help_text=_("won"))
    failure = models.CharField(_("failure"), max_length=30)
    failure_detail = models.CharField(_("what the gateway said"), max_length=300, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True)
    closed_at = models.DateTimeField(_("closed at"), db_default=Now())

    class Meta:
        verbose_name = _("closed way")
        verbose_name_plural = _("closed ways")
        constraints = [models.UniqueConstraint(fields=["message", "leg"], name="leg_closed_once")]

    def __str__(self) -> str:
        return f"{self.message_id}/{self.leg}"
