"""The search box finds by name and number, and never more than its reader may see."""

import pytest
from django.test import Client

from customers.models import AccessLogEntry
from tests.factories import make_customer, make_draft, make_segment, make_user

pytestmark = pytest.mark.django_db

SEARCH = "/admin/search/"


@pytest.fixture
def reader(client: Client) -> Client:
    client.force_login(
        make_user("reader", "customers.view_customer", "customers.view_segment", "campaigns.view_campaign")
    )
    return client


@pytest.mark.parametrize("words", ["010-1234-5678", "+821012345678", "Hana@Example.com", "C-77", "김하나"])
def test_a_customer_is_found_by_phone_email_number_or_name(reader: Client, words: str) -> None:
    wanted = make_customer(external_id="C-77", name="김하나", email="hana@example.com", phone="+821012345678")
    make_customer()

    answer = reader.get(SEARCH, {"q": words})

    assert answer.status_code == 302
    assert answer.url == f"/admin/customers/customer/{wanted.pk}/change/"


def test_a_merged_customer_is_found_by_number_as_whom_they_were_merged_into(reader: Client) -> None:
    kept = make_customer(name="김하나")
    make_customer(external_id="C-77", merged_into=kept)

    assert reader.get(SEARCH, {"q": "C-77"}).url == f"/admin/customers/customer/{kept.pk}/change/"


def test_several_kinds_are_listed_together(reader: Client) -> None:
    make_draft(name="겨울 감사제", segment=make_segment(name="겨울 단골"))

    answer = reader.get(SEARCH, {"q": "겨울"})

    assert [(str(kind.label), [each.title for each in found]) for kind, found in answer.context["groups"]] == [
        (str(answer.context["groups"][0][0].label), ["겨울 단골"]),
        (str(answer.context["groups"][1][0].label), ["겨울 감사제"]),
    ]


def test_results_show_no_personal_data(reader: Client) -> None:
    for number in range(2):
        make_customer(name="김하나", email=f"hana{number}@example.com")

    page = reader.get(SEARCH, {"q": "김하나"}).content.decode()

    assert "hana0@" not in page
    assert page.count("김하나") == 1  # the words in the search box


def test_searching_for_customers_is_logged(reader: Client) -> None:
    reader.get(SEARCH, {"q": "김하나"})

    assert [(entry.user.username, entry.action) for entry in AccessLogEntry.objects.all()] == [("reader", "search")]


def test_characters_that_cannot_be_stored_are_not_searched(reader: Client) -> None:
    wanted = make_customer(external_id="C-77")

    assert reader.get(SEARCH, {"q": "C-\0007"}).status_code == 200
    assert reader.get(SEARCH, {"q": "C-77\000"}).url == f"/admin/customers/customer/{wanted.pk}/change/"


def test_who_may_see_nothing_finds_nothing(client: Client) -> None:
    make_customer(name="김하나")
    client.force_login(make_user("nobody"))

    assert client.get(SEARCH, {"q": "김하나"}).context["groups"] == []


def test_one_letter_is_not_searched(reader: Client) -> None:
    make_customer(name="김하나")

    answer = reader.get(SEARCH, {"q": "김"})

    assert answer.context["too_short"]
    assert answer.context["groups"] == []
