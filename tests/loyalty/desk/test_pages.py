"""The desk's page and what is posted from it: whom it lets in, what it shows, what it refuses in words."""

import re
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from crm_project import roles
from customers.personal_data import stores
from loyalty.desk import cards
from loyalty.desk.pages import session
from loyalty.models import DeskAct, DeskLookup, MembershipCard, StoreStaff
from tests.factories import begin_earning, make_earning_rule
from tests.loyalty.desk.counter import account_of, make_cashier, make_member, make_store

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]


def open_desk(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def post(client: Client, name: str, **given: object) -> str:
    """Post to the desk, from a page that shows whom it found, and return the page that it leads to."""
    shown = {"lookup": client.session.get(session.LOOKUP, "")}
    answer = client.post(reverse(name), shown | given, follow=True)
    assert [address for address, _code in answer.redirect_chain] == [reverse("desk")]
    return answer.content.decode()


def said(page: str) -> str:
    """What the page says, with its code."""
    found = re.search(r'data-code="(\w*)".*?desk-said-words">(.*?)</p>', page, re.DOTALL)
    return f"{found[1]} {found[2]}".strip() if found else ""


def key_of(page: str) -> str:
    return re.search(r'name="key" value="([\w-]+)">\s*<fieldset', page)[1]


def lookup_of(page: str) -> str:
    return re.search(r'name="lookup" value="(\d+)"', page)[1]


def serving(client: Client) -> str:
    """Look 김단골 up and return the page."""
    return post(client, "desk_find", typed="010-1234-5678")


def test_the_role_of_store_staff_opens_the_desk_and_nothing_about_customers_beside_it() -> None:
    roles.put_in_force()
    user = User.objects.create_user("cashier", is_staff=True)
    user.groups.set([Group.objects.get(name="store staff")])
    StoreStaff.objects.create(user=user, store=make_store())
    client = open_desk(user)

    assert client.get("/admin/desk/").status_code == 200
    closed = ("customers_customer", "loyalty_account", "loyalty_desklookup", "loyalty_storestaff", "customers_order")
    assert {client.get(reverse(f"admin:{each}_changelist")).status_code for each in closed} == {403}


def test_whoever_works_in_no_store_is_told_what_to_do_and_finds_nobody() -> None:
    client = open_desk(make_cashier("lone"))
    make_member()

    page = client.get("/admin/desk/").content.decode()
    refused = post(client, "desk_find", typed="010-1234-5678")

    assert "You are not entered in any store" in page
    assert said(refused).startswith("NOT_YOUR_STORE You do not work in this store.")
    assert not DeskLookup.objects.exists()


def test_whoever_works_in_several_stores_chooses_one_of_theirs() -> None:
    store, second, foreign = make_store(), make_store("S2"), make_store("S3")
    client = open_desk(make_cashier("cashier", store, second))

    first = client.get("/admin/desk/").content.decode()
    refused = post(client, "desk_store", store=foreign.pk)
    chosen = post(client, "desk_store", store=second.pk)

    assert "Which store are you in?" in first
    assert foreign.name not in first
    assert said(refused).startswith("NOT_YOUR_STORE")
    assert "Who is here?" in chosen


def test_a_customer_is_shown_masked_and_no_name_or_number_stands_on_the_page() -> None:
    client = open_desk(make_cashier("cashier", make_store()))
    make_member(8_500, email="secret@example.com")

    page = serving(client)

    assert ("김*골" in page, 'data-usable="8500"' in page) == (True, True)
    assert not [word for word in ("김단골", "1234-5678", "12345678", "secret@example.com") if word in page]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("010-0000-0000", "NOT_FOUND Nobody was found."),
        ("5678 ㅎ", "NOT_FOUND Nobody was found."),
        ("", "NOTHING_TYPED Type a phone number"),
    ],
)
def test_nobody_found_is_said_and_how_to_go_on(typed: str, words: str) -> None:
    client = open_desk(make_cashier("cashier", make_store()))
    make_member()

    assert said(post(client, "desk_find", typed=typed)).startswith(words)


def test_one_of_a_few_is_chosen_on_the_page() -> None:
    client = open_desk(make_cashier("cashier", make_store()))
    make_member(8_500), make_member(700, name="김다나")

    several = post(client, "desk_find", typed="010-1234-5678")
    token = re.findall(r'name="token" value="([^"]+)"', several)[1]
    page = post(client, "desk_choose", token=token)

    assert 'data-usable="700"' in page


