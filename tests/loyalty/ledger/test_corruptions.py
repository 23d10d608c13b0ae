"""Whoever is beyond triggers and grants can still change a row: the nightly check names it, fifty times of fifty."""

import io
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from loyalty import ledger
from loyalty.ledger.checking import LedgerDiffers, check, differences
from loyalty.models import LedgerCheck
from loyalty.tasks import check_ledger
from tests.factories import make_user
from tests.loyalty.ledger.bookings import DAY, NOW, account, adjust, claw_back, earn, give_back, hold, redeem
from tests.loyalty.ledger.corrupting import CORRUPTIONS, ROUNDS, corrupt, unguard

pytestmark = pytest.mark.django_db


@pytest.fixture
def other() -> Iterator[int]:
    """A shop with every kind of booking; the number of a member to whom nothing was booked. Triggers are off."""
    clerk = make_user("clerk")
    for number in range(4):
        member = account()
        first = earn(member, 100 + number, days=5)
        second = earn(member, 50, days=400)
        earn(member, 40, pending=3)
        used = redeem(member, 30)
        give_back(used, 10)
        claw_back(first, 20)
        ledger.capture(hold(member, 25).pk, 15, now=NOW)
        ledger.void(hold(member, 10).pk, now=NOW)
        adjust(member, 12, by=clerk)
        ledger.expire_due(NOW + 6 * DAY)
        redeem(member, 20, at=NOW + 7 * DAY)
        hold(member, 5, at=NOW + 8 * DAY, minutes=60)
        if number == 3:
            redeem(member, 60, at=NOW + 8 * DAY + timedelta(minutes=1))
            claw_back(second, 50, at=NOW + 8 * DAY + timedelta(minutes=1))
    assert differences() == []
    unguard()
    return account().pk


def test_each_of_fifty_corrupted_rows_is_named(other: int) -> None:
    missed = [
        (what, seed) for what in CORRUPTIONS for seed in range(ROUNDS) if not _is_named(what, other=other, seed=seed)
    ]

    assert len(CORRUPTIONS) * ROUNDS == 50
    assert missed == []


def _is_named(what: str, *, other: int, seed: int) -> bool:
    """Corrupt a row of that kind, check, and put it back; tell whether a finding names it or what it belongs to."""
    with transaction.atomic():
        spoilt = corrupt(what, other=other, seed=seed)
        named = {(finding.table, finding.row) for finding in differences()}
        transaction.set_rollback(True)
    return bool(named & spoilt)


def test_an_untouched_ledger_differs_nowhere(other: int) -> None:
    told = io.StringIO()

    call_command("ledger_check", stdout=told)

    assert "0 differences" in told.getvalue()


def test_the_command_names_the_row_and_fails(other: int) -> None:
    told = io.StringIO()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE loyalty_lot SET remaining = remaining - 1 WHERE remaining > 1 RETURNING id")
        (broken,) = cursor.fetchall()[0]

    with pytest.raises(SystemExit) as ended:
        call_command("ledger_check", stdout=told)

    assert ended.value.code == 1
    assert f"loyalty_lot {broken}: moves of a lot" in told.getvalue()


def test_the_nightly_job_fails_and_keeps_what_it_found(other: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE loyalty_account SET pending = pending + 1 WHERE id = %s", [other])

    with pytest.raises(LedgerDiffers, match=f"loyalty_account {other}"):
        check_ledger()

    kept = LedgerCheck.objects.get()
    assert (kept.differences, kept.accounts) == (2, 5)
    assert {finding["row"] for finding in kept.findings} == {other}


def test_a_check_of_nothing_finds_nothing() -> None:
    assert check().differences == 0
