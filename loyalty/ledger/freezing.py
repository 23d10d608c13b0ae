"""Stops the use of an account's points while something is looked into; it still earns, and returns still take back."""

from loyalty.models import Account


def freeze(account_id: int) -> bool:
    """Let an open account's points not be used; tell whether it was open."""
    return _change(account_id, Account.Status.OPEN, Account.Status.FROZEN)


def thaw(account_id: int) -> bool:
    """Let a frozen account's points be used again; tell whether it was frozen."""
    return _change(account_id, Account.Status.FROZEN, Account.Status.OPEN)


def _change(account_id: int, before: str, after: str) -> bool:
    return Account.objects.filter(pk=account_id, status=before).update(status=after) == 1
