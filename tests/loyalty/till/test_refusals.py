"""Every status and code that a till may be answered with, and that a refusal changes nothing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from crm_project import api_keys
from customers.models import Customer, Order
from loyalty import ledger
from loyalty.earning import versions
from loyalty.models import CouponRedemption, EarningRule, Program, TillRequest, TillTransaction, Transaction
from loyalty.till import idempotency
from loyalty.till.authentication import TillThrottle
from loyalty.till.refusals import SENTENCES
from tests.factories import make_coupon, make_user
from tests.loyalty.coupons.holding import give
from tests.loyalty.till.counter import Counter, line, said

pytestmark = pytest.mark.django_db

Answer = tuple[int, dict[str, Any]]


def _now() -> str:
    return said(timezone.now())


def _sale(**given: Any) -> Callable[[Counter], Answer]:
    return lambda till: till.ask("sales", till.sale(**given))


def _program(**terms: int) -> None:
    Program.objects.update(**terms)


def _after_terms(terms: dict[str, int], **given: Any) -> Callable[[Counter], Answer]:
    def ask(till: Counter) -> Answer:
        _program(**terms)
        return till.ask("sales", till.sale(**given))

    return ask


def _frozen(till: Counter) -> Answer:
    ledger.freeze(till.account.pk)
    return till.ask("sales", till.sale(points=100))


def _unsigned(till: Counter) -> Answer:
    till.terminal.asks_for_staff = True
    till.terminal.save()
    return till.ask("sales", till.sale())


def _long_ago(till: Counter) -> Answer:
    return till.ask("sales", till.sale(at=timezone.now() - timedelta(hours=25)))


def _twice(till: Counter) -> Answer:
    sale = till.sale()
    till.ask("sales", sale)
    return till.ask("sales", sale)


def _key_reused(till: Counter) -> Answer:
    till.ask("sales", till.sale("R-1"), key="k")
    return till.ask("sales", till.sale("R-2"), key="k")


def _unknown_receipt(till: Counter) -> Answer:
    return till.ask("returns", till.goods_back())


def _too_much(till: Counter) -> Answer:
    till.ask("sales", till.sale())
    return till.ask("returns", till.goods_back(lines=[line(till.milk, 20_001)]))


def _nothing(till: Counter) -> Answer:
    till.ask("sales", till.sale())
    return till.ask("returns", till.goods_back(lines=[line(till.milk, 0)]))


def _returned_twice(till: Counter) -> Answer:
    till.ask("sales", till.sale())
    till.ask("returns", till.goods_back("B-1"))
    return till.ask("returns", till.goods_back("B-2"))


def _undone(till: Counter, kind: str = "sales") -> Answer:
    _status, done = till.ask(kind, till.sale() if kind == "sales" else till.goods_back())
    return till.ask(f"txns/{done['txn_id']}/reverse", {})


def _undone_twice(till: Counter) -> Answer:
    _status, done = till.ask("sales", till.sale())
    till.ask(f"txns/{done['txn_id']}/reverse", {})
    return till.ask(f"txns/{done['txn_id']}/reverse", {})


def _undone_after_a_return(till: Counter) -> Answer:
    _status, done = till.ask("sales", till.sale())
    till.ask("returns", till.goods_back(lines=[line(till.milk, 1_000)]))
    return till.ask(f"txns/{done['txn_id']}/reverse", {})


def _return_undone(till: Counter) -> Answer:
    till.ask("sales", till.sale())
    return _undone(till, "returns")


def _undone_at_another_till(till: Counter) -> Answer:
    _status, done = till.ask("sales", till.sale())
    return till.other_till().ask(f"txns/{done['txn_id']}/reverse", {})


def _hold(till: Counter, receipt: str = "R-1", **given: Any) -> Answer:
    body = {"receipt": receipt, "occurred_at": _now(), "lookup": till.look_up(), "points": 100, "bill": 50_000}
    return till.ask("holds", body | given)


def _captured_after_void(till: Counter) -> Answer:
    hold = _hold(till)[1]["hold_id"]
    till.ask(f"holds/{hold}/void", {"occurred_at": _now()})
    return till.ask(f"holds/{hold}/capture", {"occurred_at": _now()})


def _hold_of_another_receipt(till: Counter) -> Answer:
    hold = _hold(till, "R-9")[1]["hold_id"]
    return till.ask("sales", till.sale("R-1", points=100, hold=hold))


def _sold_with_a_resolved_hold(till: Counter) -> Answer:
    hold = _hold(till)[1]["hold_id"]
    till.ask(f"holds/{hold}/void", {"occurred_at": _now()})
    return till.ask("sales", till.sale(points=100, hold=hold))


def _sold_for_less_than_the_hold_was_told(till: Counter) -> Answer:
    Program.objects.update(most_percent=20)
    hold = _hold(till, points=1_000)[1]["hold_id"]
    return till.ask("sales", till.sale(lines=[line(till.milk, 4_999)], points=1_000, hold=hold))


def _used_coupon(till: Counter) -> Answer:
    piece = give(make_coupon(), till.member)
    till.ask("sales", till.sale("R-1", coupons=[piece.code], paid=45_000))
    return till.ask("sales", till.sale("R-2", coupons=[piece.code], paid=45_000))


def _old_look_up(till: Counter) -> Answer:
    sale = till.sale()
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        return till.ask("sales", sale)


def _look_up_of_another_till(till: Counter) -> Answer:
    return till.other_till().ask("sales", till.sale())


def _cancelled_order(till: Counter) -> Answer:
    _undone(till)
    return till.ask("sales", till.sale())


REFUSED: dict[str, tuple[Callable[[Counter], Answer], str]] = {
    "more points than there are": (_sale(points=4_000), "INSUFFICIENT_POINTS"),
    "fewer than the least": (_after_terms({"least_points": 500}, points=100), "BELOW_MINIMUM"),
    "not in steps": (_after_terms({"step": 100}, points=150), "NOT_STEP"),
    "more of the bill than allowed": (_after_terms({"most_percent": 2}, points=1_001), "OVER_SHARE"),
    "a large use not confirmed": (_after_terms({"confirmed_above": 999}, points=1_000), "CONFIRMATION_NEEDED"),
    "a frozen account": (_frozen, "ACCOUNT_FROZEN"),
    "nobody signed": (_unsigned, "STAFF_NEEDED"),
    "a clock a day off": (_long_ago, "CLOCK_OFF"),
    "a receipt twice": (_twice, "ALREADY_EXISTS"),
    "a receipt that was undone": (_cancelled_order, "ALREADY_EXISTS"),
    "a key for another request": (_key_reused, "KEY_REUSED"),
    "a return of an unknown receipt": (_unknown_receipt, "RECEIPT_UNKNOWN"),
    "more back than bought": (_too_much, "RETURN_TOO_MUCH"),
    "nothing back": (_nothing, "NOTHING_TO_RETURN"),
    "all back twice": (_returned_twice, "ALREADY_REVERSED"),
    "undone twice": (_undone_twice, "ALREADY_REVERSED"),
    "undone after a return": (_undone_after_a_return, "HAS_RETURNS"),
    "a return undone": (_return_undone, "NOT_REVERSIBLE"),
    "undone at another till": (_undone_at_another_till, "MANAGER_NEEDED"),
    "a hold used after it was released": (_captured_after_void, "HOLD_RESOLVED"),
    "a sale with a released hold": (_sold_with_a_resolved_hold, "HOLD_RESOLVED"),
    "a hold used for a smaller bill": (_sold_for_less_than_the_hold_was_told, "OVER_SHARE"),
    "a sale with another receipt's hold": (_hold_of_another_receipt, "HOLD_UNKNOWN"),
    "a coupon twice": (_used_coupon, "ALREADY_USED"),
    "a look-up of long ago": (_old_look_up, "LOOKUP_OVER"),
    "another till's look-up": (_look_up_of_another_till, "LOOKUP_OVER"),
    "nobody by that phone": (_sale(member={"phone": "010-9999-9999"}), "MEMBER_UNKNOWN"),
}
# These are shown where they are tried, in test_sales.py.
SHOWN_ELSEWHERE = {"AMOUNT_MISMATCH", "LOOKUP_NEEDED", "OTHER_CUSTOMER", "RECEIPT_AT_DESK"}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_booked_is_refused_with_its_code_and_a_sentence(case: str) -> None:
    till = Counter()
    ask, code = REFUSED[case]

    status, answer = ask(till)

    assert (status, answer["code"]) == (422, code)
    assert answer["detail"].endswith(".")


def test_every_refusal_of_a_till_is_tried() -> None:
    assert set(SENTENCES) <= {code for _ask, code in REFUSED.values()} | SHOWN_ELSEWHERE


@pytest.mark.parametrize(
    "case",
    [
        "more points than there are",
        "a frozen account",
        "a clock a day off",
        "a large use not confirmed",
        "nobody signed",
    ],
)
def test_a_refused_sale_changes_nothing(case: str) -> None:
    till = Counter()
    numbers = (till.account.available, Transaction.objects.count())

    REFUSED[case][0](till)

    assert (till.account.available, Transaction.objects.count()) == numbers
    assert not Order.objects.exists()
    assert not TillTransaction.objects.exists()
    assert not CouponRedemption.objects.exists()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ([], "not_an_object"),
        ({"receipt": "R-1"}, "required"),
        ({"occurred_at": "yesterday"}, "invalid"),
        ({"lines": []}, "min_length"),
        ({"lines": [{"sku": "A", "quantity": 1, "amount": -1}]}, "min_value"),
        ({"points": "many"}, "invalid"),
        ({"points": -5}, "min_value"),
        ({"receipt": "R\x00"}, "invalid"),
        ({"receipt": "R" * 81}, "max_length"),
        ({"member": {"phone": "010"}}, "exactly_one"),
    ],
    ids=lambda each: str(each)[:40],
)
def test_a_malformed_sale_is_a_400_and_its_key_stays_free(body: Any, code: str) -> None:
    till = Counter()
    whole = till.sale()
    wrong = body if isinstance(body, list) or code == "required" else whole | body

    status, answer = till.ask("sales", wrong, key="k")

    assert (status, answer["code"]) == (400, code)
    assert not TillRequest.objects.exists()
    assert till.ask("sales", whole, key="k")[0] == 201


@pytest.mark.parametrize("key", [None, "é", "x" * 256], ids=["none", "not ASCII", "too long"])
def test_a_booking_without_a_proper_key_is_a_400(key: str | None) -> None:
    till = Counter()

    status, answer = till.ask("sales", till.sale(), key=key)

    assert (status, answer["code"]) == (400, "bad_idempotency_key")
    assert not Order.objects.exists()


def test_who_is_no_till_is_not_let_in(client: Any) -> None:
    till = Counter()
    machine = make_user("machine", "loyalty.view_account")
    key = api_keys.make(name="shop", user=machine)[1]
    shown = [{}, {"Authorization": "Bearer dgt_nobody_x"}, {"Authorization": f"Bearer {till.credential}x"}]
    shown += [{"Authorization": f"Bearer {key}"}]

    answers = [client.post("/api/v1/till/lookup/", {}, "application/json", headers=each).status_code for each in shown]

    assert answers == [401, 401, 401, 401]


def test_a_revoked_till_is_not_let_in() -> None:
    till = Counter()
    type(till.terminal).objects.update(revoked_at=timezone.now())

    assert till.ask("lookup", {"phone": "010"}, key=None)[0] == 401


def test_a_busy_account_is_a_409_with_retry_after_and_the_key_stays_free() -> None:
    till = Counter()
    sale = till.sale(points=100)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(idempotency, "_claim", _time_out)
        busy = till.send("sales", sale, key="k")

    assert (busy.status_code, busy.json()["code"], busy["Retry-After"]) == (409, "BUSY", "1")
    assert till.ask("sales", sale, key="k")[0] == 201


def _time_out(*_args: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '1ms'")
        cursor.execute("SELECT pg_sleep(1)")


def test_too_many_look_ups_are_a_429_with_retry_after() -> None:
    till = Counter()

    answers = [till.send("lookup", {"phone": "010-0000-0000"}, key=None) for _attempt in range(21)]

    assert [each.status_code for each in answers] == [200] * 20 + [429]
    assert answers[-1].json()["code"] == "TOO_MANY_LOOKUPS"
    assert int(answers[-1]["Retry-After"]) > 0


def test_too_many_calls_are_a_429() -> None:
    till = Counter()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(TillThrottle, "rate", "2/min")
        answers = [till.send("lookup", {"phone": "010"}, key=None) for _attempt in range(3)]

    assert [each.status_code for each in answers] == [200, 200, 429]
    assert int(answers[-1]["Retry-After"]) > 0


def test_a_changed_quote_is_a_409_with_the_new_one_and_the_key_stays_free() -> None:
    till = Counter()
    lookup = till.look_up()
    wanted = {"lookup": lookup, "lines": till.basket(), "points": 1_000}
    _status, quoted = till.ask("quote", wanted, key=None)
    EarningRule.objects.update(value=50)
    versions.freeze(ledger.current_program())

    status, changed = till.ask("sales", till.sale(lookup=lookup, points=1_000, quote=quoted["quote"]), key="k")

    assert (status, changed["code"]) == (409, "QUOTE_CHANGED")
    assert (quoted["points_earned"], changed["quote"]["points_earned"]) == (490, 980)
    assert not Order.objects.exists()
    sale = till.sale(lookup=lookup, points=1_000, quote=changed["quote"]["quote"])
    status, done = till.ask("sales", sale, key="k")
    assert (status, done["points_earned"]) == (201, 980)


def test_a_quote_holds_for_five_minutes() -> None:
    till = Counter()
    lookup = till.look_up()
    _status, quoted = till.ask("quote", {"lookup": lookup, "lines": till.basket()}, key=None)

    with time_machine.travel(timezone.now() + timedelta(minutes=5, seconds=2)):
        late = till.ask("sales", till.sale("R-1", lookup=lookup, quote=quoted["quote"]))[0]

    assert (late, Order.objects.count()) == (409, 0)
    assert till.ask("sales", till.sale("R-1", lookup=lookup, quote=quoted["quote"]))[0] == 201


def test_nothing_of_another_store_is_there() -> None:
    till, other = Counter(), Counter()
    _status, done = till.ask("sales", till.sale())
    hold = _hold(till, "R-5")[1]["hold_id"]

    answers = [
        other.ask(f"txns/{done['txn_id']}/reverse", {})[0],
        other.ask(f"holds/{hold}/capture", {"occurred_at": _now()})[0],
        other.ask(f"holds/{hold}/void", {"occurred_at": _now()})[0],
    ]

    assert answers == [404, 404, 404]
    assert other.get("txns/?receipt=R-1") == (200, {"results": []})
    assert Customer.objects.count() == 2
