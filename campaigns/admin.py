"""The admin of campaigns, a module an idea: campaigns, accounts, messages, and what messages are made of."""

from campaigns import campaign_admin, frequency_cap_admin
from campaigns.automation_pages import automation_admin
from campaigns.bounces import suppression_admin
from campaigns.compliance import restricted_admin
from campaigns.kakao import kakao_profile_admin, kakao_template_admin
from campaigns.library import picture_admin, template_admin
from campaigns.outbox import message_admin
from campaigns.senders import account_admin

__all__ = [
    "account_admin",
    "automation_admin",
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
