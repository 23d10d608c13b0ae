"""The admin of campaigns, a module an idea: accounts, messages."""

from campaigns import account_admin, message_admin

__all__ = ["account_admin", "message_admin"]
