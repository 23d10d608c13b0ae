"""What the form of a sending account asks of mail alone: pace by domain, and where bounces come back (E-05)."""

import re

from django import forms
from django.utils.translation import gettext_lazy as _

DOMAIN_RATE = re.compile(r"([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)\s*[:\s]\s*(\d{1,4}(?:\.\d{1,2})?)")


class DomainRatesField(forms.CharField):
    """Messages a second by domain, typed as lines such as "naver.com 5" and kept as a mapping."""

    widget = forms.Textarea(attrs={"rows": 3, "placeholder": "naver.com 5\nhanmail.net 3"})

    def prepare_value(self, value: object) -> object:
        """Write the mapping as lines."""
        return "\n".join(f"{domain} {rate:g}" for domain, rate in value.items()) if isinstance(value, dict) else value

    def to_python(self, value: object) -> dict[str, float]:  # type: ignore[override]
        """Read the lines.

        Raises:
            ValidationError: a line that is not a domain and a number above zero.
        """
        rates = {}
        for line in str(value or "").lower().splitlines():
            found = DOMAIN_RATE.fullmatch(line.strip())
            if line.strip() and (found is None or float(found[2]) <= 0):
                raise forms.ValidationError(_("“%s” is no domain and number, such as naver.com 5.") % line.strip())
            if found:
                rates[found[1]] = float(found[2])
        return rates


class MailAccountFields(forms.Form):
    """The fields; `ChannelAccountForm` takes them in."""

    domain_rates = DomainRatesField(
        label=_("Slower domains"),
        required=False,
        help_text=_("Messages a second to domains that throttle, one a line. All workers keep to it together."),
    )
    sender_domain = forms.CharField(
        label=_("Domain at the service"), required=False, max_length=255, help_text=_("Mailgun only")
    )
    bounce_address = forms.EmailField(
        label=_("Bounces come back to"),
        required=False,
        help_text=_("Such as bounces@shop.kr, which must take bounces+anything@shop.kr too. Empty: to the sender"),
    )
    bounce_host = forms.CharField(
        label=_("IMAP server"), required=False, help_text=_("Of that mailbox, where it is read over IMAP")
    )
    bounce_user = forms.CharField(label=_("IMAP user"), required=False)
    bounce_password_variable = forms.RegexField(
        r"^[A-Z][A-Z0-9_]*_PASSWORD$",
        label=_("IMAP password variable"),
        required=False,
        max_length=100,
        error_messages={"invalid": _("Name a variable that ends in _PASSWORD, such as MAIL_PASSWORD.")},
    )

    MAIL_SETTINGS = (
        *("domain_rates", "sender_domain"),
        *("bounce_address", "bounce_host", "bounce_user", "bounce_password_variable"),
    )
