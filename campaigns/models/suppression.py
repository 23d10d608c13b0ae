"""The addresses that get nothing, and how fast a receiving domain is written to."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from customers.models.consent import Channel


class Suppression(models.Model):
    """An address that gets no messages, by what happened there. An import never removes one (E-06)."""

    class Reason(models.TextChoices):
        BOUNCE = "bounce", _("bounced")
        COMPLAINT = "complaint", _("complained")
        INVALID = "invalid", _("invalid address")
        MANUAL = "manual", _("entered by staff")

    class Source(models.TextChoices):
        """Who said so."""

        STAFF = "staff", _("staff")
        GATEWAY = "gateway", _("the gateway, when it was handed over")
        REPORT = "report", _("a report of the gateway")
        MAIL = "mail", _("a bounce mail")

    channel = models.CharField(_("channel"), max_length=20, choices=Channel.choices)
    address = models.CharField(_("address"), max_length=254, help_text=_("Normalised: lower case, or +8210…"))
    reason = models.CharField(_("reason"), max_length=20, choices=Reason.choices)
    source = models.CharField(_("source"), max_length=10, choices=Source.choices, default=Source.STAFF, editable=False)
    message = models.ForeignKey(
        "campaigns.Message",
        models.SET_NULL,
        verbose_name=_("message"),
        null=True,
        editable=False,
        related_name="+",
        db_index=False,
        help_text=_("The message to which it happened"),
    )
    blocks_information = models.BooleanField(
        _("blocks informational messages too"), default=False, help_text=_("For addresses that do not exist")
    )
    since = models.DateTimeField(_("since"), db_default=Now())
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("suppressed address")
        verbose_name_plural = _("suppression list")
        constraints = [models.UniqueConstraint(fields=["channel", "address"], name="suppressed_once")]

    def __str__(self) -> str:
        return f"{self.channel} {self.reason}"


class DomainPace(models.Model):
    """When the next message over an account may go to a domain that throttles. `gateways/domain_pace.py` writes it."""

    account = models.ForeignKey(
        "campaigns.ChannelAccount", models.CASCADE, verbose_name=_("sending account"), related_name="+", db_index=False
    )
    domain = models.CharField(_("domain"), max_length=255)
    next_at = models.DateTimeField(_("next may leave at"))
    expected_until = models.DateTimeField(_("those who wait longer are back by"))

    class Meta:
        verbose_name = _("pace of a domain")
        verbose_name_plural = _("paces of domains")
        constraints = [models.UniqueConstraint(fields=["account", "domain"], name="pace_once_per_domain")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.domain}"
