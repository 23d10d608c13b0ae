"""A second look at a finished message, just before it leaves (L-28): is everything there that the law wants?"""

from typing import Protocol

from campaigns.compliance.labels import label, needs_label, text_frame
from campaigns.models import Campaign, ChannelAccount, SkipReason
from crm_project.country_rules import country_rules

# The opt-out must stand in what is shown last, so many characters from the last word of it at most.
FOOTER_REACH = 500


class Rendered(Protocol):
    """The parts of a rendered mail that the law looks at."""

    @property
    def subject(self) -> str: ...

    @property
    def html(self) -> str: ...

    @property
    def text(self) -> str: ...

    @property
    def unsubscribe_url(self) -> str: ...


def violation(campaign: Campaign, rendered: Rendered) -> SkipReason | None:
    """Return why a mail must not leave: no label, a doubled one, or no opt-out in each of its languages."""
    if not needs_label(campaign):
        return None
    rules = country_rules()
    wanted = rules.label
    if wanted and (not rendered.subject.startswith(wanted) or rendered.subject.count(wanted) > 1):
        return SkipReason.LABEL
    words = (*rules.opt_out_words, rendered.unsubscribe_url)
    for part in (rendered.html, rendered.text):
        footer_at = max(0, part.rfind(words[0]) - FOOTER_REACH)
        for word in words:
            if part.find(word, footer_at) < 0:
                return SkipReason.OPTOUT_LINE
    return None


def frame_violation(campaign: Campaign, account: ChannelAccount, *, first: str, last: str) -> SkipReason | None:
    """Return why a message of words only must not leave; `first` is what is shown first, `last` what is shown last.

    Both are the same text for a text message, title and body for a push message.
    """
    if not needs_label(campaign):
        return None
    head, tail = text_frame(account, campaign)
    if label() and (not first.startswith(label()) or first.count(label()) > 1):
        return SkipReason.LABEL
    if not account.sender_name.strip() or not first.startswith(head.rstrip()):
        return SkipReason.CONTACT
    if not tail.strip() or not last.endswith(tail) or last.count(tail.strip()) > 1:
        return SkipReason.OPTOUT_LINE
    return None
