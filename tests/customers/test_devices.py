"""Which of a customer's devices a notification goes to (L-03, N-07)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from customers import devices
from customers.models import Customer, Destruction, Device
from customers.privacy.retention import destroy_what_is_due
from customers.profile import device_panel
from tests.factories import make_customer, make_device

pytestmark = pytest.mark.django_db


def address_of(customer: Customer, platforms: tuple[str, ...] = Device.APPS) -> str | None:
    best = devices.best_address("pk", platforms=platforms)
    return Customer.objects.annotate(address=best).get(pk=customer.pk).address


def seen(days: float) -> dict[str, object]:
    return {"last_seen_at": timezone.now() - timedelta(days=days)}


def test_the_device_seen_last_is_chosen() -> None:
    customer = make_customer()
    make_device(customer, address="old", **seen(days=3))
    make_device(customer, address="new", platform="ios", **seen(days=1))

    assert address_of(customer) == "new"


@pytest.mark.parametrize(
    "state",
    [
        {"os_permission": False},
        {"invalid_since": timezone.now()},
        {"platform": "web"},
        seen(days=271),
    ],
    ids=["not allowed", "gone", "no app", "stale"],
)
def test_a_device_that_shows_nothing_is_passed_over(state: dict[str, object]) -> None:
    customer = make_customer()
    make_device(customer, address="other", **seen(days=20))
    make_device(customer, address="last", **state)

    assert address_of(customer) == "other"


def test_one_seen_269_days_ago_still_counts() -> None:
    customer = make_customer()
    make_device(customer, address="rarely", **seen(days=269))

    assert address_of(customer) == "rarely"


def test_a_device_that_does_not_refuse_advertising_goes_first() -> None:
    customer = make_customer()
    make_device(customer, address="willing", **seen(days=9))
    make_device(customer, address="refusing", refuses_advertising=True)

    assert address_of(customer) == "willing"


def test_nobody_gets_what_was_sent_to_somebody_elses_device() -> None:
    customer = make_customer()
    make_device(make_customer(), address="theirs")
    make_device(None, address="nobody's")

    assert address_of(customer) is None


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ({}, "reached"),
        ({"refuses_advertising": True}, "refuses advertising"),
        ({"os_permission": False, "refuses_advertising": True}, "shows no notifications"),
        ({"invalid_since": timezone.now()}, "gone"),
        (seen(days=271), "not seen for long"),
    ],
)
@pytest.mark.usefixtures("in_english")
def test_the_customer_page_says_what_reaches_each_device(state: dict[str, object], word: str) -> None:
    customer = make_customer()
    make_device(customer, address="secret-token", app_version="3.4.1", **state)

    drawn = device_panel.draw(customer)

    assert word in drawn
    assert "3.4.1" in drawn
    assert "secret-token" not in drawn


def test_without_a_device_there_is_no_card() -> None:
    assert device_panel.draw(make_customer()) is None


def test_a_device_not_seen_for_two_years_is_forgotten_and_the_book_says_so() -> None:
    make_device(address="old", **seen(days=732))
    make_device(address="rarely", **seen(days=729))

    destroy_what_is_due(timezone.now())

    assert list(Device.objects.values_list("address", flat=True)) == ["rarely"]
    assert Destruction.objects.get(what="devices").row_count == 1
