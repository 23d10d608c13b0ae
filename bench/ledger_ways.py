"""The ways of using points that the bench of the ledger compares, each for one client with a connection of its own."""

import random
from collections.abc import Callable
from datetime import timedelta
from multiprocessing import get_context
from uuid import uuid4

from django.db import connection, transaction
from django.utils import timezone

from customers.models import Customer
from loyalty import ledger
from loyalty.ledger import Receipt
from loyalty.models import Account, Entry, Lot, LotMove, Transaction

POINTS = 10
FORK = get_context("fork")
Range = tuple[int, int]


def by_the_ledger(account_id: int) -> None:
    """Use points as the application does."""
    ledger.redeem(account_id, POINTS, receipt=Receipt("bench", uuid4().hex), occurred_at=timezone.now())


@transaction.atomic
def by_saving(account_id: int) -> None:
    """Use points as most Django applications would: lock the row, look, save each object."""
    account = Account.objects.select_for_update().get(pk=account_id)
    if account.status != Account.Status.OPEN or account.debt or account.available < POINTS:
        raise ValueError("Not enough points.")
    now = timezone.now()
    head = Transaction.objects.create(
        program_id=account.program_id, account=account, kind=Transaction.Kind.REDEEM, points=POINTS,
        source_system="saved", reference=uuid4().hex, occurred_at=now, posted_at=now,
    )  # fmt: skip
    account.available -= POINTS
    account.last_seq += 1
    Entry.objects.bulk_create([
        Entry(transaction=head, account=account, bucket="available", amount=-POINTS, seq=account.last_seq,
              balance_after=account.available),
        Entry(transaction=head, bucket="redeemed", amount=POINTS),
    ])  # fmt: skip
    left = POINTS
    for lot in Lot.objects.filter(account=account, state=Lot.State.ACTIVE).order_by("expires_at", "activates_at", "pk"):
        taken = min(left, lot.remaining)
        if taken:
            lot.remaining -= taken
            lot.state = Lot.State.ACTIVE if lot.remaining else Lot.State.SPENT
            lot.save()
            LotMove.objects.create(transaction=head, lot=lot, amount=-taken)
            left -= taken
    account.save()


class Clients:
    """Processes that wait at a gate, so that what is measured is their work and not their birth."""

    def __init__(self, way: Callable[[int], None], accounts: Range, *, clients: int, each: int) -> None:
        """Start them; each will use points so many times, of accounts chosen at random."""
        connection.close()  # no connection is shared with them
        self.gate = FORK.Barrier(clients + 1)
        self.processes = [
            FORK.Process(target=_work, args=(way, accounts, each, number, self.gate)) for number in range(clients)
        ]
        for process in self.processes:
            process.start()
        self.gate.wait()

    def work(self) -> None:
        """Let them work and wait for the last one.

        Raises:
            RuntimeError: one of them failed.
        """
        self.gate.wait()
        for process in self.processes:
            process.join()
        if any(process.exitcode for process in self.processes):
            raise RuntimeError("A client of the bench failed.")


def _work(way: Callable[[int], None], accounts: Range, each: int, number: int, gate: object) -> None:
    chosen = random.Random(number)  # noqa: S311
    connection.ensure_connection()
    ledger.current_program()
    gate.wait()
    gate.wait()
    for _each in range(each):
        way(chosen.randint(*accounts))
    connection.close()


def fill(accounts: int, *, points: int) -> Range:
    """Open accounts with three lots each; return the first and the last number."""
    now = timezone.now()
    people = (Customer(source="bench", external_id=str(number), joined_at=now) for number in range(accounts))
    Customer.objects.bulk_create(people, batch_size=5_000)
    ledger.open_accounts("SELECT id AS customer_id FROM customers_customer", program_id=ledger.current_program().pk)
    ledger.earn_many(AWARDS.format(lots=3, name="filled"), [points, now + timedelta(days=300)])
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(id), max(id) FROM loyalty_account")
        return cursor.fetchone()


AWARDS = """
    SELECT account.id AS account_id, %s::bigint AS points, '{name}' AS source_system,
           account.id || '-' || number AS reference, '' AS line, now() - interval '1 day' AS occurred_at,
           now() - interval '1 day' AS activates_at, %s + number * interval '1 day' AS expires_at, 'base' AS kind,
           NULL AS rule_version_id, NULL AS details, NULL AS store_id
    FROM loyalty_account account CROSS JOIN generate_series(1, {lots}) number
"""
