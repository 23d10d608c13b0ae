"""The SMTP gateway against a server that misbehaves: what was surely not accepted, and what nobody knows."""

import smtplib
import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from campaigns.gateways import smtp
from campaigns.gateways.base import Fate, GatewayError, Outcome, PreparedMessage
from campaigns.gateways.failures import Failure
from campaigns.gateways.smtp import SmtpGateway
from campaigns.gateways.smtp_codes import failure_of
from campaigns.gateways.smtp_connection import on_the_wire
from tests.campaigns.gateways.conftest import Recorder
from tests.factories import make_account
from tests.loopback.provider import Mishap
from tests.loopback.smtp_relay import SmtpRelay

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


@pytest.mark.parametrize(
    ("reply", "fate", "failure"),
    [
        ("550 no such user", Fate.FAILED, Failure.INVALID_RECIPIENT),
        ("451 try later", Fate.RETRY, Failure.RETRYABLE),
    ],
)
def test_one_refused_recipient_leaves_the_others_alone(
    mail_server: Server, reply: str, fate: Fate, failure: Failure
) -> None:
    recorder, port = mail_server
    recorder.at_recipient["r2@example.com"] = reply

    outcomes = list(gateway_to(port).send_batch(batch(3)))

    assert [outcome.fate for outcome in outcomes] == [Fate.SENT, fate, Fate.SENT]
    assert (outcomes[1].failure, outcomes[1].detail) == (failure, reply)
    assert recorder.recipients == ["r1@example.com", "r3@example.com"]


@pytest.mark.parametrize(("reply", "fate"), [("554 spam", Fate.FAILED), ("452 full", Fate.RETRY)])
def test_a_refusal_of_the_content_is_an_answer(mail_server: Server, reply: str, fate: Fate) -> None:
    recorder, port = mail_server
    recorder.after_content = lambda _envelope: reply

    [outcome] = gateway_to(port).send_batch(batch(1))

    assert outcome.fate == fate
    assert recorder.accepted == []


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        ("550 rejected", Failure.SPAM_BLOCKED),
        ("550 Message rejected as spam", Failure.SPAM_BLOCKED),
        ("550 5.1.1 no such user", Failure.INVALID_RECIPIENT),
    ],
)
def test_a_refusal_of_the_content_says_nothing_of_the_recipient_but_by_a_code_of_its_own(
    mail_server: Server, reply: str, failure: Failure
) -> None:
    recorder, port = mail_server
    recorder.after_content = lambda _envelope: reply

    [outcome] = gateway_to(port).send_batch(batch(1))

    assert (outcome.fate, outcome.failure) == (Fate.FAILED, failure)


def test_a_connection_lost_after_the_content_leaves_it_unknown_and_the_rest_goes_on(mail_server: Server) -> None:
    recorder, port = mail_server
    recorder.drop_after_content = True

    outcomes = list(gateway_to(port).send_batch(batch(2)))

    assert [outcome.fate for outcome in outcomes] == [Fate.UNKNOWN, Fate.UNKNOWN]
    assert recorder.sessions == 2
    assert len(recorder.accepted) == 2  # it did accept: sending again would have been a double


def test_what_was_taken_before_the_server_talked_nonsense_is_sent(mail_server: Server) -> None:
    recorder, port = mail_server
    recorder.after_content = lambda _envelope: "250 taken\r\nsegmentation fault"

    [outcome] = gateway_to(port).send_batch(batch(1))

    assert outcome.fate == Fate.SENT


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


@pytest.fixture
def relay() -> Iterator[SmtpRelay]:
    """A relay that takes several commands in one piece."""
    with SmtpRelay() as running:
        yield running


def test_all_fates_in_one_batch_over_one_connection_that_pipelines(relay: SmtpRelay) -> None:
    relay.at_content[3] = "554 5.7.1 spam"
    messages = [relay.message(number, is_bad=number == 2) for number in range(1, 6)]

    outcomes = {outcome.message_id: outcome for outcome in relay.made().send_batch(messages)}

    assert {number: (each.fate, each.failure) for number, each in outcomes.items()} == {
        1: (Fate.SENT, ""),
        2: (Fate.FAILED, Failure.INVALID_RECIPIENT),
        3: (Fate.FAILED, Failure.SPAM_BLOCKED),
        4: (Fate.SENT, ""),
        5: (Fate.SENT, ""),
    }
    assert relay.accepted == [1, 4, 5]
    assert relay.sessions == 1


def test_what_arrives_is_what_was_written(relay: SmtpRelay) -> None:
    message = relay.message(1)

    list(relay.made().send_batch([message, relay.message(2)]))

    assert relay.bodies[0] == message.content


def test_a_connection_lost_behind_a_content_costs_only_that_message(relay: SmtpRelay) -> None:
    relay.mishaps.append(Mishap.ACCEPTS_AND_HANGS_UP)

    outcomes = {each.message_id: each.fate for each in relay.made().send_batch(relay.message(n) for n in range(1, 5))}

    assert outcomes == {1: Fate.UNKNOWN, 2: Fate.SENT, 3: Fate.SENT, 4: Fate.SENT}
    assert relay.accepted == [1, 2, 3, 4]
    assert relay.sessions == 2


