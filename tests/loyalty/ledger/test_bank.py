"""F4: eight clients book at random on fifty accounts while one of them is killed every so often.

Five seconds here; ten minutes with LEDGER=full (`make ledger-tests`).
"""

import time
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

import pytest
from django.db import connection

from loyalty.ledger.checking import Finding, differences
from loyalty.models import Transaction
from tests.factories import make_ladder, make_user
from tests.loyalty.ledger.bank import Bank
from tests.loyalty.ledger.bookings import IS_FULL, account

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

CLIENTS, ACCOUNTS = 8, 50
SECONDS, SECONDS_BETWEEN_KILLS = (600, 5) if IS_FULL else (5, 1)
# I12, by the rows and not by the constraint that keeps it.
TWO_TIERS_AT_ONCE = """
    SELECT one.id FROM loyalty_tierperiod one JOIN loyalty_tierperiod other USING (customer_id)
    WHERE one.id < other.id AND tstzrange(one.started_at, one.ended_at) && tstzrange(other.started_at, other.ended_at)
"""


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    """A bank whose clerks may adjust as much as they like, with a ladder of tiers."""
    make_ladder()
    clerks = [make_user(f"clerk{number}").pk for number in range(3)]
    members = [account(adjust_most_a_day=10**9, adjust_alone_up_to=10**9).pk for _number in range(ACCOUNTS)]
    return Bank(members, clerks, clients=CLIENTS, journals=tmp_path)


def snapshot() -> list[Finding]:
    """Everything that differs at this moment (I1 to I12)."""
    with connection.cursor() as cursor:
        cursor.execute(TWO_TIERS_AT_ONCE)
        assert cursor.fetchall() == []
    return differences()


def test_the_bank_adds_up_at_every_moment_whoever_is_killed(
    bank: Bank, record_property: Callable[[str, object], None]
) -> None:
    ends_at, places, snapshots = time.monotonic() + SECONDS, cycle(range(CLIENTS)), 0

    while time.monotonic() < ends_at:
        kills_at = time.monotonic() + SECONDS_BETWEEN_KILLS
        while time.monotonic() < kills_at:
            assert snapshot() == []
            snapshots += 1
            time.sleep(max(0, min(1, kills_at - time.monotonic())))
        bank.kill_one(next(places))
    bank.close()

    assert snapshot() == []
    assert bank.fallen == []
    promised = bank.promised()
    assert Transaction.objects.filter(pk__in=promised).count() == len(set(promised)) > 0
    counted = {"snapshots": snapshots, "promised": len(promised), "booked": Transaction.objects.count()}
    for name, number in counted.items():
        record_property(name, number)