def test_points_are_used_and_the_same_page_sent_twice_books_once() -> None:
    client = open_desk(make_cashier("cashier", make_store()))
    customer = make_member(8_500)
    act = {"kind": "redeem", "receipt": "R-1", "bill": "45,000", "points": "3,000", "key": key_of(serving(client))}

    first, second = (said(post(client, "desk_act", **act)) for _tap in range(2))

    assert first == second == "3,000 points used."
    assert (DeskAct.objects.count(), account_of(customer).available) == (1, 5_500)


def test_after_the_use_the_same_bill_is_ready_to_earn() -> None:
    begin_earning(), make_earning_rule()
    client = open_desk(make_cashier("cashier", make_store()))
    customer = make_member(8_500)
    used = post(
        client, "desk_act", kind="redeem", receipt="R-1", bill="45,000", points="5,000", key=key_of(serving(client))
    )

    bill = {"receipt": "R-1", "bill": "45,000", "lookup": lookup_of(used)}
    quoted = client.post(reverse("desk_quote"), bill).json()
    earned = post(client, "desk_act", kind="earn", receipt="R-1", bill="45,000", key=key_of(used))

    assert re.search(r'value="earn" checked.*value="R-1".*value="45,000"', used, re.DOTALL)
    assert (quoted["earns"], quoted["earns_text"]) == (400, "+400")
    assert said(earned) == "400 points earned."
    assert account_of(customer).available == 3_900


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"points": ""}, "BAD_POINTS Type how many points are used."),
        ({"points": "9,000"}, "INSUFFICIENT_POINTS 9,000 points are wanted, 8,500 can be used."),
        ({"bill": ""}, "BAD_BILL Type the sum of the bill in won."),
        ({"receipt": ""}, "BAD_RECEIPT Type the number that stands on the receipt."),
        ({"key": "x"}, "BAD_KEY Open the desk again: this page is damaged."),
    ],
)
def test_a_refused_act_says_why_and_keeps_what_was_typed(change: dict, words: str) -> None:
    client = open_desk(make_cashier("cashier", make_store()))
    customer = make_member(8_500)
    act = {"kind": "redeem", "receipt": "R-1", "bill": "45,000", "points": "3,000", "key": key_of(serving(client))}

    page = post(client, "desk_act", **act | change)

    assert said(page) == words
    assert re.findall(r'id="(?:receipt|bill|points)" .*?value="([^"]*)"', page) == [
        (act | change)[name] for name in ("receipt", "bill", "points")
    ]
    assert account_of(customer).available == 8_500


def test_a_large_use_is_asked_about_once_and_booked_with_a_yes() -> None:
    client = open_desk(make_cashier("cashier", make_store()))
    customer = make_member(8_500, program={"confirmed_above": 5_000})
    act = {"kind": "redeem", "receipt": "R-1", "bill": "45,000", "points": "6,000", "key": key_of(serving(client))}

    asked = post(client, "desk_act", **act)
    before = account_of(customer).available
    changed_mind = client.get("/admin/desk/").content.decode()
    booked = post(client, "desk_act", **act, is_confirmed="yes")

    assert ("Yes, use 6,000 points" in asked, before) == (True, 8_500)
    assert ("Yes, use" in changed_mind, 'value="6,000"' in changed_mind) == (False, True)
    assert (said(booked), account_of(customer).available) == ("6,000 points used.", 2_500)


def test_without_a_customer_looked_up_here_nothing_is_booked() -> None:
    store, second = make_store(), make_store("S2")
    client = open_desk(make_cashier("cashier", store, second))
    customer = make_member(8_500)
    post(client, "desk_store", store=store.pk)
    act = {"kind": "redeem", "receipt": "R-1", "bill": "45,000", "points": "3,000", "key": key_of(serving(client))}

    moved = post(client, "desk_store", store=second.pk)
    refused = post(client, "desk_act", **act)

    assert "김*골" not in moved
    assert said(refused).startswith("LOOKUP_OVER")
    assert (DeskAct.objects.count(), account_of(customer).available) == (0, 8_500)


