"""The clock's job: accounts on which something has fallen due, one a transaction, by as many workers as there are."""

from collections.abc import Callable
from datetime import datetime

from django.db import connection, transaction

from loyalty.ledger.book import Book
from loyalty.ledger.opening import open_lots
from loyalty.ledger.settling import settle
from loyalty.ledger.writing import write
from loyalty.models import Account

# What an account waits for: the first of its lots to become usable or to die, the first of its holds to end. Only ever
# brought forward, for of what was booked while this waited for an account's lock it knows nothing.
DUE = """
    UPDATE loyalty_account AS account SET due_at = soonest.due_at
    FROM (
        SELECT account_id, min(at) AS due_at FROM (
            SELECT account_id, CASE state WHEN 'pending' THEN activates_at ELSE expires_at END AS at
            FROM loyalty_lot WHERE state IN ('active', 'pending')
            UNION ALL SELECT account_id, expires_at FROM loyalty_hold WHERE state = 'open'
        ) AS waiting GROUP BY account_id
    ) AS soonest
    WHERE soonest.account_id = account.id AND soonest.due_at < coalesce(account.due_at, 'infinity')
"""


def put_off() -> None:
    """Let nothing fall due by itself until `look_again`, while a past is lived through in which it has not yet."""
    Account.objects.filter(due_at__isnull=False).update(due_at=None)


def look_again() -> None:
    """Note on every account again when something falls due, where nothing or a later moment is noted."""
    with connection.cursor() as cursor:
        cursor.execute(DUE)


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
