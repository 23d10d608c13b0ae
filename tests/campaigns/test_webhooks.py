"""The address that gateways call: one answer, and nothing believed that has not its secret."""

import json

import pytest
from django.test import Client
from pytest_django import Settings

from campaigns import webhooks
from campaigns.models import ChannelAccount, GatewayReport
from tests.factories import make_account, make_message, make_reachable_customer, make_running_campaign

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> ChannelAccount:
    """An account at a service that calls without a signature."""
    return make_account(gateway="anymail", settings={"service": "postmark"})


def path_of(account: ChannelAccount) -> str:
    return webhooks.address_of(account).removeprefix("http://testserver").partition("//")[2].partition("/")[2]


def call(client: Client, account: ChannelAccount, body: object, *, path: str = "") -> tuple[int, object]:
    answer = client.post(
        path or f"/{path_of(account)}",
        body if isinstance(body, bytes) else json.dumps(body),
        content_type="application/json",
    )
    return answer.status_code, answer.json() if answer.headers["Content-Type"] == "application/json" else None


def bounce(message_id: int) -> dict[str, object]:
    return {
        "RecordType": "Bounce",
        "Type": "HardBounce",
        "MessageID": "a1b2",
        "Email": "reader@example.com",
        "BouncedAt": "2026-11-20T12:00:00Z",
        "Details": "smtp;550 5.1.1 The email account does not exist",
        "Metadata": {"dangol_message": str(message_id)},
    }


def test_a_report_is_kept_once_however_often_it_comes(client: Client, account: ChannelAccount) -> None:
    message = make_message(make_running_campaign(), make_reachable_customer(), account=account)

    answers = [call(client, account, bounce(message.pk)) for _time in range(2)]

    assert answers == [(200, {"received": True})] * 2
    kept = GatewayReport.objects.get()
    assert (kept.told_id, kept.kind, kept.failure, kept.source) == (
        message.pk,
        "bounced",
        "invalid_recipient",
        "webhook",
    )


def test_the_answer_does_not_tell_whether_the_message_is_ours(client: Client, account: ChannelAccount) -> None:
    assert call(client, account, bounce(999_999)) == (200, {"received": True})


def test_a_secret_opens_its_own_account_only(client: Client, account: ChannelAccount) -> None:
    other = make_account(gateway="anymail", settings={"service": "postmark"})
    secret = path_of(account).split("/")[2]

    assert call(client, account, bounce(1), path=f"/webhooks/{other.pk}/{secret}/")[0] == 404
    assert call(client, account, bounce(1), path=f"/webhooks/{account.pk}/guess/")[0] == 404
    assert call(client, account, bounce(1), path=f"/webhooks/{10**20}/{secret}/")[0] == 404
    assert not GatewayReport.objects.exists()


def test_an_account_whose_gateway_calls_nobody_has_no_address(client: Client, account: ChannelAccount) -> None:
    ChannelAccount.objects.update(gateway="smtp")

    assert call(client, account, bounce(1))[0] == 404


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"null", b"\xff"])
def test_what_is_no_report_is_refused(client: Client, account: ChannelAccount, body: bytes) -> None:
    assert call(client, account, body) == (401, {"code": "webhook_refused"})


def test_a_body_too_large_is_not_read(client: Client, account: ChannelAccount) -> None:
    assert call(client, account, b"x" * 2_000_001)[0] == 413


def test_guessing_is_slowed_down(client: Client, account: ChannelAccount, settings: Settings) -> None:
    guess = f"/webhooks/{account.pk}/guess/"

    answers = [call(client, account, b"{}", path=guess)[0] for _time in range(31)]

    assert (set(answers[:30]), answers[30]) == ({404}, 429)
    assert call(client, account, bounce(1))[0] == 200


def test_trying_the_address_changes_nothing(client: Client, account: ChannelAccount) -> None:
    assert client.head(f"/{path_of(account)}").status_code == 200
    assert client.get(f"/{path_of(account)}").status_code == 405
