"""What opens and closes an advertisement, put there by the system and never typed by staff (L-20 … L-28).

The texts are for recipients, so they are Korean whatever language the operator works in.
"""

import re
import unicodedata

from campaigns.models import Campaign, ChannelAccount
from crm_project.country_rules import KOREA, country_rules

LABEL = KOREA.label
# L-22: spaced, dotted, square or wide brackets, English: none of them is the label.
FALSE_LABEL = re.compile(
    r"[\[(（［【〔<]\s*(?:광[\s.·_\-]*고|\S{1,4}광고|광고\S{1,4}|AD)\s*[\])）］】〕>]", re.IGNORECASE
)
FREE_OPT_OUT = "무료거부"
# Where in the shop's app one refuses; an account may say it otherwise (`opt_out_path` of its settings).
PUSH_OPT_OUT, APP_PATH = "수신거부", "설정 > 알림"
Frame = tuple[str, str]


def needs_label(campaign: Campaign) -> bool:
    """Tell whether the message is an advertisement. What is not declared information is advertising (L-31)."""
    return campaign.purpose != Campaign.MessagePurpose.INFORMATION


def label() -> str:
    """Return what opens every advertisement under this shop's rules; empty where the law asks for nothing."""
    return country_rules().label


def labelled(subject: str) -> str:
    """Return the subject with (광고) as its very first characters, never doubled (L-20, L-28)."""
    wanted = label()
    if not wanted:
        return subject
    if subject[:1].isalnum():  # as nearly all begin: nothing has to be taken away
        return f"{wanted} {subject}".rstrip()
    rest = subject[next((place for place, char in enumerate(subject) if not _is_invisible(char)), len(subject)) :]
    while rest.startswith(wanted):
        rest = rest.removeprefix(wanted).lstrip()
    return f"{wanted} {rest}".rstrip()


def text_frame(account: ChannelAccount, campaign: Campaign) -> Frame:
    """Return what goes right before and right after the words of a message without HTML; information has no frame.

    Of a text message it is the first line and the last ones (L-21), whose bytes count too (L-27). Of a push message
    it is the start of its title and the end of its body (L-23). Kakao draws its own marks (L-24), and an in-app message
    is a display (L-26).
    """
    frames = {"sms": _of_text_message, "push": _of_push, "web_push": _of_push}
    make = frames.get(account.channel)
    return make(account) if make and needs_label(campaign) else ("", "")


def digits(number: str) -> str:
    """Return a Korean number as people dial it, without separators: 0801234567."""
    dialled = re.sub(r"\D", "", number.replace("+82", "0", 1))
    return f"0{dialled.lstrip('0')}" if dialled.startswith("00") else dialled


def _of_text_message(account: ChannelAccount) -> Frame:
    head = f"{label()}[{account.sender_name}]\n"
    lines = []
    # The contact may be left out where it is the number that the phone shows as the caller (L-21).
    if digits(account.contact_phone) != digits(account.sender_address):
        lines.append(account.contact_phone)
    if account.opt_out_number:
        lines.append(f"{FREE_OPT_OUT}{digits(account.opt_out_number)}")
    return head, "".join(f"\n{line}" for line in lines)


def _of_push(account: ChannelAccount) -> Frame:
    path = account.settings.get("opt_out_path") or APP_PATH
    return f"{label()}[{account.sender_name}] ", f"\n{PUSH_OPT_OUT}: {path}"


def _is_invisible(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) in ("Cf", "Cc", "Zs")
