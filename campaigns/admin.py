"""The admin of campaigns, a module an idea: campaigns, accounts, messages."""

from campaigns import account_admin, campaign_admin, message_admin

__all__ = ["account_admin", "campaign_admin", "message_admin"]
