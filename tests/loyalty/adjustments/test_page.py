"""The page of adjustments to agree to, from the statement where they are asked for to the booking."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from loyalty.models import Account, AskedAdjustment, Transaction
from tests.factories import make_customer, make_user
from tests.loyalty.ledger.bookings import account

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

LIST = "admin:loyalty_askedadjustment_changelist"
SEES = ("loyalty.view_account", "loyalty.view_askedadjustment")


@pytest.fixture
def clerk() -> User:
    return make_user("clerk", *SEES, "loyalty.adjust_points")


@pytest.fixture
def head() -> User:
    return make_user("head", *SEES, "loyalty.approve_adjustment")


@pytest.fixture
def member() -> Account:
    return account(make_customer(name="김단골"))


def _as(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _ask(clerk: User, member: Account) -> AskedAdjustment:
    terms = {"key": str(uuid4()), "points": "20000", "reason": "goodwill", "note": "damaged delivery"}
    answer = _as(clerk).post(reverse("admin:loyalty_account_adjust", args=[member.pk]), terms)
    assert answer.status_code == 302
    return AskedAdjustment.objects.get()


def _act(user: User, act: str, asked: AskedAdjustment, **given: str) -> int:
    return _as(user).post(reverse(f"admin:loyalty_askedadjustment_{act}", args=[asked.pk]), given).status_code


def test_what_one_may_not_book_alone_is_asked_for_on_the_statement(clerk: User, member: Account) -> None:
    asked = _ask(clerk, member)

    page = _as(clerk).get(reverse("admin:loyalty_account_change", args=[member.pk])).content.decode()
    assert (asked.points, asked.asked_by, asked.status) == (20_000, clerk, "waiting")
    assert "An adjustment waits" in page
    assert not Transaction.objects.exists()


def test_a_second_person_finds_it_at_home_and_agrees(clerk: User, head: User, member: Account) -> None:
    asked = _ask(clerk, member)

    home = _as(head).get(reverse("admin:index")).content.decode()
    page = _as(head).get(reverse(LIST)).content.decode()
    _act(head, "agree", asked)

    assert "1 adjustment of points waits for you" in home
    assert ("김*골" in page, "김단골" in page, "damaged delivery" in page, "Agree and book" in page) == (
        True, False, True, True,
    )  # fmt: skip
    member.refresh_from_db()
    assert member.available == 20_000
    assert "waits for you" not in _as(head).get(reverse("admin:index")).content.decode()


def test_who_asked_may_only_take_it_back(clerk: User, member: Account) -> None:
    asked = _ask(clerk, member)

    page = _as(clerk).get(reverse(LIST)).content.decode()
    status = [_act(clerk, act, asked, note="x") for act in ("agree", "refuse", "withdraw")]

    asked.refresh_from_db()
    assert ("Agree and book" in page, "Take back" in page) == (False, True)
    assert (status, asked.status) == ([403, 403, 302], "withdrawn")


def test_a_refusal_stands_on_the_page_with_its_note(clerk: User, head: User, member: Account) -> None:
    asked = _ask(clerk, member)

    _act(head, "refuse", asked, note="no proof")

    page = _as(clerk).get(reverse(LIST)).content.decode()
    assert "no proof" in page
    assert "Nothing waits for a second person" in page
    assert not Transaction.objects.exists()
