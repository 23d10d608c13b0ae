"""Coupons at the desk, and the goods of a bill that rules and coupons ask for: used, paid, earned, cancelled."""

from datetime import timedelta
from threading import Thread
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customers.models import Product, Store
from loyalty.coupons import counters
from loyalty.desk import acting, coupon_use
from loyalty.desk.bills import Bill
from loyalty.errors import DeskRefused, LedgerRefused
from loyalty.models import Coupon, CouponRedemption, DeskAct, IssuedCoupon
from tests.factories import begin_earning, make_coupon, make_earning_rule
from tests.loyalty.coupons.holding import give
from tests.loyalty.desk.counter import account_of, make_cashier, make_member, make_store
from tests.loyalty.desk.test_pages import key_of, lookup_of, open_desk, post, said, serving
from tests.loyalty.till.counter import Counter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
BILL = {"receipt": "R-1", "bill": "45,000"}


@pytest.fixture
def store() -> Store:
    Product.objects.create(sku="8801", name="우유 1 L", category="dairy")
    Product.objects.create(sku="8802", name="와인", category="wine")
    return make_store()


@pytest.fixture
def desk(store: Store) -> Client:
    """Somebody who works in the store is signed in at its desk."""
    return open_desk(make_cashier("cashier", store))


def use_coupon(desk: Client, *codes: str, **given: object) -> str:
    return post(desk, "desk_act", **BILL | {"kind": "coupon", "codes": codes, "key": key_of(serving(desk))} | given)


def quoted(desk: Client, page: str, **given: object) -> dict:
    return desk.post(reverse("desk_quote"), BILL | {"lookup": lookup_of(page)} | given).json()


def test_a_coupon_goes_first_points_pay_the_rest_and_what_is_paid_earns(desk: Client) -> None:
    begin_earning(), make_earning_rule()
    customer = make_member(60_000, program={"confirmed_above": 100_000})
    piece = give(make_coupon(), customer)

    used = use_coupon(desk, piece.code)
    too_many = post(desk, "desk_act", **BILL, kind="redeem", points="40,001", key=key_of(used))
    paid = post(desk, "desk_act", **BILL, kind="redeem", points="30,000", key=key_of(used))
    earned = post(desk, "desk_act", **BILL, kind="earn", key=key_of(paid))

    assert said(used) == "₩5,000 off by coupon."
    assert 'value="redeem" checked' in used
    assert said(too_many).startswith("OVER_SHARE")
    assert ("To pay: ₩10,000" in paid, said(earned)) == (True, "100 points earned.")
    assert account_of(customer).available == 60_000 - 30_000 + 100


def test_each_coupon_is_held_against_the_bill_while_it_is_typed(desk: Client) -> None:
    customer = make_member(1_000)
    good, dear = give(make_coupon(), customer), give(make_coupon(name="큰 장보기", minimum_amount=50_000), customer)
    page = serving(desk)

    told = quoted(desk, page, codes=[good.code])

    assert told["coupons"][good.code] == {"is_good": True, "text": "−₩5,000"}
    assert told["coupons"][dear.code]["text"].startswith("₩5,000 more of the goods")
    assert (told["coupons_off"], told["coupons_refusal"], told["to_pay"]) == (5_000, "", 45_000)
    assert not CouponRedemption.objects.exists()


@pytest.mark.parametrize(
    ("goods", "won", "words"),
    [
        ([], [], "NO_MATCHING_PRODUCT Nothing in the basket belongs to"),
        (["wine"], ["9,000"], "NO_MATCHING_PRODUCT Nothing in the basket belongs to"),
        (["8801"], ["9,000"], "₩5,000 off by coupon."),
        (["dairy"], ["3,000"], "₩3,000 off by coupon."),
        (["8802", "8801"], ["30,000", "4,000"], "₩4,000 off by coupon."),
        (["8899"], ["9,000"], "UNKNOWN_GOODS “8899” is no product and no category here."),
        (["8801"], [""], "BAD_GOODS Type what “8801” costs, in won."),
        (["8801"], ["45,001"], "GOODS_OVER_BILL The goods cost more than the bill."),
    ],
)
def test_a_coupon_for_some_goods_asks_for_them(desk: Client, goods: list, won: list, words: str) -> None:
    piece = give(make_coupon(categories=["dairy"]), make_member())

    page = use_coupon(desk, piece.code, goods=goods, goods_won=won)

    assert said(page).startswith(words)
    held = IssuedCoupon.objects.get().status == IssuedCoupon.Status.HELD
    assert held == (" off by coupon" not in words)


