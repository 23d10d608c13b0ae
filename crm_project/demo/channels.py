"""Sending accounts of 단골마트 for texts, its app and the browser, so that every editor can be looked at."""

from datetime import date

from campaigns.channels.base import CHANNELS
from campaigns.models import ChannelAccount, Price

# Named so that e-mail stays the first account, which new campaigns begin with.
ACCOUNTS = {"문자 메시지": "sms", "앱 푸시": "push", "웹 푸시": "web_push", "인앱 메시지": "in_app"}
WON = {"sms": "9", "lms": "27", "mms": "60"}
PRICES_SINCE = date(2026, 1, 1)


def set_up() -> None:
    """Make the accounts and what their messages cost, where they are missing; all send to the sandbox."""
    for name, channel in ACCOUNTS.items():
        account, _is_new = ChannelAccount.objects.get_or_create(
            name=name,
            defaults={
                "channel": channel,
                "gateway": "sandbox",
                "sender_name": "단골마트",
                "sender_address": "02-000-0000",
                "contact_phone": "02-000-0000",
                "postal_address": "서울특별시 중구 세종대로 110",
                "opt_out_number": "080-000-0000",
            },
        )
        for kind in CHANNELS[channel].kinds:
            terms = {"account": account, "kind": kind, "since": PRICES_SINCE}
            Price.objects.get_or_create(**terms, defaults={"won": WON.get(kind, "0")})
