"""A mailbox of bounces, read over a real connection, and the pipe of a mail server."""

from collections.abc import Iterator
from datetime import datetime
from io import BytesIO, TextIOWrapper

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.utils import timezone

from campaigns.bounces import addresses, mailbox, mails
from campaigns.errors import MailboxUnreadable
from campaigns.gateways.base import Report
from campaigns.models import ChannelAccount, GatewayReport, Message
from tests.campaigns.bounces.test_mails import BOUNCES, bounce
from tests.factories import make_account, make_message, make_reachable_customer, make_running_campaign
from tests.loopback.imap_mailbox import ImapMailbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def message() -> Message:
    return make_message(make_running_campaign(), make_reachable_customer())


@pytest.fixture
def box(message: Message, monkeypatch: pytest.MonkeyPatch) -> Iterator[ImapMailbox]:
    """A mailbox with one bounce of ours and an answer of somebody on holiday."""
    monkeypatch.setenv("BOUNCES_PASSWORD", ImapMailbox.password)
    returned = bounce(to=addresses.write(BOUNCES, message.pk)).replace(b"\n", b"\r\n")
    with ImapMailbox(returned, b"Subject: I am on holiday\r\n\r\nback on Monday\r\n") as running:
        yield running


def account_of(box: ImapMailbox, **given: object) -> ChannelAccount:
    options = {
        "bounce_host": "127.0.0.1",
        "bounce_port": box.port,
        "bounce_security": "none",
        "bounce_user": box.user,
        "bounce_password_variable": "BOUNCES_PASSWORD",
    }
    return make_account(settings=options | given)


def test_new_mails_are_taken_in_once_and_marked_read(box: ImapMailbox, message: Message) -> None:
    account_of(box)

    assert [mailbox.read_all(timezone.now()) for _time in range(2)] == [1, 0]

    assert box.seen == {1, 2}
    assert GatewayReport.objects.get().told_id == message.pk


def test_a_mailbox_that_cannot_be_read_says_so_and_does_not_hold_up_the_others(box: ImapMailbox) -> None:
    account_of(box, bounce_user="somebody")
    account_of(box)

    with pytest.raises(MailboxUnreadable):
        mailbox.read_all(timezone.now())

    assert box.seen == {1, 2}


def test_a_mail_that_cannot_be_taken_in_is_flagged_and_does_not_hold_up_the_next(
    box: ImapMailbox, message: Message, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    box.mails.insert(0, b"Subject: reader@naver.com\r\n\r\nnobody can read this\r\n")
    read = mails.read

    def breaking(raw: bytes, *, at: datetime) -> list[Report]:
        if b"nobody can read this" in raw:
            raise RecursionError("reader@naver.com")
        return read(raw, at=at)

    monkeypatch.setattr(mails, "read", breaking)
    account = account_of(box)

    assert [mailbox.read_all(timezone.now()) for _time in range(2)] == [1, 0]

    assert (box.seen, box.flagged) == ({1, 2, 3}, {1})
    assert caplog.messages == [f"A bounce of sending account {account.pk} was not taken in: RecursionError"]


def test_a_mail_stays_unread_while_the_database_is_away(box: ImapMailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_given: object, **_named: object) -> int:
        raise OperationalError

    monkeypatch.setattr(mailbox, "take_in", away)
    account_of(box)

    with pytest.raises(OperationalError):
        mailbox.read_all(timezone.now())

    assert box.seen == set()


def test_an_account_without_a_mailbox_is_left_alone() -> None:
    make_account()

    assert mailbox.read_all(timezone.now()) == 0


def test_a_mail_server_pipes_a_bounce_in(message: Message, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = bounce(to=addresses.write(BOUNCES, message.pk))
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(raw)))

    call_command("read_bounces", verbosity=0)

    assert GatewayReport.objects.get().kind == "bounced"
