"""The mandatory end of a mail and its headers: who sends it, and a way out in one step (L-20, E-03)."""

from django.utils.html import format_html
from django.utils.safestring import SafeString

from campaigns.models import ChannelAccount
from crm_project.country_rules import country_rules

OPT_OUT_KOREAN, OPT_OUT_ENGLISH = "수신거부", "Unsubscribe"
IN_HTML = {
    OPT_OUT_KOREAN: '더 이상 받지 않으시려면 <a href="{0}" style="color:#444444 !important">{1}</a>를 눌러 주세요.',
    OPT_OUT_ENGLISH: 'To stop receiving these e-mails, <a href="{0}" style="color:#444444 !important">{1}</a>.',
}
# `!important` in place: a style sheet of the content cannot hide the footer.
FOOTER_STYLE = (
    "display:block !important;visibility:visible !important;opacity:1 !important;max-height:none !important;"
    "margin:24px 0 0;padding:16px;border-top:1px solid #d9d9d9;font-size:12px !important;line-height:1.6;"
    "color:#666666 !important;background:#ffffff !important;text-align:left"
)


def footer_html(account: ChannelAccount, *, unsubscribe_url: str | None) -> SafeString:
    """Return the mandatory end of the HTML part; without an address to opt out for informational messages."""
    words = country_rules().opt_out_words if unsubscribe_url is not None else ()
    opt_out = "".join(format_html("<br>" + IN_HTML[word], unsubscribe_url, word) for word in words)
    sender = format_html(
        '<div data-mandatory="footer" style="{}">{}<br>{}<br>전화 {} · 이메일 {}',
        FOOTER_STYLE,
        account.sender_name,
        account.postal_address,
        account.contact_phone,
        account.sender_address,
    )
    return SafeString(f"{sender}{opt_out}</div>")


def footer_text(account: ChannelAccount, *, unsubscribe_url: str | None) -> str:
    """Return the mandatory end of the plain-text part."""
    lines = [
        "--",
        account.sender_name,
        account.postal_address,
        f"전화 {account.contact_phone} · 이메일 {account.sender_address}",
    ]
    if unsubscribe_url is not None:
        lines += [f"{word}: {unsubscribe_url}" for word in country_rules().opt_out_words]
    return "\n".join(lines)


def opt_out_headers(unsubscribe_url: str) -> dict[str, str]:
    """Return the headers of one-click opt-out (RFC 8058, E-03)."""
    return {
        "List-Unsubscribe": f"<{unsubscribe_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
