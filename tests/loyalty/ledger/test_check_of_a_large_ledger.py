"""The nightly check of a large ledger: it finds nothing, and then each of fifty rows that were corrupted all over it.

`LEDGER_ACCOUNTS` sets the size, at ten entries an account (400); `make large-ledger-test` checks a million.
"""

import os
import time
from collections.abc import Callable

import pytest

from bench import large_ledger
from loyalty.ledger.checking import differences
from loyalty.models import Account, Entry
from tests.loyalty.ledger.bookings import account
from tests.loyalty.ledger.corrupting import CORRUPTIONS, ROUNDS, corrupt, unguard

pytestmark = pytest.mark.django_db

ACCOUNTS = int(os.environ.get("LEDGER_ACCOUNTS", "400"))
MOST_SECONDS = 900
KINDS = ("earn", "activate", "redeem", "hold", "capture", "void", "give_back", "claw_back", "adjust", "expire")


@pytest.fixture
def other() -> int:
    """A large ledger; the number of a member to whom nothing was booked."""
    large_ledger.fill(ACCOUNTS)
    return account().pk


def checked(name: str, record: Callable[[str, object], None]) -> set[tuple[str, int]]:
    """The rows that the check names; it may take a quarter of an hour at most."""
    began = time.monotonic()
    found = {(finding.table, finding.row) for finding in differences()}
    record(f"{name}, seconds", round(time.monotonic() - began, 1))
    assert time.monotonic() - began < MOST_SECONDS
    return found


def test_fifty_corrupted_rows_of_a_large_ledger_are_named(
    other: int, record_property: Callable[[str, object], None]
) -> None:
    record_property("accounts", Account.objects.count())
    record_property("entries", Entry.objects.count())
    assert {*KINDS} == {*Account.objects.values_list("transactions__kind", flat=True).distinct()} - {None}
    assert checked("untouched", record_property) == set()

    unguard()
    spoilt = [
        (what, seed, corrupt(what, other=other, seed=seed, among=_of_one_in_fifty(what, number)))
        for number, (what, seed) in enumerate((what, seed) for seed in range(ROUNDS) for what in CORRUPTIONS)
    ]
    named = checked("corrupted", record_property)

    assert len(spoilt) == 50
    assert [(what, seed) for what, seed, rows in spoilt if not rows & named] == []


def _of_one_in_fifty(what: str, number: int) -> str:
    """Return a condition that gives each corruption accounts of its own, so that none hides another."""
    words = CORRUPTIONS[what].split()
    table = words[1] if words[0] == "UPDATE" else words[2]
    of_account = f"account_id % 50 = {number}"
    # Joined and not asked row by row, which takes a minute among ten million.
    through = {
        "loyalty_account": f"id % 50 = {number}",
        "loyalty_entry": f"transaction_id IN (SELECT id FROM loyalty_transaction WHERE {of_account})",
        "loyalty_lotmove": f"lot_id IN (SELECT id FROM loyalty_lot WHERE {of_account})",
    }
    return through.get(table, of_account)
