"""The form of a sending account: the settings of its gateway as fields of their own, the password never."""

import re

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.channels.base import CHANNELS
from campaigns.channels.notification import APP_LINK
from campaigns.gateways.base import GATEWAYS
from campaigns.gateways.mail_services import MAIL_SERVICES
from campaigns.models import ChannelAccount
from campaigns.senders.mail_account_form import MailAccountFields
from customers.contacts import normalise_email

# What the law asks of an account, besides who sends: for text messages, for whoever handles data, for its hours.
LAW_FIELDS = (
    "opt_out_number",
    "caller_registered_until",
    "certificate_number",
    "certificate_until",
    "processor",
    "contract_on",
    "country",
    "overseas_notice_on",
    "opens_at",
    "closes_at",
)
TEXTS, KAKAO, NOTIFICATIONS = ("sms",), ("alimtalk", "brand_message"), ("push", "web_push")
# What an account is asked for by its channel and by its gateway; every other field concerns all of them.
OF_CHANNELS = {
    "kakao_profile": KAKAO,
    "opt_out_number": (*TEXTS, *KAKAO),
    **dict.fromkeys(("caller_registered_until", "certificate_number", "certificate_until"), TEXTS),
    **dict.fromkeys(("opt_out_path", "opt_out_link", "ttl_hours"), NOTIFICATIONS),
    **dict.fromkeys(("host", "port", "security"), ("email",)),
    "connections": ("email", *NOTIFICATIONS),
    **dict.fromkeys(MailAccountFields.MAIL_SETTINGS, ("email",)),
}
OF_GATEWAYS = {
    **dict.fromkeys(("host", "port", "security"), ("smtp", "sandbox")),
    **dict.fromkeys(("service", "webhook_key_variable", "sender_domain"), ("anymail",)),
    **dict.fromkeys(("domain_rates", "bounce_address", "bounce_host"), ("smtp",)),
    **dict.fromkeys(("bounce_user", "bounce_password_variable"), ("smtp",)),
}
SECURITY_CHOICES = [("starttls", "STARTTLS"), ("ssl", "SSL/TLS"), ("none", _("none (own network only)"))]
PASSWORD_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*_PASSWORD")


