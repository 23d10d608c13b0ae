"""The admin of campaigns, a module an idea: campaigns, accounts, messages, and what messages are made of."""

from campaigns import (
    account_admin,
    campaign_admin,
    frequency_cap_admin,
    kakao_profile_admin,
    kakao_template_admin,
    message_admin,
    picture_admin,
    restricted_admin,
    suppression_admin,
    template_admin,
)

__all__ = [
    "account_admin",
    "campaign_admin",
    "frequency_cap_admin",
    "kakao_profile_admin",
    "kakao_template_admin",
    "message_admin",
    "picture_admin",
    "restricted_admin",
    "suppression_admin",
    "template_admin",
]
