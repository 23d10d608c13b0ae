"""Many at once on real connections: F2, F3, T12, T13. Small here; `make ledger-tests` runs the stated numbers."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from loyalty.coupons import counters, expiry, issue_runs, issuing, redeeming, taking_back
from loyalty.errors import CouponRefused
from loyalty.models import Coupon, CouponRedemption, IssuedCoupon
from tests.factories import make_coupon, make_customer
from tests.loyalty.coupons.holding import basket, give

pytestmark = pytest.mark.django_db(transaction=True)

FULL = os.environ.get("LEDGER") == "full"
CLIENTS = 50 if FULL else 12
REPEATS = 50 if FULL else 3
PAIRS = 200 if FULL else 10


def at_once(acts: Sequence[Callable[[], object]]) -> list[object]:
    """Let every act begin at the same moment on a connection of its own; return what came of each."""
    start = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        try:
            try:
                connection.ensure_connection()
            except OperationalError:
                start.abort()  # else the others would wait for ever
                raise
            start.wait()
            return act()
        except CouponRefused as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def use(code: str, customer, reference: str, **given: object) -> Callable[[], object]:
    goods = basket(customer)

    def act() -> object:
        return redeeming.redeem([code], goods, source="till", reference=reference, **given)

    return act


def successes(outcomes: list[object]) -> int:
    return sum(isinstance(each, redeeming.Redeemed) for each in outcomes)


def test_f2_t12_a_coupon_with_limit_3_is_used_exactly_three_times_by_however_many():
    customers = [make_customer() for _number in range(CLIENTS)]
    for repeat in range(REPEATS):
        coupon = make_coupon(codes="shared", shared_code=f"SPRING{repeat}", total_limit=3)
        acts = [use(f"SPRING{repeat}", each, f"R-{repeat}-{number}") for number, each in enumerate(customers)]

        outcomes = at_once(acts)

        assert (successes(outcomes), outcomes.count("USED_UP")) == (3, CLIENTS - 3)
        assert coupon.redemptions.count() == 3
    assert counters.differences() == []


def test_t12_one_customer_at_many_tills_uses_no_more_than_theirs():
    make_coupon(codes="shared", shared_code="SPRING2026", per_customer_limit=2)
    customer = make_customer()

    outcomes = at_once([use("SPRING2026", customer, f"R-{number}") for number in range(CLIENTS)])

    assert (successes(outcomes), outcomes.count("CUSTOMER_LIMIT")) == (2, CLIENTS - 2)
    assert counters.differences() == []


def test_t12_one_piece_at_many_tills_is_used_once():
    customer = make_customer()
    piece = give(make_coupon(per_customer_limit=None), customer)

    outcomes = at_once([use(piece.code, customer, f"R-{number}", receipt=str(number)) for number in range(CLIENTS)])

    assert (successes(outcomes), outcomes.count("ALREADY_USED")) == (1, CLIENTS - 1)
    assert counters.differences() == []


def test_f3_t13_two_completes_of_one_checkout_are_one_use_and_nobody_is_told_it_was_used_up():
    for number in range(PAIRS):
        customer = make_customer()
        coupon = make_coupon(total_limit=1)
        piece = give(coupon, customer)
        twice = use(piece.code, customer, f"R-{number}", receipt=f"{number}")

        first, second = at_once([twice, twice])

        assert isinstance(first, redeeming.Redeemed)
        assert isinstance(second, redeeming.Redeemed)
        assert sorted([first.is_replay, second.is_replay]) == [False, True]
        assert first.uses == second.uses
    assert CouponRedemption.objects.count() == PAIRS
    assert counters.differences() == []


def test_f3_two_numbers_for_one_receipt_are_one_use():
    make_coupon(codes="shared", shared_code="SPRING2026", per_customer_limit=None)
    for number in range(PAIRS):
        customer = make_customer()
        acts = [use("SPRING2026", customer, f"{letter}-{number}", receipt=f"{number}") for letter in "AB"]

        outcomes = at_once(acts)

        assert (successes(outcomes), outcomes.count("RECEIPT_HAS_COUPONS")) == (1, 1)
    assert counters.differences() == []


def test_uses_cancels_returns_issues_and_expiry_at_once_leave_the_counters_right():
    half = range(CLIENTS // 4)  # four acts for each, and the server takes a hundred connections
    coupon = make_coupon(per_customer_limit=None, total_limit=2 * len(half))
    customer = make_customer()
    pieces = [give(coupon, customer, str(number)) for number in range(2 * len(half))]
    for number, piece in enumerate(pieces[: len(half)]):
        use(piece.code, customer, f"R-{number}")()

    at_once(
        [
            *[lambda number=number: taking_back.cancel("till", f"R-{number}") for number in half],
            *[lambda number=number: taking_back.cancel("till", f"R-{number}") for number in half],
            *[use(piece.code, customer, f"S-{piece.pk}") for piece in pieces],
            lambda: issuing.issue(coupon, issuing.only(customer.pk), origin="campaign", reference="1"),
            lambda: issuing.issue(coupon, issuing.only(customer.pk), origin="campaign", reference="1"),
            lambda: expiry.expire_due(timezone.now()),
        ]
    )

    assert counters.differences() == []
    assert IssuedCoupon.objects.filter(issue__origin="campaign").count() == 1
    used = IssuedCoupon.objects.filter(status="used").count()
    assert used == Coupon.objects.get().used_count == CouponRedemption.objects.filter(status="used").count()


def test_two_runs_of_one_issue_at_once_make_no_code_too_many(monkeypatch):
    monkeypatch.setattr(issue_runs, "CHUNK", 50)
    row = issue_runs.begin_codes(make_coupon(), 500, by=None)

    at_once([lambda: issue_runs.carry_on(row.pk)] * 4)

    row.refresh_from_db()
    assert (row.status, row.issued_count, IssuedCoupon.objects.count()) == ("done", 500, 500)
    assert counters.differences() == []
