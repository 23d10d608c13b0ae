"""What gateways said about messages after they had accepted them."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from campaigns.gateways.base import ReportKind
from campaigns.gateways.failures import Failure


class GatewayReport(models.Model):
    """One thing a gateway said about one message. Append-only, but for what became of it.

    `pipeline/reports.py` is the only writer. It carries no address: `recipient_hash` tells whether the customer still
    has the one it speaks of.
    """

    class Kind(models.TextChoices):
        DELIVERED = ReportKind.DELIVERED.value, _("delivered")
        DEFERRED = ReportKind.DEFERRED.value, _("on its way")
        FAILED = ReportKind.FAILED.value, _("not delivered")
        BOUNCED = ReportKind.BOUNCED.value, _("bounced")
        COMPLAINED = ReportKind.COMPLAINED.value, _("complained")
        UNSUBSCRIBED = ReportKind.UNSUBSCRIBED.value, _("unsubscribed")
        OPENED = ReportKind.OPENED.value, _("opened")
        CLICKED = ReportKind.CLICKED.value, _("clicked")
        UNKNOWN = ReportKind.UNKNOWN.value, _("unknown code")

    class Source(models.TextChoices):
        WEBHOOK = "webhook", _("call of the gateway")
        MAIL = "mail", _("bounce mail")
        QUERY = "query", _("asked for")

    account = models.ForeignKey(
        "campaigns.ChannelAccount", models.PROTECT, verbose_name=_("sending account"), related_name="reports"
    )
    event_id = models.CharField(_("number of the report"), max_length=200)
    source = models.CharField(_("came by"), max_length=10, choices=Source.choices)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    failure = models.CharField(_("failure"), max_length=30, choices=Failure.choices, blank=True)
    code = models.CharField(_("code"), max_length=60, blank=True, help_text=_("The gateway's own"))
    detail = models.CharField(_("what the gateway said"), max_length=300, blank=True)
    told_id = models.BigIntegerField(_("our number, as told"), null=True)
    provider_id = models.CharField(_("number at the gateway"), max_length=100, blank=True)
    recipient_hash = models.CharField(_("keyed hash of the address"), max_length=32, blank=True)
    occurred_at = models.DateTimeField(_("happened at"))
    received_at = models.DateTimeField(_("received at"), db_default=Now())
    message = models.ForeignKey(
        "campaigns.Message", models.PROTECT, verbose_name=_("message"), null=True, related_name="reports"
    )
    # Null: waits, also for a message that is not known yet. Given up without a message: nobody here sent it.
    settled_at = models.DateTimeField(_("settled at"), null=True)

    class Meta:
        verbose_name = _("report of a gateway")
        verbose_name_plural = _("reports of gateways")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["account", "event_id"], name="reported_once")]
        indexes = [
            models.Index(fields=["id"], condition=Q(settled_at=None), name="report_waiting"),
            models.Index(fields=["settled_at"], condition=Q(settled_at__isnull=False), name="report_settled"),
            models.Index(fields=["message"], condition=Q(kind="complained"), name="report_complained"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.provider_id or self.told_id}"
