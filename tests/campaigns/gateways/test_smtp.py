"""The SMTP gateway against a server that misbehaves: what was surely not accepted, and what nobody knows."""

from types import SimpleNamespace

import pytest

from campaigns.gateways.base import Fate, GatewayError, PreparedMessage
from campaigns.gateways.smtp import SmtpGateway, on_the_wire
from tests.campaigns.gateways.conftest import Recorder

Server = tuple[Recorder, int]
CONTENT = b"Subject: hi\r\n\r\nhello\r\n"


def gateway_to(port: int, **options: object) -> SmtpGateway:
    settings = {"host": "127.0.0.1", "port": port, "timeout": 1, **options}
    return SmtpGateway(SimpleNamespace(settings=settings, password_variable="", pk=1))


def batch(count: int) -> list[PreparedMessage]:
    return [
        PreparedMessage(
            message_id=n, campaign_id=1, sender="shop@example.com", recipient=f"r{n}@example.com", content=CONTENT
        )
        for n in range(1, count + 1)
    ]


def test_a_batch_goes_over_one_connection(mail_server: Server) -> None:
    recorder, port = mail_server

    outcomes = list(gateway_to(port).send_batch(batch(3)))

    assert [outcome.fate for outcome in outcomes] == [Fate.SENT] * 3
    assert recorder.recipients == ["r1@example.com", "r2@example.com", "r3@example.com"]
    assert recorder.sessions == 1


@pytest.mark.parametrize(("reply", "fate"), [("550 no such user", Fate.FAILED), ("451 try later", Fate.RETRY)])
def test_one_refused_recipient_leaves_the_others_alone(mail_server: Server, reply: str, fate: Fate) -> None:
    recorder, port = mail_server
    recorder.at_recipient["r2@example.com"] = reply

    outcomes = list(gateway_to(port).send_batch(batch(3)))

    assert [outcome.fate for outcome in outcomes] == [Fate.SENT, fate, Fate.SENT]
    assert outcomes[1].failure == f"smtp_{reply[:3]}"
    assert recorder.recipients == ["r1@example.com", "r3@example.com"]


@pytest.mark.parametrize(("reply", "fate"), [("554 spam", Fate.FAILED), ("452 full", Fate.RETRY)])
def test_a_refusal_of_the_content_is_an_answer(mail_server: Server, reply: str, fate: Fate) -> None:
    recorder, port = mail_server
    recorder.after_content = lambda _envelope: reply

    [outcome] = gateway_to(port).send_batch(batch(1))

    assert outcome.fate == fate
    assert recorder.accepted == []


def test_a_connection_lost_after_the_content_leaves_it_unknown_and_the_rest_goes_on(mail_server: Server) -> None:
    recorder, port = mail_server
    recorder.drop_after_content = True

    outcomes = list(gateway_to(port).send_batch(batch(2)))

    assert [outcome.fate for outcome in outcomes] == [Fate.UNKNOWN, Fate.UNKNOWN]
    assert recorder.sessions == 2
    assert len(recorder.accepted) == 2  # it did accept: sending again would have been a double


def test_silence_after_the_content_leaves_it_unknown(mail_server: Server) -> None:
    recorder, port = mail_server
    recorder.silent_after_content = True

    [outcome] = gateway_to(port).send_batch(batch(1))

    assert outcome.fate == Fate.UNKNOWN


def test_a_server_that_closes_at_a_recipient_did_not_accept(mail_server: Server) -> None:
    recorder, port = mail_server
    recorder.at_recipient["r1@example.com"] = "421 closing"

    outcomes = list(gateway_to(port).send_batch(batch(2)))

    assert [outcome.fate for outcome in outcomes] == [Fate.RETRY, Fate.SENT]


def test_a_server_that_is_not_there_is_a_passing_fault() -> None:
    with pytest.raises(GatewayError) as error:
        list(gateway_to(9).send_batch(batch(1)))

    assert (error.value.permanent, error.value.account_level) == (False, False)


@pytest.mark.parametrize("options", [{"user": "shop"}, {"security": "starttls"}])
def test_a_log_in_or_encryption_the_server_does_not_offer_is_the_accounts_fault(
    mail_server: Server, options: dict
) -> None:
    recorder, port = mail_server

    with pytest.raises(GatewayError) as error:
        list(gateway_to(port, **options).send_batch(batch(1)))

    assert error.value.account_level
    assert recorder.accepted == []


def test_a_refused_sender_is_the_accounts_fault(mail_server: Server) -> None:
    recorder, port = mail_server
    recorder.at_sender = "550 sender not allowed"

    with pytest.raises(GatewayError) as error:
        list(gateway_to(port).send_batch(batch(2)))

    assert error.value.account_level


@pytest.mark.parametrize(
    ("content", "wire"),
    [
        (b"a\nb", b"a\r\nb\r\n.\r\n"),
        (b"a\r\n.b\r\n..c\r\n", b"a\r\n..b\r\n...c\r\n.\r\n"),
        (b".\r\n", b"..\r\n.\r\n"),
        (b"", b"\r\n.\r\n"),
    ],
)
def test_dots_and_line_ends_on_the_wire(content: bytes, wire: bytes) -> None:
    assert on_the_wire(content) == wire
