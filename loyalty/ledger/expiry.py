"""The clock's job: accounts on which something has fallen due, one a transaction, by as many workers as there are."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from loyalty.ledger.book import Book
from loyalty.ledger.opening import open_lots
from loyalty.ledger.settling import settle
from loyalty.ledger.writing import write
from loyalty.models import Account


def expire_due(now: datetime, *, go_on: Callable[[], bool] = lambda: True) -> int:
    """Book what has fallen due on every account; return on how many. A second run finds nothing left.

    Cut at any moment it has lost nothing: each account is committed by itself, and what is left is still due.

    Args:
        go_on: asked before every account; the job ends when it says no.
    """
    settled = 0
    while go_on() and _settle_one(now):
        settled += 1
    return settled


@transaction.atomic
def _settle_one(now: datetime) -> bool:
    """Settle the account that has waited longest and that no other worker has; tell whether there was one."""
    waiting = Account.objects.filter(due_at__lte=now).order_by("due_at", "pk").select_related("program")
    account = waiting.select_for_update(skip_locked=True, no_key=True, of=("self",)).first()
    if account is None:
        return False
    settle(Book(account, open_lots(account), now, write))
    Account.objects.filter(pk=account.pk).update(due_at=account.due_at)
    return True