@pytest.mark.parametrize(
    ("goods", "won", "points"),
    [([], [], 450), (["dairy"], ["10,000"], 450 + 500), (["8801", "wine"], ["10,000", "20,000"], 250 + 500)],
)
def test_rules_for_categories_and_what_earns_nothing_hold_for_the_goods_typed(
    desk: Client, goods: list, won: list, points: int
) -> None:
    begin_earning(excluded_categories=["wine"]), make_earning_rule()
    make_earning_rule(kind="categories", categories=["dairy"], reward="per_mille", value=50)
    customer = make_member(0)
    page = serving(desk)

    told = quoted(desk, page, goods=goods, goods_won=won)
    post(desk, "desk_act", **BILL, kind="earn", key=key_of(page), goods=goods, goods_won=won)

    assert (told["earns"], account_of(customer).available) == (points, points)


@pytest.mark.parametrize(
    ("refusal", "change"),
    [
        ("NO_CODES", {"codes": []}),
        ("NOT_FOUND", {"codes": ["ABCD-EFGH-JKMN"]}),
        ("BAD_RECEIPT", {"receipt": ""}),
        ("BAD_BILL", {"bill": "0"}),
    ],
)
def test_a_coupon_that_cannot_be_used_says_why_and_keeps_what_was_typed(
    desk: Client, refusal: str, change: dict
) -> None:
    make_member()

    page = use_coupon(desk, "ABCD", **change)

    assert said(page).startswith(refusal)
    assert 'value="coupon" checked' in page
    assert not CouponRedemption.objects.exists()


def test_a_second_tap_uses_a_coupon_once_and_another_coupon_for_the_receipt_is_refused(desk: Client) -> None:
    customer = make_member()
    piece, other = give(make_coupon(), customer), give(make_coupon(), customer)

    words = [said(use_coupon(desk, code)) for code in (piece.code, piece.code, other.code)]

    assert words[0] == words[1] == "₩5,000 off by coupon."
    assert words[2].startswith("RECEIPT_HAS_COUPONS")
    assert (CouponRedemption.objects.count(), counters.differences()) == (1, [])


def test_a_coupon_after_the_points_of_its_bill_is_refused(desk: Client) -> None:
    customer = make_member()
    piece = give(make_coupon(), customer)
    post(desk, "desk_act", **BILL, kind="redeem", points="1,000", key=key_of(serving(desk)))

    refused = use_coupon(desk, piece.code)
    DeskAct.objects.get()

    assert said(refused).startswith("COUPONS_FIRST")
    assert not CouponRedemption.objects.exists()


def test_a_coupon_is_cancelled_from_the_list_of_today_and_used_again(desk: Client, store: Store) -> None:
    piece = give(make_coupon(), make_member())
    used = use_coupon(desk, piece.code)
    use = CouponRedemption.objects.get()

    colleague = open_desk(make_cashier("colleague", store))
    refused = post(colleague, "desk_cancel", what="coupon", act=use.pk)
    elsewhere = open_desk(make_cashier("stranger", make_store("S2"), is_manager=True))
    foreign = post(elsewhere, "desk_cancel", what="coupon", act=use.pk)
    cancelled = post(desk, "desk_cancel", what="coupon", act=use.pk)
    again = use_coupon(desk, piece.code)

    assert 'data-opens="cancel-1"' in used
    assert (said(refused)[:13], said(foreign)[:14]) == ("NEEDS_MANAGER", "NOT_YOUR_STORE")
    assert said(cancelled) == "Cancelled: the coupon of receipt R-1."
    assert CouponRedemption.objects.get(pk=use.pk).ended_reason == "cancelled at the desk by cashier"
    assert said(again) == "₩5,000 off by coupon."
    assert counters.differences() == []


