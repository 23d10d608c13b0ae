"""Tills and staff numbers in the admin: a credential is shown once, and a PIN never again."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from customers.models import Store
from loyalty.models import StoreStaff, Terminal, TillStaff
from loyalty.till import credentials
from tests.factories import make_user
from tests.loyalty.till.counter import Counter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
SHOWN = re.compile(r"dgt_[0-9a-f]{8}_[0-9a-f]{64}")


@pytest.fixture
def store() -> Store:
    return Store.objects.create(external_id="S-1", name="강남점")


def test_a_new_till_shows_its_credential_once_and_works_with_it(admin_client: Client, store: Store) -> None:
    given = {"store": store.pk, "name": "till 1", "source": "shop"}

    page = admin_client.post(reverse("admin:loyalty_terminal_add"), given)

    credential = SHOWN.search(page.content.decode()).group()
    assert credentials.find(credential) == Terminal.objects.get()
    assert Terminal.objects.get().secret_hash not in credential
    change = reverse("admin:loyalty_terminal_change", args=[Terminal.objects.get().pk])
    assert SHOWN.search(admin_client.get(change).content.decode()) is None


def test_a_new_credential_ends_the_one_before(admin_client: Client) -> None:
    till = Counter()

    page = admin_client.post(reverse("admin:loyalty_terminal_renew", args=[till.terminal.pk]))

    assert credentials.find(till.credential) is None
    assert credentials.find(SHOWN.search(page.content.decode()).group()) == till.terminal


def test_a_revoked_till_gets_no_new_credential(admin_client: Client) -> None:
    till = Counter()
    url = reverse("admin:loyalty_terminal_changelist")
    admin_client.post(url, {"action": "revoke_tills", "_selected_action": [till.terminal.pk]})

    answer = admin_client.post(reverse("admin:loyalty_terminal_renew", args=[till.terminal.pk]))

    assert answer.status_code == 403
    assert credentials.find(till.credential) is None


def test_a_new_credential_does_not_undo_a_revocation_of_the_same_moment() -> None:
    till = Counter()
    read_before = Terminal.objects.get()
    credentials.revoke(till.terminal)

    credential = credentials.issue(read_before)

    assert Terminal.objects.get().revoked_at is not None
    assert credentials.find(credential) is None


def _worker(store: Store) -> User:
    user = make_user("cashier")
    StoreStaff.objects.create(user=user, store=store)
    return user


def test_a_staff_number_is_made_with_a_pin_that_nobody_reads(admin_client: Client, store: Store) -> None:
    given = {"user": _worker(store).pk, "number": "71", "pin": "4711"}

    admin_client.post(reverse("admin:loyalty_tillstaff_add"), given)

    staff = TillStaff.objects.get()
    assert credentials.is_pin(staff, "4711")
    assert not credentials.is_pin(staff, "4712")
    assert "4711" not in staff.sealed_pin


@pytest.mark.parametrize("pin", ["", "12", "abcd"])
def test_a_staff_number_without_a_proper_pin_is_not_made(admin_client: Client, store: Store, pin: str) -> None:
    given = {"user": _worker(store).pk, "number": "71", "pin": pin}

    page = admin_client.post(reverse("admin:loyalty_tillstaff_add"), given)

    assert "A PIN is four to eight digits." in page.content.decode()
    assert not TillStaff.objects.exists()


def test_a_pin_stays_where_none_is_typed(admin_client: Client) -> None:
    till = Counter()
    till.staff("71", "4711")
    staff = TillStaff.objects.get()

    admin_client.post(
        reverse("admin:loyalty_tillstaff_change", args=[staff.pk]), {"user": staff.user_id, "number": "71", "pin": ""}
    )

    staff.refresh_from_db()
    assert credentials.is_pin(staff, "4711")
