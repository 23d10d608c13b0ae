"""A use goes one of two ways: in one call of the database where nothing stands in the way, else step by step.

Both book the same, to the row.
"""

import pytest
from django.db.models import F

from loyalty.ledger import redemptions
from loyalty.models import Account, Entry, Lot, LotMove, Transaction
from tests.factories import make_customer, make_user
from tests.loyalty.ledger.bookings import DAY, NOW, account, earn, hold, numbers, receipt, redeem

pytestmark = pytest.mark.django_db

HEAD = ("kind", "points", "source_system", "line", "occurred_at", "posted_at", "reason", "note", "store", "by")


def member_with_lots() -> Account:
    """A member whose points lie in lots of every kind, with some of them pending and some on hold."""
    member = account()
    for points, days, kind in ((30, 90, "base"), (20, None, "base"), (50, 10, "paid"), (40, 90, "promotion")):
        earn(member, points, days=days, kind=kind)
    earn(member, 15, days=5)
    earn(member, 500, pending=3)
    hold(member, 5, minutes=60)
    return member


def booked(member: Account) -> dict[str, object]:
    """Everything of the member's last booking, and where it left the account, without the numbers of rows."""
    head = Transaction.objects.filter(account=member).latest("pk")
    lots = Lot.objects.filter(account=member).order_by("pk")
    places = {lot.pk: place for place, lot in enumerate(lots)}
    account_after = Account.objects.filter(pk=member.pk).values().get()
    return {
        "head": Transaction.objects.filter(pk=head.pk).values(*HEAD).get(),
        "legs": list(
            Entry.objects.filter(transaction=head)
            .order_by("pk")
            .annotate(own=F("account") - member.pk)
            .values_list("own", "bucket", "amount", "seq", "balance_after")
        ),
        "moves": [(places[move.lot_id], move.amount) for move in LotMove.objects.filter(transaction=head)],
        "lots": list(lots.values_list("remaining", "state", "expires_at")),
        "account": {
            name: value for name, value in account_after.items() if name not in ("id", "customer_id", "opened_at")
        },
    }


@pytest.mark.parametrize("points", [1, 10, 15, 50, 80, 105, 110, 120, 149, 150])
def test_both_ways_book_the_same(points: int, monkeypatch: pytest.MonkeyPatch) -> None:
    quick, step_by_step = member_with_lots(), member_with_lots()

    at_once = redeem(quick, points)
    monkeypatch.setattr(redemptions, "use_at_once", lambda *_given, **_more: None)
    in_steps = redeem(step_by_step, points)

    assert (at_once.available, at_once.pending, at_once.held) == (in_steps.available, in_steps.pending, in_steps.held)
    assert booked(quick) == booked(step_by_step)


def is_quick(member: Account, points: int, **given: object) -> bool:
    """Ask for a use in one call, which has to change nothing where it says no."""
    before = (numbers(member), Transaction.objects.count())
    head = {"source_system": "till", "reference": "R", "line": "", "occurred_at": NOW} | given.pop("head", {})
    found = redemptions.use_at_once(member.pk, points, bill=given.pop("bill", None), head=head, now=NOW, **given)
    if found is None:
        assert (numbers(member), Transaction.objects.count()) == before
    return found is not None


@pytest.mark.parametrize(
    ("program", "points", "bill", "expected"),
    [
        ({}, 100, None, True),
        ({}, 101, None, False),
        ({}, 0, None, False),
        ({}, -5, None, False),
        ({"least_points": 50}, 49, None, False),
        ({"least_points": 50}, 50, None, True),
        ({"step": 10}, 55, None, False),
        ({"step": 10}, 60, None, True),
        ({"most_percent": 30}, 31, 100, False),
        ({"most_percent": 30}, 30, 100, True),
    ],
)
def test_only_a_use_that_nobody_would_refuse_goes_the_quick_way(
    program: dict, points: int, bill: int | None, expected: bool
) -> None:
    member = account(**program)
    earn(member, 100)

    assert is_quick(member, points, bill=bill) is expected


@pytest.mark.parametrize(
    "columns", [{"status": "frozen"}, {"status": "closed"}, {"due_at": NOW}], ids=["frozen", "closed", "something due"]
)
def test_an_account_with_anything_special_goes_the_long_way(columns: dict) -> None:
    member = account()
    earn(member, 100)
    Account.objects.filter(pk=member.pk).update(**columns)

    assert not is_quick(member, 10)


def test_a_receipt_that_was_booked_goes_the_long_way_and_is_answered_there() -> None:
    member, paper = account(), receipt("R")
    earn(member, 100)
    first = redeem(member, 10, of=paper)

    assert not is_quick(member, 10)
    assert redeem(member, 10, of=paper, at=NOW + DAY).transaction_id == first.transaction_id


def test_a_person_and_a_store_are_kept() -> None:
    member, clerk = account(make_customer()), make_user("clerk")
    earn(member, 100)

    assert is_quick(member, 10, head={"by_id": clerk.pk})
    assert Transaction.objects.get(kind="redeem").by == clerk
