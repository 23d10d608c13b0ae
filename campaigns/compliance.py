"""What the law wants in every message, and that nobody can edit away: label, sender, contact, opt-out.

The rules are those of docs/rules.md: L-10, L-20, L-22, L-28, L-32. The texts are for recipients, so they are Korean
with English under it (L-20) whatever language the operator works in.
"""

import re
import unicodedata
from typing import Protocol

from django.utils.html import format_html
from django.utils.translation import gettext as _

from campaigns.models import Campaign, ChannelAccount, SkipReason
from campaigns.pipeline.language import ContentProblem

LABEL = "(광고)"
# L-22: spaced, dotted, square or wide brackets, English: none of them is the label.
FALSE_LABEL = re.compile(
    r"[\[(（［【〔<]\s*(?:광[\s.·_\-]*고|\S{1,4}광고|광고\S{1,4}|AD)\s*[\])）］】〕>]", re.IGNORECASE
)
FALSE_REPLY = re.compile(r"^\s*(?:re|fwd?|회신|답장|전달)\s*:", re.IGNORECASE)
# L-32: words that make a message an advertisement.
PROMOTION = re.compile(
    r"할인|쿠폰|특가|세일|혜택|이벤트|증정|무료배송|%\s*OFF|지금 구매|적립금 지급|한정|오늘만|베스트|추천"
    r"|utm_medium=promo",
    re.IGNORECASE,
)
OPT_OUT_KOREAN, OPT_OUT_ENGLISH = "수신거부", "Unsubscribe"
# `!important` in place: a style sheet of the content cannot hide the footer.
FOOTER_STYLE = (
    "display:block !important;visibility:visible !important;opacity:1 !important;max-height:none !important;"
    "margin:24px 0 0;padding:16px;border-top:1px solid #d9d9d9;font-size:12px !important;line-height:1.6;"
    "color:#666666 !important;background:#ffffff !important;text-align:left"
)


class Rendered(Protocol):
    """The parts of a rendered message that the law looks at."""

    @property
    def subject(self) -> str: ...

    @property
    def html(self) -> str: ...

    @property
    def text(self) -> str: ...

    @property
    def unsubscribe_url(self) -> str: ...


def needs_label(campaign: Campaign) -> bool:
    """Tell whether the message must be labelled. What is not declared information is advertising (L-31)."""
    return campaign.purpose != Campaign.MessagePurpose.INFORMATION


def labelled(subject: str) -> str:
    """Return the subject with (광고) as its very first characters, never doubled (L-20, L-28)."""
    rest = subject.lstrip("".join({char for char in subject if _is_invisible(char)}))
    while rest.startswith(LABEL):
        rest = rest.removeprefix(LABEL).lstrip()
    return f"{LABEL} {rest}".rstrip()


def footer_html(account: ChannelAccount, *, unsubscribe_url: str | None) -> str:
    """Return the mandatory end of the HTML part; without an address to opt out for informational messages."""
    opt_out = ""
    if unsubscribe_url is not None:
        opt_out = format_html(
            '<br>더 이상 받지 않으시려면 <a href="{0}" style="color:#444444 !important">{1}</a>를 눌러 주세요.'
            '<br>To stop receiving these e-mails, <a href="{0}" style="color:#444444 !important">{2}</a>.',
            unsubscribe_url,
            OPT_OUT_KOREAN,
            OPT_OUT_ENGLISH,
        )
    return format_html(
        '<div data-mandatory="footer" style="{}">{}<br>{}<br>전화 {} · 이메일 {}{}</div>',
        FOOTER_STYLE,
        account.sender_name,
        account.postal_address,
        account.contact_phone,
        account.sender_address,
        opt_out,
    )


def footer_text(account: ChannelAccount, *, unsubscribe_url: str | None) -> str:
    """Return the mandatory end of the plain-text part."""
    lines = [
        "--",
        account.sender_name,
        account.postal_address,
        f"전화 {account.contact_phone} · 이메일 {account.sender_address}",
    ]
    if unsubscribe_url is not None:
        lines += [f"{OPT_OUT_KOREAN}: {unsubscribe_url}", f"{OPT_OUT_ENGLISH}: {unsubscribe_url}"]
    return "\n".join(lines)


def opt_out_headers(unsubscribe_url: str) -> dict[str, str]:
    """Return the headers of one-click opt-out (RFC 8058, E-03)."""
    return {
        "List-Unsubscribe": f"<{unsubscribe_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def violation(campaign: Campaign, rendered: Rendered) -> SkipReason | None:
    """Look at a finished message once more, just before it leaves; return why it must not (L-28)."""
    if not needs_label(campaign):
        return None
    if not rendered.subject.startswith(LABEL) or rendered.subject.count(LABEL) > 1:
        return SkipReason.LABEL
    for part in (rendered.html, rendered.text):
        footer = part[max(0, part.rfind(OPT_OUT_KOREAN) - 500) :]
        if not all(word in footer for word in (OPT_OUT_KOREAN, OPT_OUT_ENGLISH, rendered.unsubscribe_url)):
            return SkipReason.OPTOUT_LINE
    return None


def lint(campaign: Campaign, account: ChannelAccount, *, subject: str, content: str) -> list[ContentProblem]:
    """Return what the rules say about content as its author wrote it."""
    problems = _subject_problems(subject) + _sender_problems(account)
    if campaign.purpose == Campaign.MessagePurpose.INFORMATION:
        problems += _information_problems(subject, content)
    return problems


def _subject_problems(subject: str) -> list[ContentProblem]:
    problems = []
    false = FALSE_LABEL.search(subject.replace(LABEL, ""))
    if false:
        message = _("“%s” is not the legal label. Leave it out: (광고) is put before the subject by itself.") % false[0]
        problems.append(ContentProblem("subject", message))
    if LABEL in labelled(subject).removeprefix(LABEL):
        message = _("(광고) stands within the subject. Leave it out: it is put before the subject by itself.")
        problems.append(ContentProblem("subject", message))
    if FALSE_REPLY.search(subject.replace(LABEL, "")):
        problems.append(ContentProblem("subject", _("The subject must not pretend to be a reply (L-20).")))
    return problems


def _sender_problems(account: ChannelAccount) -> list[ContentProblem]:
    wanted = {
        _("sender name"): account.sender_name,
        _("sender address"): account.sender_address,
        _("contact phone"): account.contact_phone,
        _("postal address"): account.postal_address,
    }
    return [
        ContentProblem("account", _("The sending account has no %s, which every message must show.") % label)
        for label, value in wanted.items()
        if not value.strip()
    ]


def _information_problems(subject: str, content: str) -> list[ContentProblem]:
    problems = []
    if LABEL in subject:
        message = _("An informational message carries no (광고). Take it out, or make the campaign advertising.")
        problems.append(ContentProblem("subject", message))
    words = sorted({match[0] for match in PROMOTION.finditer(f"{subject} {content}")})
    if words:
        message = _("This reads like advertising: %s. One such element makes the whole message advertising (L-30).")
        problems.append(ContentProblem("html", message % ", ".join(words), is_warning=True))
    return problems


def _is_invisible(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) in ("Cf", "Cc", "Zs")
