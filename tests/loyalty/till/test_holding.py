"""Points are set aside for a receipt, and set aside again once they were released; never twice at a time."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from loyalty.ledger.checking import differences
from loyalty.models import Hold, TillTransaction, Transaction
from tests.factories import make_customer
from tests.loyalty.till.counter import Counter, line, said

pytestmark = pytest.mark.django_db

NOW = datetime.fromisoformat("2026-11-23T14:00:00+09:00")


def _wanted(till: Counter, *, points: int = 1_000) -> dict[str, Any]:
    at = said(timezone.now())
    return {"receipt": "R-1", "occurred_at": at, "lookup": till.look_up(), "points": points, "bill": 50_000}


def _resolve(till: Counter, hold: dict[str, Any], how: str) -> dict[str, Any]:
    return till.ask(f"holds/{hold['hold_id']}/{how}", {"occurred_at": said(timezone.now())})[1]


@time_machine.travel(NOW, tick=False)
def test_after_a_hold_was_released_the_same_receipt_gets_another_that_pays_its_sale() -> None:
    till = Counter()
    first = till.ask("holds", _wanted(till))[1]
    _resolve(till, first, "void")

    status, second = till.ask("holds", _wanted(till))
    sold = till.ask("sales", till.sale(points=1_000, hold=second["hold_id"]))
    _status, back = till.ask("returns", till.goods_back(lines=[line(till.milk, 20_000)]))

    assert (status, second["held_after"], second["balance_after"]) == (201, 1_000, 2_000)
    assert second["hold_id"] != first["hold_id"]
    assert (sold[0], sold[1]["points_used"], sold[1]["held_after"]) == (201, 1_000, 0)
    assert (back["points_used"], back["paid"]) == (-400, -19_600)
    assert list(Transaction.objects.filter(kind="hold").order_by("pk").values_list("line", flat=True)) == ["", "hold 2"]
    assert list(differences()) == []


def test_after_a_hold_timed_out_the_same_receipt_gets_another() -> None:
    till = Counter()
    with time_machine.travel(NOW, tick=False):
        till.ask("holds", _wanted(till))

    with time_machine.travel(NOW + timedelta(minutes=15), tick=False):
        status, done = till.ask("holds", _wanted(till))

    assert (status, done["held_after"], done["balance_after"]) == (201, 1_000, 2_000)
    assert list(Hold.objects.order_by("pk").values_list("state", flat=True)) == ["voided", "open"]


@pytest.mark.parametrize("how", ["open", "capture"])
@time_machine.travel(NOW, tick=False)
def test_a_receipt_gets_no_second_hold_while_one_is_open_or_was_used(how: str) -> None:
    till = Counter()
    first = till.ask("holds", _wanted(till))[1]
    if how != "open":
        _resolve(till, first, how)

    status, answer = till.ask("holds", _wanted(till))

    assert (status, answer["code"], Hold.objects.count()) == (422, "ALREADY_EXISTS", 1)


@time_machine.travel(NOW, tick=False)
def test_a_receipt_gets_no_second_hold_for_another_member_while_one_is_open() -> None:
    till = Counter()
    till.ask("holds", _wanted(till))
    till.member = make_customer(name="이단골", phone="+821099990000")
    till.give(2_000)

    status, answer = till.ask("holds", _wanted(till))

    assert (status, answer["code"], Hold.objects.count()) == (422, "ALREADY_EXISTS", 1)


@time_machine.travel(NOW, tick=False)
def test_the_call_that_placed_a_released_hold_is_answered_as_it_was() -> None:
    till = Counter()
    wanted = _wanted(till)
    first = till.ask("holds", wanted, key="k")[1]
    _resolve(till, first, "void")

    assert till.ask("holds", wanted, key="k") == (200, first)
    assert TillTransaction.objects.filter(kind="hold").count() == 1
