"""The suppression list: addresses go in whole and come out masked."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from campaigns.models import Suppression
from tests.factories import make_message, make_reachable_customer, make_running_campaign, make_user

pytestmark = pytest.mark.django_db

LIST = "/admin/campaigns/suppression/"
SECRETS = ("gildong", "1234-5678", "12345678")


@pytest.fixture
def operator(client: Client) -> Client:
    return logged_in(client, "campaigns.view_suppression", "campaigns.add_suppression", "campaigns.change_suppression")


def logged_in(client: Client, *permissions: str) -> Client:
    client.force_login(make_user("somebody", *permissions))
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
    client: Client, entries: list[Suppression], words: str, number: int
) -> None:
    reader = logged_in(client, "campaigns.view_suppression", "customers.view_personal_data")

    assert reader.get(LIST, {"q": words}).context["cl"].result_count == number


def test_whoever_may_not_see_addresses_cannot_try_them_out(operator: Client, entries: list[Suppression]) -> None:
    assert operator.get(LIST, {"q": "gildong@example.com"}).context["cl"].result_count == 2
    assert operator.get(LIST).context["cl"].search_fields == ()


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


@pytest.mark.parametrize(
    ("channel", "typed", "stored"),
    [
        ("sms", "010-1234-5678", "+821012345678"),
        ("kakao", "+82 10 1234 5678", "+821012345678"),
        ("push", "Token:010-1234", "Token:010-1234"),
    ],
)
def test_an_address_is_stored_as_it_is_compared(operator: Client, channel: str, typed: str, stored: str) -> None:
    operator.post(f"{LIST}add/", {"channel": channel, "address": typed, "reason": "manual", "note": ""})

    assert Suppression.objects.get().address == stored


@pytest.mark.parametrize(("channel", "typed"), [("email", "gildong"), ("email", "a@b"), ("sms", "1234")])
def test_what_is_no_address_of_its_channel_is_refused(operator: Client, channel: str, typed: str) -> None:
    answer = operator.post(f"{LIST}add/", {"channel": channel, "address": typed, "reason": "manual", "note": ""})

    assert list(answer.context["adminform"].form.errors) == ["address"]
    assert not Suppression.objects.exists()


TAKE_OFF = {"action": "take_off", "index": "0"}


def test_an_address_is_taken_off_for_a_reason_that_is_kept(client: Client, entries: list[Suppression]) -> None:
    boss = logged_in(client, "campaigns.view_suppression", "campaigns.delete_suppression")
    chosen = {"_selected_action": entries[0].pk}

    boss.post(LIST, TAKE_OFF | chosen | {"why": " "})
    assert Suppression.objects.count() == 2
    boss.post(LIST, TAKE_OFF | chosen | {"why": "called, the mailbox works"})

    assert list(Suppression.objects.all()) == [entries[1]]
    logged = LogEntry.objects.get()
    assert (logged.change_message, logged.user.username) == ("called, the mailbox works", "somebody")
    assert "gildong" not in logged.object_repr


def test_nobody_else_takes_one_off(operator: Client, entries: list[Suppression]) -> None:
    operator.post(LIST, TAKE_OFF | {"_selected_action": entries[0].pk, "why": "because"})
    deletion = operator.post(f"{LIST}{entries[0].pk}/delete/", {"post": "yes"})

    assert deletion.status_code == 403
    assert Suppression.objects.count() == 2


def test_the_list_says_why_since_when_and_by_which_message(operator: Client) -> None:
    message = make_message(make_running_campaign(name="가을 소식"), make_reachable_customer())
    Suppression.objects.create(
        channel="email", address="a@example.com", reason="invalid", source="mail", message=message
    )

    page = operator.get(LIST).content.decode()

    assert "가을 소식" in page
    assert f"/admin/campaigns/message/{message.pk}/" in page