class ChannelAccountForm(MailAccountFields, forms.ModelForm):
    """An account with the gateway's settings as fields of their own."""

    host = forms.CharField(label=_("Server"), required=False, help_text=_("smtp.example.com"))
    port = forms.IntegerField(label=_("Port"), required=False, min_value=1, max_value=65_535, initial=587)
    security = forms.ChoiceField(label=_("Encryption"), choices=SECURITY_CHOICES, required=False)
    user = forms.CharField(label=_("User"), required=False, help_text=_("With SOLAPI the API key"))
    service = forms.ChoiceField(
        label=_("Mail service"),
        required=False,
        choices=[("", "–"), *((key, service.label) for key, service in MAIL_SERVICES.items())],
    )
    webhook_key_variable = forms.CharField(
        label=_("Variable of the webhook key"),
        required=False,
        max_length=100,
        help_text=_("Name of the environment variable with the key that the service signs its calls with"),
    )
    connections = forms.IntegerField(
        label=_("At once"),
        required=False,
        min_value=1,
        max_value=100,
        help_text=_("Connections of each worker. Empty: one for SMTP, ten for notifications"),
    )
    opt_out_path = forms.CharField(
        label=_("Where one refuses in the app"),
        required=False,
        max_length=40,
        help_text=_("Every advertising notification ends with it. Empty: 설정 > 알림"),
    )
    opt_out_link = forms.CharField(
        label=_("Address of that screen"),
        required=False,
        max_length=500,
        help_text=_("Such as shop://settings/notifications. Empty: a page of ours that refuses in one step"),
    )
    ttl_hours = forms.IntegerField(
        label=_("Kept for, hours"),
        required=False,
        min_value=1,
        max_value=672,
        help_text=_("How long a telephone that is off may take to get it, advertising until night. Empty: 24"),
    )

    IN_SETTINGS = (
        *("host", "port", "security", "user", "service", "webhook_key_variable"),
        *("opt_out_path", "opt_out_link", "ttl_hours", "connections"),
        *MailAccountFields.MAIL_SETTINGS,
    )
    WITH_KEY = ("fcm", "vapid")

    class Meta:
        model = ChannelAccount
        fields = (
            "name",
            "channel",
            "gateway",
            "password_variable",
            "kakao_profile",
            "is_live",
            "sender_name",
            "sender_address",
            "contact_phone",
            "postal_address",
            "rate_per_second",
            *LAW_FIELDS,
        )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for name in self.IN_SETTINGS:
            if name in self.fields and name in self.instance.settings:
                self.fields[name].initial = self.instance.settings[name]

    def clean_sender_address(self) -> str:
        """Store an e-mail address as it is compared; a number is shown as it was typed."""
        typed = self.cleaned_data["sender_address"].strip()
        return normalise_email(typed) if self.cleaned_data.get("channel") in (None, "email") else typed

    def clean_opt_out_link(self) -> str:
        """Take an address that an app may open."""
        link = self.cleaned_data["opt_out_link"]
        if link and not APP_LINK.fullmatch(link):
            raise forms.ValidationError(_("Begin with https:// or with your app's own scheme."))
        return link

    def clean_password_variable(self) -> str:
        """Take variables that hold passwords only: any other one would be sent to a server of the editor's choice."""
        return _password_variable(self.cleaned_data["password_variable"])

    def clean_webhook_key_variable(self) -> str:
        """Take variables that hold passwords only, as above."""
        return _password_variable(self.cleaned_data["webhook_key_variable"])

    def clean(self) -> dict[str, object]:
        """Ask for what the gateway cannot do without."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("gateway") == "smtp" and not cleaned.get("host"):
            self.add_error("host", _("An SMTP account needs the name of its server."))
        if cleaned.get("gateway") == "solapi" and not (cleaned.get("user") and cleaned.get("password_variable")):
            self.add_error("user", _("A SOLAPI account needs its API key here, and the variable with its API secret."))
        if cleaned.get("gateway") == "anymail" and not cleaned.get("service"):
            self.add_error("service", _("Choose the mail service of the account."))
        if cleaned.get("gateway") in self.WITH_KEY and not cleaned.get("password_variable"):
            self.add_error("password_variable", _("Name the variable that holds the key of this account."))
        carried = GATEWAYS[cleaned["gateway"]].channels if cleaned.get("gateway") else ()
        if carried and cleaned.get("channel") not in carried:
            names = ", ".join(str(CHANNELS[key].label) for key in carried)
            self.add_error("gateway", _("This gateway carries: %s. Choose another one for this channel.") % names)
        return cleaned

    def save(self, commit: bool = True) -> ChannelAccount:
        """Keep the gateway's settings together in one field; what was emptied goes, what has no field here stays."""
        asked = [name for name in self.IN_SETTINGS if self.add_prefix(name) in self.data]
        others = {name: value for name, value in self.instance.settings.items() if name not in asked}
        given = {name: self.cleaned_data.get(name) for name in asked}
        self.instance.settings = others | {name: value for name, value in given.items() if value}
        return super().save(commit)


def is_asked(field: str, *, channel: str, gateway: str) -> bool:
    """Tell whether an account of this channel and gateway has a use for the field."""
    return channel in OF_CHANNELS.get(field, (channel,)) and gateway in OF_GATEWAYS.get(field, (gateway,))


def _password_variable(name: str) -> str:
    if name and not PASSWORD_VARIABLE.fullmatch(name):
        raise forms.ValidationError(_("Name a variable that ends in _PASSWORD, such as MAIL_PASSWORD."))
    return name
