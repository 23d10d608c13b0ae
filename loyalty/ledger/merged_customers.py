"""What becomes of points accounts when two customers are merged, and when that is undone."""

from loyalty.ledger.transfers import transfer, transfer_back
from loyalty.models import Account


def join_accounts(from_id: int, to_id: int) -> list[int]:
    """Bring one customer's points to another; return the accounts that were concerned.

    Where the other one has no account in the program, the account itself changes hands.
    """
    own = dict(Account.objects.filter(customer=to_id).values_list("program", "pk"))
    accounts = list(Account.objects.filter(customer=from_id, merged_into=None).order_by("pk"))
    for account in accounts:
        kept = own.get(account.program_id)
        if kept is None:
            Account.objects.filter(pk=account.pk).update(customer=to_id)
        else:
            transfer(account.pk, kept)
    return [account.pk for account in accounts]


def part_accounts(ids: list[int], from_id: int, to_id: int) -> None:
    """Undo `join_accounts`: what is left of the points that came goes back, what was earned since stays."""
    for account in Account.objects.filter(pk__in=ids).order_by("pk"):
        if account.customer_id == from_id:
            Account.objects.filter(pk=account.pk).update(customer=to_id)
        else:
            transfer_back(account.pk)
