"""The mail services that `anymail.py` can send over: what each calls its secrets, and where it reports."""

from dataclasses import dataclass

from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class MailService:
    """A service as django-anymail knows it. `secret` is its name for the password, `user` for the user, if it has one.

    `webhook_key` is its name for the key that its calls are signed with; without one the address alone is secret.
    """

    label: str
    module: str
    view: str
    secret: str
    user: str = ""
    webhook_key: str = ""

    def backend(self) -> type:
        """Return the class that sends."""
        return import_string(f"anymail.backends.{self.module}.EmailBackend")

    def webhook_view(self) -> type:
        """Return the class that reads its calls. It warns of addresses without a password; ours are secret."""
        view = import_string(f"anymail.webhooks.{self.module}.{self.view}")
        return type(view.__name__, (view,), {"warn_if_no_basic_auth": False})


MAIL_SERVICES = {
    "brevo": MailService("Brevo", "brevo", "BrevoTrackingWebhookView", "api_key"),
    "mailersend": MailService(
        "MailerSend", "mailersend", "MailerSendTrackingWebhookView", "api_token", webhook_key="signing_secret"
    ),
    "mailgun": MailService(
        "Mailgun", "mailgun", "MailgunTrackingWebhookView", "api_key", webhook_key="webhook_signing_key"
    ),
    "mailjet": MailService("Mailjet", "mailjet", "MailjetTrackingWebhookView", "secret_key", user="api_key"),
    "postal": MailService("Postal", "postal", "PostalTrackingWebhookView", "api_key", webhook_key="webhook_key"),
    "postmark": MailService("Postmark", "postmark", "PostmarkTrackingWebhookView", "server_token"),
    "resend": MailService("Resend", "resend", "ResendTrackingWebhookView", "api_key", webhook_key="signing_secret"),
    "sendgrid": MailService(
        "SendGrid",
        "sendgrid",
        "SendGridTrackingWebhookView",
        "api_key",
        webhook_key="tracking_webhook_verification_key",
    ),
    "sparkpost": MailService("SparkPost", "sparkpost", "SparkPostTrackingWebhookView", "api_key"),
    "unisender_go": MailService("Unisender Go", "unisender_go", "UnisenderGoTrackingWebhookView", "api_key"),
}
