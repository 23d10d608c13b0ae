"""What the desk promises as usable is what the ledger then takes."""

import pytest
from django.utils import timezone

from loyalty import ledger
from loyalty.desk.limits import needs_confirmation, usable_now
from loyalty.errors import LedgerRefused
from loyalty.models import Account, Program
from tests.loyalty.desk.counter import account_of, make_member
from tests.loyalty.ledger.bookings import claw_back, earn, receipt, redeem

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("points", "terms", "bill", "usable"),
    [
        (10_000, {}, None, 10_000),
        (10_000, {}, 4_000, 4_000),
        (10_000, {"most_percent": 30}, 4_000, 1_200),
        (10_000, {"most_percent": 30}, 3_333, 999),
        (10_000, {"most_percent": 0}, 4_000, 0),
        (10_050, {"step": 100}, None, 10_000),
        (10_050, {"step": 100}, 999, 900),
        (999, {"least_points": 1_000}, None, 0),
        (1_000, {"least_points": 1_000}, None, 1_000),
        (5_000, {"least_points": 1_000}, 900, 0),
        (1_050, {"least_points": 1_050, "step": 100}, None, 0),
        (0, {}, None, 0),
    ],
)
def test_what_is_usable_is_what_the_ledger_takes(points: int, terms: dict, bill: int | None, usable: int) -> None:
    owner = _account(make_member(points, program=terms))

    assert _usable(owner, bill) == usable

    if usable:
        assert (
            ledger.redeem(owner.pk, usable, bill=bill, receipt=receipt(), occurred_at=timezone.now()).points == usable
        )
    else:
        with pytest.raises(LedgerRefused):
            ledger.redeem(owner.pk, max(points, 1), bill=bill, receipt=receipt(), occurred_at=timezone.now())


def test_nothing_is_usable_of_a_frozen_account_or_beside_a_debt() -> None:
    frozen, owing = _account(make_member()), _account(make_member(0, phone=""))
    ledger.freeze(frozen.pk)
    award = earn(owing, 500, at=timezone.now())
    redeem(owing, 500, at=timezone.now())
    claw_back(award, 500, at=timezone.now())

    assert [_usable(_reread(each), None) for each in (frozen, owing)] == [0, 0]


@pytest.mark.parametrize(("points", "asks"), [(30_000, False), (30_001, True)])
def test_a_large_use_is_confirmed(points: int, *, asks: bool) -> None:
    assert needs_confirmation(Program(confirmed_above=30_000), points) is asks


def _account(customer: object) -> Account:
    return _reread(account_of(customer))


def _reread(owner: Account) -> Account:
    return Account.objects.select_related("program").get(pk=owner.pk)


def _usable(owner: Account, bill: int | None) -> int:
    return usable_now(owner, ledger.standing_of(owner.pk, now=timezone.now()), bill=bill)
