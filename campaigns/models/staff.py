"""Where tests go: addresses of staff, proven by a code that was sent there, and what was sent."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from campaigns.channels.base import channel_choices


class StaffAddress(models.Model):
    """An address that its owner, a member of staff, has proven to read. Only there may a test go (U-05)."""

    class Kind(models.TextChoices):
        EMAIL = "email", _("e-mail address")
        PHONE = "phone", _("mobile number")
        APP = "app", _("device with the app")
        BROWSER = "browser", _("browser")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("whose"), related_name="staff_addresses"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.EMAIL)
    address = models.CharField(_("address"), max_length=1000)
    code_hash = models.CharField(_("hash of the code"), max_length=128, blank=True, editable=False)
    code_sent_at = models.DateTimeField(_("code sent at"), null=True, editable=False)
    wrong_codes = models.PositiveSmallIntegerField(_("wrong codes"), default=0, editable=False)
    # The code really left. What was confirmed in the sandbox alone is good for the sandbox alone.
    is_proven = models.BooleanField(_("proven"), default=False, editable=False)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, editable=False)

    class Meta:
        verbose_name = _("staff address")
        verbose_name_plural = _("staff addresses")
        ordering = ["user", "kind", "pk"]
        constraints = [models.UniqueConstraint(fields=["user", "kind", "address"], name="staff_address_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind}"


class StaffMessage(models.Model):
    """A test or a code that went to a staff address. It is no message: nothing counts it."""

    address = models.ForeignKey(StaffAddress, models.CASCADE, verbose_name=_("staff address"), related_name="messages")
    # Null: a code, which belongs to no campaign.
    campaign = models.ForeignKey(
        "campaigns.Campaign", models.CASCADE, verbose_name=_("campaign"), null=True, related_name="staff_messages"
    )
    channel = models.CharField(_("channel"), max_length=20, choices=channel_choices)
    is_sandbox = models.BooleanField(_("to the sandbox"), default=True)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("by"), related_name="+")
    sent_at = models.DateTimeField(_("at"), db_default=Now())
    fate = models.CharField(_("what became of it"), max_length=10, blank=True)
    detail = models.CharField(_("what the gateway said"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("test message")
        verbose_name_plural = _("test messages")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["sent_by", "sent_at"], name="staff_message_rate")]

    def __str__(self) -> str:
        return f"{self.channel} {self.pk}"
