"""The page of alerts: who reads it, and how one is cleared."""

from datetime import date

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customers.privacy import erasure
from loyalty.models import StaffAlert
from tests.factories import make_customer, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
LIST = "admin:loyalty_staffalert_changelist"


def make_alert(person: User) -> StaffAlert:
    return StaffAlert.objects.create(
        rule="many_cancels", person=person, day=date(2026, 11, 20), times=5, out_of=20, points=5_000
    )


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def administrator(name: str = "root") -> User:
    return make_user(name, "loyalty.view_staffalert", "loyalty.change_staffalert")


def clear(client: Client, alert: StaffAlert, note: str) -> StaffAlert:
    client.post(reverse("admin:loyalty_staffalert_change", args=[alert.pk]), {"note": note})
    alert.refresh_from_db()
    return alert


def test_an_administrator_reads_the_sentence_and_clears_it_with_a_note() -> None:
    alert, client = make_alert(make_user("cashier")), signed_in(administrator())

    page = client.get(reverse(LIST)).content.decode()
    cleared = clear(client, alert, "the till was down")

    assert "Cancelled 5 of 20 bookings of the day, 5,000 points." in page
    assert (cleared.note, cleared.looked_at_by.username) == ("the till was down", "root")
    assert client.get(reverse(LIST), {"state": "open"}).context["cl"].result_count == 0


@pytest.mark.parametrize("note", ["", "   "])
def test_without_a_note_nothing_is_cleared(note: str) -> None:
    alert = make_alert(make_user("cashier"))

    assert clear(signed_in(administrator()), alert, note).looked_at is None


def test_nobody_clears_an_alert_about_themselves_and_the_database_refuses_it_too() -> None:
    person = administrator()
    alert = make_alert(person)

    assert clear(signed_in(person), alert, "was nothing").looked_at is None
    with pytest.raises(IntegrityError, match="nobody_clears_themselves"):
        StaffAlert.objects.update(looked_at=timezone.now(), looked_at_by=person, note="was nothing")


def test_store_staff_do_not_read_what_was_found_about_them() -> None:
    make_alert(make_user("cashier"))

    assert signed_in(make_user("manager", "loyalty.use_desk")).get(reverse(LIST)).status_code == 403


def test_an_empty_list_says_what_would_stand_here() -> None:
    page = signed_in(administrator()).get(reverse(LIST)).content.decode()

    assert "Nothing stands out" in page


def test_erasing_the_customer_blots_the_note_out_and_leaves_who_looked() -> None:
    alert, customer = make_alert(make_user("cashier")), make_customer(name="김단골")
    StaffAlert.objects.update(customer=customer)
    clear(signed_in(administrator()), alert, "김단골 asked for it")

    erasure.erase([customer.pk], by=None)

    alert.refresh_from_db()
    assert (alert.note, alert.looked_at_by.username) == ("—", "root")