def test_a_kept_connection_that_went_stale_costs_nothing(relay: SmtpRelay) -> None:
    relay.idle_seconds = 0.05
    gateway = relay.made()
    list(gateway.send_batch([relay.message(1)]))
    time.sleep(0.2)

    [outcome] = gateway.send_batch([relay.message(2)])

    assert outcome.fate == Fate.SENT
    assert relay.accepted == [1, 2]


def test_several_connections_share_a_batch_and_are_kept(relay: SmtpRelay) -> None:
    relay.connections = 4
    gateway = relay.made()

    first = list(gateway.send_batch(relay.message(number) for number in range(1, 41)))
    second = list(gateway.send_batch(relay.message(number) for number in range(41, 81)))
    gateway.close()

    assert {outcome.fate for outcome in first + second} == {Fate.SENT}
    assert sorted(relay.accepted) == list(range(1, 81))
    assert relay.sessions == 4


def test_an_account_that_is_refused_half_way_waits_for_what_is_on_the_wire(
    relay: SmtpRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One connection is lost, the next one is refused, and the other has a mail that the relay has taken."""
    relay.connections = 2
    gateway = relay.made()
    list(gateway.send_batch([relay.message(1), relay.message(2)]))
    relay.mishaps += [Mishap.ACCEPTS_AND_HANGS_UP, Mishap.SLOW]
    refused = smtplib.SMTPAuthenticationError(535, b"the password has expired")
    monkeypatch.setattr(smtp, "_attempt", lambda _account: refused)

    outcomes: list[Outcome] = []
    with pytest.raises(GatewayError) as error:
        outcomes.extend(gateway.send_batch(relay.message(number) for number in range(3, 9)))

    assert error.value.account_level
    answered = {outcome.message_id for outcome in outcomes}
    assert set(relay.accepted) - {1, 2} <= answered  # or they would be planned again, and sent twice


def test_a_relay_that_takes_one_command_at_a_time_gets_one_at_a_time(relay: SmtpRelay) -> None:
    relay.offers_pipelining = False
    relay.connections = 2
    messages = [relay.message(number, is_bad=number == 7) for number in range(1, 21)]

    outcomes = {outcome.message_id: outcome.fate for outcome in relay.made().send_batch(messages)}

    assert outcomes == {number: Fate.FAILED if number == 7 else Fate.SENT for number in range(1, 21)}
    assert len(relay.accepted) == 19


def test_a_gateway_that_is_ended_half_way_uses_no_connection_that_still_owes_an_answer(relay: SmtpRelay) -> None:
    gateway = relay.made()
    batch = gateway.send_batch(relay.message(number) for number in range(1, 4))
    next(batch)
    batch.close()

    outcomes = {each.message_id: each.fate for each in gateway.send_batch([relay.message(8), relay.message(9)])}

    assert outcomes == {8: Fate.SENT, 9: Fate.SENT}


@pytest.mark.django_db
def test_a_throttled_domain_gets_turns_that_all_workers_share(relay: SmtpRelay) -> None:
    account = make_account(gateway="smtp", settings={"domain_rates": {"example.com": 10}})
    workers = [SmtpGateway(account), SmtpGateway(account)]

    first = workers[0].waits([relay.message(1), relay.message(2)])
    second = workers[1].waits([relay.message(3)])

    assert first == pytest.approx({1: 0.0, 2: 0.1}, abs=0.01)
    assert second == pytest.approx({3: 0.2}, abs=0.05)


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        ("550 5.1.1 <a@b.kr>: user unknown", Failure.INVALID_RECIPIENT),
        ("550 5.7.1 blocked", Failure.SPAM_BLOCKED),
        ("552 5.2.2 mailbox full", Failure.RETRYABLE),
        ("452 4.2.2 mailbox full", Failure.RETRYABLE),
        ("421 4.7.0 too many", Failure.RATE_LIMITED),
        ("550 no such user", Failure.INVALID_RECIPIENT),
        ("550 Message rejected as spam", Failure.SPAM_BLOCKED),
        ("550 Blocked - see https://check.example/?ip=5.1.1.22", Failure.SPAM_BLOCKED),
        ("553 refused by local policy", Failure.SPAM_BLOCKED),
        ("550 poor reputation of the sender", Failure.SPAM_BLOCKED),
        ("550 스팸으로 차단되었습니다", Failure.SPAM_BLOCKED),
        ("550 <spam-policy@shop.kr>: user unknown", Failure.INVALID_RECIPIENT),
        ("550 #5.1.1 user unknown", Failure.INVALID_RECIPIENT),
        ("450 4.1.1 unverified", Failure.RETRYABLE),
        ("554 5.6.0 bad content", Failure.CONTENT),
        ("535 5.7.8 bad password", Failure.AUTH),
        ("599 what", Failure.UNKNOWN_CODE),
        ("550 5.9.9 what", Failure.UNKNOWN_CODE),
    ],
)
def test_every_answer_of_a_mail_server_has_one_class(reply: str, failure: Failure) -> None:
    assert failure_of(reply) == failure
