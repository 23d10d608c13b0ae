"""Who stands at the till: what may be shown, and that "nobody" looks like everybody."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from loyalty.desk import member_codes
from loyalty.models import DeskLookup, MembershipCard, Program
from loyalty.till import authentication, credentials, views
from tests.factories import make_coupon, make_customer
from tests.loyalty.coupons.holding import give
from tests.loyalty.till.counter import Counter

pytestmark = pytest.mark.django_db


def test_a_customer_is_found_by_phone_and_shown_masked() -> None:
    till = Counter()
    give(make_coupon(name="5천원 할인"), till.member)

    status, answer = till.ask("lookup", {"phone": till.member.phone, "bill": 2_000}, key=None)

    assert (status, answer["found"]) == (200, "found")
    shown = answer["member"]
    assert (shown["name"], shown["available"], shown["usable_now"]) == ("김*골", 3_000, 2_000)
    assert shown["expiring_next"]["points"] == 3_000
    assert [each["name"] for each in shown["coupons"]] == ["5천원 할인"]
    assert till.member.phone not in str(answer)


def test_nobody_looks_like_somebody_but_for_the_figures() -> None:
    till = Counter()

    found = till.ask("lookup", {"phone": till.member.phone}, key=None)
    nobody = till.ask("lookup", {"phone": "010-9999-9999"}, key=None)

    assert found[0] == nobody[0] == 200
    assert (found[1].keys(), found[1]["member"].keys()) == (nobody[1].keys(), nobody[1]["member"].keys())
    assert (nobody[1]["found"], nobody[1]["member"]["name"], nobody[1]["member"]["available"]) == ("not_found", "", 0)


def test_nobody_takes_as_long_as_somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "LOOKUP_TAKES", 0.3)
    till = Counter()
    began = time.monotonic()

    till.ask("lookup", {"phone": "010-9999-9999"}, key=None)

    assert time.monotonic() - began >= 0.3


def test_a_card_and_the_code_on_a_phone_find_too_the_code_once() -> None:
    till = Counter()
    MembershipCard.objects.create(account=till.account, number="1234567890")
    code = member_codes.write(till.member.pk)

    asked = [{"card": "1234567890"}, {"code": code}, {"code": code}]
    answers = [till.ask("lookup", each, key=None)[1]["found"] for each in asked]

    assert answers == ["found", "found", "not_found"]


def test_of_several_one_is_chosen() -> None:
    till = Counter()
    make_customer(name="김영희", phone="+821099" + till.member.phone[-6:])

    _status, several = till.ask("lookup", {"last_four": till.member.phone[-4:], "initial": "김"}, key=None)
    tokens = [each["choice"] for each in several["candidates"] if each["name"] == "김*골"]
    _status, chosen = till.ask("lookup", {"choice": tokens[0]}, key=None)

    assert (several["found"], several["member"]["name"]) == ("several", "")
    assert (chosen["found"], chosen["member"]["name"]) == ("found", "김*골")


def test_every_look_up_is_written_down_without_what_was_typed() -> None:
    till = Counter()
    signed = till.staff()

    till.ask("lookup", {"phone": till.member.phone}, key=None, **signed)

    row = DeskLookup.objects.get()
    assert (row.by.username, row.store, row.outcome, row.customer) == ("staff71", till.store, "found", till.member)
    assert row.terminal == f"{till.terminal.prefix} till 1"


def test_a_quote_says_what_a_purchase_comes_to_and_books_nothing() -> None:
    till = Counter()
    Program.objects.update(most_percent=20)
    piece = give(make_coupon(amount=5_000), till.member)
    wanted = {"lookup": till.look_up(), "lines": till.basket(), "coupons": [piece.code], "points": 1_000}

    status, quoted = till.ask("quote", wanted, key=None)

    figures = {name: quoted[name] for name in ("goods", "discount", "due", "points_used", "paid", "points_earned")}
    assert status == 200
    assert figures == {
        "goods": 50_000,
        "discount": 5_000,
        "due": 45_000,
        "points_used": 1_000,
        "paid": 44_000,
        "points_earned": 440,
    }
    assert (quoted["usable_now"], quoted["balance"], quoted["needs_confirmation"]) == (3_000, 3_000, False)
    assert till.account.available == 3_000


def test_a_quoted_sale_is_booked_as_quoted() -> None:
    till = Counter()
    lookup = till.look_up()
    _status, quoted = till.ask("quote", {"lookup": lookup, "lines": till.basket(), "points": 1_000}, key=None)

    sale = till.sale(lookup=lookup, points=1_000, quote=quoted["quote"], points_earned=quoted["points_earned"])

    assert till.ask("sales", sale)[0] == 201


def test_a_wrong_pin_is_a_401_and_too_many_a_429() -> None:
    till = Counter()
    signed = till.staff(pin="4711")

    answers = [till.ask("lookup", {"phone": "010"}, key=None, **signed | {"Till-Pin": f"000{n}"}) for n in range(6)]

    right = till.ask("lookup", {"phone": "010"}, key=None, **signed)
    assert [status for status, _answer in (*answers, right)] == [401] * 5 + [429, 429]
    assert answers[0][1]["code"] == "wrong_pin"


def test_one_pin_is_not_tried_out_on_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authentication, "WRONG_PINS_OF_A_TILL", 3)
    till = Counter()
    signed = till.staff()
    for number in range(3):
        assert till.send("lookup", {}, **{"Till-Staff": f"{number}", "Till-Pin": "1234"}).status_code == 401

    assert till.send("lookup", {"phone": till.member.phone}, **signed).status_code == 429
    assert till.other_till().send("lookup", {"phone": till.member.phone}, **signed).status_code == 200


def test_somebody_of_another_store_cannot_sign_here() -> None:
    till, other = Counter(), Counter()
    signed = other.staff()

    assert till.ask("lookup", {"phone": "010"}, key=None, **signed)[0] == 401


@pytest.mark.parametrize("pin", ["123", "123456789", "12a4", "", "١٢٣٤"])
def test_a_pin_is_four_to_eight_digits(pin: str) -> None:
    till = Counter()

    with pytest.raises(credentials.BadPin):
        till.staff(pin=pin)


def test_the_last_use_of_a_till_is_noted_now_and_then() -> None:
    till = Counter()
    type(till.terminal).objects.update(last_used_at=timezone.now() - timedelta(minutes=2))

    till.look_up()

    till.terminal.refresh_from_db()
    assert timezone.now() - till.terminal.last_used_at < timedelta(minutes=1)
