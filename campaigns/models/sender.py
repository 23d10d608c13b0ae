"""In whose name and over which account messages leave."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.channels.base import channel_choices
from campaigns.gateways import gateway_choices


class ChannelAccount(models.Model):
    """An account at a gateway, with the sender's identity that the law wants in every advertisement (L-10, L-20)."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    channel = models.CharField(_("channel"), max_length=20, choices=channel_choices, default="email")
    gateway = models.CharField(_("gateway"), max_length=30, choices=gateway_choices)
    settings = models.JSONField(
        _("settings"), default=dict, blank=True, help_text=_("What the gateway needs: host, port, user. No passwords.")
    )
    password_variable = models.CharField(
        _("password variable"),
        max_length=100,
        blank=True,
        help_text=_("Name of the environment variable that holds the password"),
    )
    is_live = models.BooleanField(
        _("live"), default=False, help_text=_("Second of three keys: without it everything goes to the sandbox")
    )
    kakao_profile = models.ForeignKey(
        "campaigns.KakaoProfile",
        models.PROTECT,
        verbose_name=_("KakaoTalk channel"),
        null=True,
        blank=True,
        related_name="accounts",
        help_text=_("In whose name AlimTalks and Brand Messages leave"),
    )
    sender_name = models.CharField(_("sender name"), max_length=100)
    sender_address = models.CharField(_("sender address"), max_length=200, help_text=_("E-mail address or number"))
    contact_phone = models.CharField(_("contact phone"), max_length=30)
    postal_address = models.CharField(_("postal address"), max_length=300)
    rate_per_second = models.PositiveIntegerField(_("messages a second at most"), default=50)
    next_send_at = models.DateTimeField(
        _("next may leave at"), null=True, editable=False, help_text=_("Up to when the rate is used up by all workers")
    )
    opt_out_number = models.CharField(
        _("080 opt-out number"),
        max_length=30,
        blank=True,
        help_text=_("Free of charge; every advertising text ends with it"),
    )
    caller_registered_until = models.DateField(
        _("caller number registered until"),
        null=True,
        blank=True,
        help_text=_("Caller numbers must be registered (G-05)"),
    )
    certificate_number = models.CharField(_("sender certification"), max_length=60, blank=True)
    certificate_until = models.DateField(_("certified until"), null=True, blank=True)
    processor = models.ForeignKey(
        "customers.Processor",
        models.PROTECT,
        verbose_name=_("processor"),
        null=True,
        blank=True,
        related_name="+",
        help_text=_("The company behind the gateway; customers must be told about it (P-09)"),
    )
    contract_on = models.DateField(_("contract of processing from"), null=True, blank=True)
    country = models.CharField(_("country of processing"), max_length=2, default="KR")
    overseas_notice_on = models.DateField(_("overseas transfer announced on"), null=True, blank=True)
    opens_at = models.TimeField(
        _("advertising from"), null=True, blank=True, help_text=_("Hours of the gateway, where stricter than the law")
    )
    closes_at = models.TimeField(_("advertising until"), null=True, blank=True)
    paused_at = models.DateTimeField(_("paused at"), null=True, blank=True, editable=False)
    pause_reason = models.CharField(_("why it is paused"), max_length=300, blank=True, editable=False)

    class Meta:
        verbose_name = _("sending account")
        verbose_name_plural = _("sending accounts")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