def test_a_coupon_of_a_till_s_sale_comes_back_with_the_sale_alone() -> None:
    till = Counter(points=0)
    signs = till.staff(is_manager=True)
    piece = give(make_coupon(), till.member)
    till.ask("sales", till.sale(coupons=[piece.code], paid=45_000, lookup=till.look_up(**signs)), **signs)
    make_cashier("manager", till.store, is_manager=True)

    page = post(open_desk(User.objects.get(username="manager")), "desk_cancel", what="coupon",
                act=CouponRedemption.objects.get().pk)  # fmt: skip

    assert said(page).startswith("NOT_YOUR_STORE")
    assert "R-1" not in page
    assert CouponRedemption.objects.get().status == "used"


def test_after_ten_minutes_only_the_manager_cancels_a_coupon(desk: Client, store: Store) -> None:
    use_coupon(desk, give(make_coupon(), make_member()).code)
    CouponRedemption.objects.update(redeemed_at=timezone.now() - timedelta(minutes=11))
    use = CouponRedemption.objects.get()
    manager = open_desk(make_cashier("manager", store, is_manager=True))

    late = post(desk, "desk_cancel", what="coupon", act=use.pk)
    cancelled = post(manager, "desk_cancel", what="coupon", act=use.pk)

    assert (said(late)[:13], said(cancelled)) == ("NEEDS_MANAGER", "Cancelled: the coupon of receipt R-1.")


def test_a_gift_is_named_so_that_it_is_handed_out(desk: Client) -> None:
    piece = give(make_coupon(kind=Coupon.Kind.GIFT, amount=0, gift="쌀 1 kg", gift_cost=3_000), make_member())

    page = use_coupon(desk, piece.code)

    assert ("Hand out: 쌀 1 kg" in page, "To pay: ₩45,000" in page) == (True, True)


def test_the_categories_worth_typing_are_those_that_rules_and_the_customers_coupons_ask_for(desk: Client) -> None:
    begin_earning(excluded_categories=["wine"]), make_earning_rule()
    give(make_coupon(categories=["dairy"]), make_member())

    page = serving(desk)

    assert [name in page for name in ('data-category="dairy"', 'data-category="wine"', 'data-category="fruit"')] == [
        *(True, True),
        False,
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("first", "second", "refusal"), [
    ("points", "coupon", "COUPONS_FIRST"),
    ("coupon", "points", "OVER_SHARE"),
])  # fmt: skip
def test_coupons_and_points_of_one_bill_wait_for_each_other(first: str, second: str, refusal: str) -> None:
    shop, customer = make_store(), make_member(50_000, program={"confirmed_above": 100_000})
    piece, cashier, bill = give(make_coupon(), customer), make_cashier("cashier", shop), Bill(shop, "R-1", 50_000)
    said_second = []

    def book(what: str) -> None:
        if what == "points":
            acting.redeem(customer, 50_000, bill=bill, key=uuid4(), by=cashier)
        else:
            coupon_use.use(customer, [piece.code], bill=bill, by=cashier)

    def book_second() -> None:
        try:
            book(second)
        except (DeskRefused, LedgerRefused) as refused:
            said_second.append(refused.code)
        finally:
            connection.close()

    other = Thread(target=book_second)
    with transaction.atomic():
        book(first)
        other.start()
        other.join(timeout=0.5)
    other.join()

    assert said_second == [refusal]


def test_a_sign_that_no_database_holds_is_left_out_of_what_was_typed(desk: Client) -> None:
    make_member()
    page = serving(desk)

    told = quoted(desk, page, receipt="R\0-1", goods=["88\x0001"], goods_won=["9,000"])
    refused = post(desk, "desk_act", **BILL | {"receipt": "\0"}, kind="earn", key=key_of(page), goods=["\0"])

    assert told["to_pay"] == 45_000
    assert said(refused).startswith("BAD_RECEIPT")
