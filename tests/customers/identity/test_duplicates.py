"""Possible duplicates are found by what customers share, and only a person decides about them."""

from datetime import date

import pytest

from customers.identity import duplicates, merging
from customers.models import Customer, DuplicatePair
from tests.factories import make_customer, make_user

pytestmark = pytest.mark.django_db

PHONE = "+821012345678"


def open_pairs() -> list[tuple[Customer, Customer]]:
    return [(pair.first, pair.second) for pair in DuplicatePair.objects.filter(status="open").order_by("pk")]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param({"phone": PHONE}, {"phone": PHONE}, ("phone", False), id="phone"),
        pytest.param({"email": "a@example.com"}, {"email": "A@example.com"}, ("email", False), id="e-mail in capitals"),
        pytest.param({"phone": PHONE, "email": "a@example.com"}, {"phone": PHONE, "email": "a@example.com"},
                     ("phone_and_email", False), id="both"),
        pytest.param({"phone": PHONE, "name": "김 단골"}, {"phone": PHONE, "name": "김단골"}, ("phone", False),
                     id="a blank in the name is no other name"),
        pytest.param({"phone": PHONE, "name": "김단골"}, {"phone": PHONE, "name": "이단골"}, ("phone", True),
                     id="other names: a household"),
        pytest.param({"phone": PHONE, "birthday": date(1990, 1, 1)}, {"phone": PHONE, "birthday": date(1990, 1, 2)},
                     ("phone", True), id="other birthdays: a household"),
        pytest.param({"phone": PHONE, "name": ""}, {"phone": PHONE}, ("phone", False), id="no name says nothing"),
        pytest.param({"phone": ""}, {"phone": ""}, None, id="nothing is not the same as nothing"),
        pytest.param({"phone": PHONE}, {"phone": "+821012345679"}, None, id="another number"),
    ],
)  # fmt: skip
def test_a_pair_says_what_the_two_share_and_whether_they_may_be_a_household(
    one: dict, other: dict, expected: tuple[str, bool] | None
) -> None:
    make_customer(**one)
    make_customer(**other)

    duplicates.find()

    assert list(DuplicatePair.objects.values_list("basis", "is_household")) == ([expected] if expected else [])


def test_a_number_that_very_many_share_says_nothing_about_anybody() -> None:
    for _number in range(duplicates.MOST_WHO_SHARE + 1):
        make_customer(phone="+8215880000")

    assert duplicates.find() == 0


def test_two_who_were_told_apart_are_not_asked_about_again() -> None:
    make_customer(phone=PHONE)
    make_customer(phone=PHONE)
    duplicates.find()
    duplicates.dismiss(DuplicatePair.objects.get(), by=make_user("staff"))

    assert duplicates.find() == 0
    assert DuplicatePair.objects.get().status == "dismissed"
    duplicates.reopen(DuplicatePair.objects.get())
    assert DuplicatePair.objects.get().decided_by is None


def test_the_question_goes_away_with_the_shared_contact() -> None:
    make_customer(phone=PHONE)
    other = make_customer(phone=PHONE)
    duplicates.find()
    Customer.objects.filter(pk=other.pk).update(phone="+821087654321")

    assert duplicates.find() == 0
    assert not DuplicatePair.objects.exists()


def test_the_contacts_of_a_merged_customer_still_find_its_person() -> None:
    kept, merged, third = make_customer(), make_customer(phone=PHONE), make_customer(phone=PHONE)
    duplicates.find()
    merging.merge(kept.pk, merged.pk, by=None, take=set())

    duplicates.find()

    assert open_pairs() == [(kept, third)]


def test_an_undone_merge_asks_again() -> None:
    kept, merged = make_customer(phone=PHONE), make_customer(phone=PHONE)
    duplicates.find()
    done = merging.merge(kept.pk, merged.pk, by=make_user("staff"))
    assert DuplicatePair.objects.get().status == "merged"

    merging.undo(done.pk, by=None)

    assert open_pairs() == [(kept, merged)]


def test_the_erased_are_nobody_s_duplicates() -> None:
    make_customer(phone=PHONE)
    make_customer(phone=PHONE, erased_at="2026-11-01T00:00:00Z")

    assert duplicates.find() == 0
