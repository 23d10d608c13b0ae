"""The suppression list: addresses go in whole and come out masked."""

import pytest
from django.test import Client

from campaigns.models import Suppression
from tests.factories import make_user

pytestmark = pytest.mark.django_db

LIST = "/admin/campaigns/suppression/"
SECRETS = ("gildong", "1234-5678", "12345678")


@pytest.fixture
def operator(client: Client) -> Client:
    allowed = (f"campaigns.{action}_suppression" for action in ("view", "add", "change"))
    client.force_login(make_user("operator", *allowed))
    return client


@pytest.fixture
def entries(db: None) -> list[Suppression]:
    return [
        Suppression.objects.create(channel="email", address="gildong@example.com", reason="bounce"),
        Suppression.objects.create(channel="sms", address="+821012345678", reason="manual"),
    ]


def test_the_list_and_the_page_show_addresses_masked(operator: Client, entries: list[Suppression]) -> None:
    pages = [operator.get(LIST)] + [operator.get(f"{LIST}{entry.pk}/change/") for entry in entries]

    assert [page.status_code for page in pages] == [200, 200, 200]
    assert "gi*****@example.com" in pages[1].content.decode()
    assert not [secret for secret in SECRETS for page in pages if secret in page.content.decode()]


@pytest.mark.parametrize(
    ("words", "number"), [("Gildong@Example.com", 1), ("010-1234-5678", 1), ("gildong", 0), ("1234", 0)]
)
def test_an_address_is_found_whole_or_not_at_all(
    operator: Client, entries: list[Suppression], words: str, number: int
) -> None:
    assert operator.get(LIST, {"q": words}).context["cl"].result_count == number


def test_the_address_of_the_list_cannot_spell_addresses_out(operator: Client, entries: list[Suppression]) -> None:
    assert operator.get(f"{LIST}?address__startswith=gil").status_code == 400
    assert operator.get(f"{LIST}?channel__exact=email&reason__exact=bounce").status_code == 200


def test_an_address_is_entered_whole_and_never_changed(operator: Client) -> None:
    given = {"channel": "email", "address": "Gildong@Example.com", "reason": "manual", "note": ""}
    operator.post(f"{LIST}add/", given)
    entry = Suppression.objects.get()

    operator.post(f"{LIST}{entry.pk}/change/", given | {"address": "other@example.com", "note": "asked by phone"})

    entry.refresh_from_db()
    assert (entry.address, entry.note) == ("gildong@example.com", "asked by phone")
