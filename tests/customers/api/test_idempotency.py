"""A request with an Idempotency-Key is carried out once, however often it is sent."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone

from crm_project import idempotency
from crm_project.models import IdempotentRequest
from customers.models import Customer
from tests.customers.api.shop_system import ShopSystem

pytestmark = pytest.mark.django_db

ONE = [{"customer_id": "C-1", "name": "김단골"}]
OTHER = [{"customer_id": "C-2", "name": "이단골"}]


def test_a_repeated_request_gets_the_first_answer_word_for_word() -> None:
    shop = ShopSystem()
    first = shop.send("customers", ONE, Idempotency_Key="k1")

    again = shop.send("customers", ONE, Idempotency_Key="k1")

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json()["new"] == 1
    assert again.content == first.content
    assert [each.get("Idempotent-Replayed") for each in (first, again)] == [None, "true"]


def test_the_same_key_with_another_body_is_refused_and_changes_nothing() -> None:
    shop = ShopSystem()
    shop.send("customers", ONE, Idempotency_Key="k1")

    answer = shop.send("customers", OTHER, Idempotency_Key="k1")

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert list(Customer.objects.values_list("external_id", flat=True)) == ["C-1"]


def test_the_same_key_at_another_address_is_refused() -> None:
    shop = ShopSystem()
    shop.send("customers", [], Idempotency_Key="k1")

    assert shop.send("products", [], Idempotency_Key="k1").status_code == 422
    assert shop.send("customers", [], query="?source=pos", Idempotency_Key="k1").status_code == 422


def test_another_account_may_use_the_same_key() -> None:
    shop, till = ShopSystem(), ShopSystem(name="till")
    shop.send("customers", ONE, Idempotency_Key="k1")

    assert till.send("customers", OTHER, Idempotency_Key="k1").status_code == 200
    assert Customer.objects.count() == 2


def test_a_refused_request_does_not_use_its_key_up() -> None:
    shop = ShopSystem()
    assert shop.send("customers", {"no": "list"}, Idempotency_Key="k1").status_code == 400

    assert shop.send("customers", ONE, Idempotency_Key="k1").status_code == 200


def test_after_a_day_the_key_may_be_used_again() -> None:
    shop = ShopSystem()
    shop.send("customers", ONE, Idempotency_Key="k1")

    with time_machine.travel(timezone.now() + timedelta(hours=24, minutes=1)):
        answer = shop.send("customers", OTHER, Idempotency_Key="k1")
        assert idempotency.purge() == 0

    assert answer.status_code == 200
    assert IdempotentRequest.objects.count() == 1


def test_old_answers_are_purged_and_newer_ones_stay() -> None:
    shop = ShopSystem()
    shop.send("customers", ONE, Idempotency_Key="old")
    IdempotentRequest.objects.update(created_at=timezone.now() - timedelta(hours=24, seconds=1))
    shop.send("customers", ONE, Idempotency_Key="new")

    assert idempotency.purge() == 1

    assert IdempotentRequest.objects.get().key == "new"


@pytest.mark.parametrize("key", ["", "x" * 256, "é"], ids=["empty", "too long", "not ASCII"])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    answer = ShopSystem().send("customers", ONE, Idempotency_Key=key)

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_idempotency_key")
    assert not Customer.objects.exists()


def test_while_the_first_request_runs_its_repetition_is_told_to_wait(transactional_db: None) -> None:
    shop = ShopSystem()

    def repeat() -> tuple[int, str, str]:
        try:
            answer = shop.send("customers", ONE, Idempotency_Key="k1")
            return answer.status_code, answer.json()["code"], answer["Retry-After"]
        finally:
            connection.close()

    with transaction.atomic():
        assert idempotency._take_lock(shop.user.pk, "k1")
        with ThreadPoolExecutor(1) as pool:
            refused = pool.submit(repeat).result()

    assert refused == (409, "idempotency_key_in_use", "1")
    assert shop.send("customers", ONE, Idempotency_Key="k1").status_code == 200


def test_of_many_at_once_one_is_carried_out(transactional_db: None) -> None:
    shop = ShopSystem()

    def post(_number: int) -> tuple[int, int | None]:
        try:
            answer = shop.send("customers", ONE, Idempotency_Key="k1")
            return answer.status_code, answer.json().get("new")
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = set(pool.map(post, range(8)))

    assert answers <= {(200, 1), (409, None)}
    assert Customer.objects.count() == 1