@pytest.mark.parametrize("name", ["desk_act", "desk_card"])
def test_a_page_that_still_shows_somebody_else_books_nothing(name: str) -> None:
    client = open_desk(make_cashier("cashier", make_store()))
    make_member(8_500), make_member(7_000, name="이다나", phone="+821099998888")
    shown = serving(client)
    post(client, "desk_find", typed="010-9999-8888")
    act = {"kind": "redeem", "receipt": "R-1", "bill": "45,000", "points": "3,000", "card": "2900-0000-0001"}

    refused = post(client, name, **act, key=key_of(shown), lookup=lookup_of(shown))

    assert said(refused) == "PAGE_OVER This page was used for another booking. Start again."
    assert 'value="R-1"' not in refused
    assert (DeskAct.objects.count(), MembershipCard.objects.count()) == (0, 0)


def test_whoever_left_the_store_books_nothing_more() -> None:
    client = open_desk(make_cashier("cashier", make_store()))
    customer = make_member(8_500)
    key = key_of(serving(client))
    StoreStaff.objects.all().delete()

    page = post(client, "desk_act", kind="redeem", receipt="R-1", bill="45,000", points="3,000", key=key)

    assert said(page).startswith("NOT_YOUR_STORE")
    assert account_of(customer).available == 8_500


def test_a_use_is_cancelled_from_the_list_of_today_which_shows_only_ones_own() -> None:
    store = make_store()
    cashier, colleague = make_cashier("cashier", store), make_cashier("colleague", store)
    client, other = open_desk(cashier), open_desk(colleague)
    customer = make_member(8_500)
    post(client, "desk_act", kind="redeem", receipt="R-77", bill="9,000", points="3,000", key=key_of(serving(client)))
    act = DeskAct.objects.get()

    foreign = other.get("/admin/desk/").content.decode()
    refused = post(other, "desk_cancel", act=act.pk, key=uuid4())
    cancelled = post(client, "desk_cancel", act=act.pk, key=uuid4())

    assert "R-77" not in foreign
    assert said(refused).startswith("NEEDS_MANAGER Only the person who booked it can cancel it")
    assert said(cancelled) == "Cancelled: 3,000 points of receipt R-77."
    assert ("cancelled since" in cancelled, account_of(customer).available) == (True, 8_500)


def test_the_manager_sees_and_cancels_what_the_store_booked() -> None:
    store = make_store()
    client = open_desk(make_cashier("cashier", store))
    manager = open_desk(make_cashier("manager", store, is_manager=True))
    customer = make_member(8_500)
    post(client, "desk_act", kind="redeem", receipt="R-77", bill="9,000", points="3,000", key=key_of(serving(client)))

    seen = manager.get("/admin/desk/").content.decode()
    post(manager, "desk_cancel", act=DeskAct.objects.get().pk, key=uuid4())

    assert ("R-77" in seen, "cashier" in seen, account_of(customer).available) == (True, True, 8_500)


def test_a_card_is_handed_out_by_scanning_it() -> None:
    client = open_desk(make_cashier("cashier", make_store()))
    customer = make_member()
    serving(client)

    page = post(client, "desk_card", card="2900-0000-0001")
    post(client, "desk_leave")
    found = post(client, "desk_find", typed="290000000001")

    assert said(page) == "Card …0001 is theirs now."
    assert (MembershipCard.objects.get().account.customer, "김*골" in found) == (customer, True)


def test_the_page_asks_the_database_as_often_for_many_acts_as_for_few(django_assert_max_num_queries) -> None:
    client = open_desk(make_cashier("cashier", make_store()))
    make_member(100_000)
    page = serving(client)
    for number in range(12):
        form = {"kind": "redeem", "receipt": f"R-{number}", "bill": "9,000", "points": "100", "key": str(uuid4())}
        page = post(client, "desk_act", **form)

    with django_assert_max_num_queries(30):
        client.get("/admin/desk/")

    assert page.count('data-opens="cancel-') == 12


def test_an_erased_customer_leaves_no_card_behind() -> None:
    customer = make_member()
    cards.hand_out(account_of(customer).pk, "29000001")

    removed = {store.name: store.erase([customer]) for store in stores() if store.name == "membership cards"}

    assert (removed, MembershipCard.objects.count()) == ({"membership cards": 1}, 0)
