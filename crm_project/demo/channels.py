"""Sending accounts of 단골마트, all of them to the sandbox; those for texts, its app and the browser are made here."""

from collections.abc import Mapping
from datetime import date

from campaigns.channels.base import CHANNELS
from campaigns.models import ChannelAccount, Price

# Named so that e-mail stays the first account, which new campaigns begin with.
ACCOUNTS = {"문자 메시지": "sms", "앱 푸시": "push", "웹 푸시": "web_push", "인앱 메시지": "in_app"}
WON = {"sms": "9", "lms": "27", "mms": "60"}
PRICES_SINCE = date(2026, 1, 1)
SENDER = {
    "gateway": "sandbox",
    "sender_name": "단골마트",
    "sender_address": "02-000-0000",
    "contact_phone": "02-000-0000",
    "postal_address": "서울특별시 중구 세종대로 110",
}
OPT_OUT = "080-000-0000"


def set_up() -> None:
    """Make the accounts and what their messages cost, where they are missing."""
    for name, channel in ACCOUNTS.items():
        account(name, channel, won=WON, opt_out_number=OPT_OUT)


def account(name: str, channel: str, *, won: Mapping[str, str], **given: object) -> ChannelAccount:
    """Return the account of this name, made where it is missing, as what its messages cost is.

    Args:
        won: the price of a message of each kind; nothing for a kind that is not in it.
        given: what the account has otherwise than the shop's others.
    """
    defaults = SENDER | {"channel": channel} | given
    found, _is_new = ChannelAccount.objects.get_or_create(name=name, defaults=defaults)
    for kind in CHANNELS[channel].kinds:
        terms = {"account": found, "kind": kind, "since": PRICES_SINCE}
        Price.objects.get_or_create(**terms, defaults={"won": won.get(kind, "0")})
    return found
