"""Which gateways can be asked for templates, and which account answers for a KakaoTalk channel."""

from collections.abc import Callable

from campaigns.kakao.solapi_register import SolapiRegister
from campaigns.kakao.template_source import TemplateSource
from campaigns.models import ChannelAccount, KakaoProfile

# By the name of the gateway. One that is not listed cannot be asked: people note Kakao's decisions by hand.
SOURCES: dict[str, Callable[[ChannelAccount], TemplateSource]] = {"solapi": SolapiRegister}


def source_of(profile: KakaoProfile) -> TemplateSource | None:
    """Return the register that answers for a KakaoTalk channel; None where none of its accounts can be asked."""
    account = profile.accounts.filter(gateway__in=SOURCES).order_by("pk").first()
    return SOURCES[account.gateway](account) if account else None


def accounts_to_ask() -> list[ChannelAccount]:
    """Return the accounts for KakaoTalk whose gateway can be asked."""
    return list(
        ChannelAccount.objects.filter(gateway__in=SOURCES, channel__in=["alimtalk", "brand_message"]).order_by("pk")
    )
