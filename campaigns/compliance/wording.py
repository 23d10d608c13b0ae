"""What the rules say about content as its author wrote it: false labels, false replies, promotion in information."""

import re

from django.utils.translation import gettext as _

from campaigns.compliance.labels import FALSE_LABEL, LABEL, labelled
from campaigns.models import Campaign, ChannelAccount
from campaigns.pipeline.language import ContentProblem
from crm_project.country_rules import country_rules

FALSE_REPLY = re.compile(r"^\s*(?:re|fwd?|회신|답장|전달)\s*:", re.IGNORECASE)
# L-32: words that make a message an advertisement.
PROMOTION = re.compile(
    r"할인|쿠폰|특가|세일|혜택|이벤트|증정|무료배송|%\s*OFF|지금 구매|적립금 지급|한정|오늘만|베스트|추천"
    r"|utm_medium=promo",
    re.IGNORECASE,
)


def lint(campaign: Campaign, account: ChannelAccount, *, subject: str, content: str) -> list[ContentProblem]:
    """Return what the rules say about content as its author wrote it."""
    problems = _subject_problems(subject) + _sender_problems(account)
    if campaign.purpose == Campaign.MessagePurpose.INFORMATION:
        problems += _information_problems(subject, content)
    return problems


def promotional_words(text: str) -> list[str]:
    """Return the words of the text that make it read like advertising, each once, sorted (L-32)."""
    return sorted({match[0] for match in PROMOTION.finditer(text)})


def _subject_problems(subject: str) -> list[ContentProblem]:
    problems = []
    if country_rules().label:
        problems += _label_problems(subject)
    if FALSE_REPLY.search(subject.replace(LABEL, "")):
        problems.append(ContentProblem("subject", _("The subject must not pretend to be a reply (L-20).")))
    return problems


def _label_problems(subject: str) -> list[ContentProblem]:
    problems = []
    false = FALSE_LABEL.search(subject.replace(LABEL, ""))
    if false:
        message = _("“%s” is not the legal label. Leave it out: (광고) is put before the subject by itself.") % false[0]
        problems.append(ContentProblem("subject", message))
    if LABEL in labelled(subject).removeprefix(LABEL):
        message = _("(광고) stands within the subject. Leave it out: it is put before the subject by itself.")
        problems.append(ContentProblem("subject", message))
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
    words = promotional_words(f"{subject} {content}")
    if words:
        message = _("This reads like advertising: %s. One such element makes the whole message advertising (L-30).")
        problems.append(ContentProblem("html", message % ", ".join(words), is_warning=True))
    return problems
