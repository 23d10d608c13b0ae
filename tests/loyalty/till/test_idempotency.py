"""A request with a key is decided once, and answered the same for ever after (T13)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from customers.models import Order
from loyalty.models import DeskLookup, TillRequest, TillTransaction
from loyalty.till import idempotency
from tests.loyalty.till.counter import Counter

pytestmark = pytest.mark.django_db


def test_a_repeated_sale_gets_the_first_answer_word_for_word() -> None:
    till = Counter()
    sale = till.sale(points=1_000)

    first, again = till.send("sales", sale, key="k"), till.send("sales", sale, key="k")

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert [each.get("Idempotent-Replayed") for each in (first, again)] == [None, "true"]
    assert till.account.available == 3_000 - 1_000 + 490


def test_two_completes_of_one_checkout_are_one_success_and_one_replay_t13() -> None:
    till = Counter()
    sale = till.sale(points=3_000)

    answers = [till.ask("sales", sale, key="checkout-1") for _attempt in range(2)]

    assert [status for status, _answer in answers] == [201, 200]
    assert (TillTransaction.objects.count(), Order.objects.count()) == (1, 1)


def test_a_refusal_is_kept_even_when_it_could_be_booked_now() -> None:
    till = Counter(points=500)
    sale = till.sale(points=1_000)
    refused = till.send("sales", sale, key="k")
    till.give(5_000)

    again = till.send("sales", sale, key="k")

    assert (refused.status_code, again.status_code, again.json()["code"]) == (422, 422, "INSUFFICIENT_POINTS")
    assert (again.content, again["Idempotent-Replayed"]) == (refused.content, "true")
    assert till.ask("sales", sale, key="k2")[0] == 201


def test_another_till_may_use_the_same_key_and_reads_nothing_of_the_first() -> None:
    till = Counter()
    till.ask("sales", till.sale("R-1"), key="k")
    other = till.other_till()

    status, done = other.ask("sales", other.sale("R-2"), key="k")

    assert (status, done["receipt"]) == (201, "R-2")


def test_a_replay_needs_no_fresh_look_up() -> None:
    till = Counter()
    sale = till.sale()
    till.ask("sales", sale, key="k")
    DeskLookup.objects.update(happened_at=timezone.now() - timedelta(hours=20))

    assert till.ask("sales", sale, key="k")[0] == 200


def test_answers_are_kept_ninety_days_and_receipts_for_ever() -> None:
    till = Counter()
    sale = till.sale()
    till.ask("sales", sale, key="old")
    TillRequest.objects.update(created_at=timezone.now() - timedelta(days=90, seconds=1))
    till.ask("sales", till.sale("R-2"), key="new")

    assert idempotency.purge() == 1

    assert TillRequest.objects.get().key == "new"
    status, answer = till.ask("sales", till.sale(), key="old")
    assert (status, answer["code"]) == (422, "ALREADY_EXISTS")
