"""Mails that come back, as the servers of the world write them."""

from datetime import UTC, datetime

import pytest

from campaigns import links
from campaigns.bounces import addresses, mails
from campaigns.gateways.base import Report, ReportKind
from campaigns.gateways.failures import Failure
from campaigns.models import Hit

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
BOUNCES = "bounces@shop.example"
POSTFIX = """\
Return-Path: <>
Delivered-To: {to}
Date: Sun, 22 Nov 2026 11:00:00 +0900 (KST)
From: MAILER-DAEMON@mx.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: {to}
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="part"

--part
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--part
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
Arrival-Date: Sun, 22 Nov 2026 10:59:59 +0900 (KST)

Final-Recipient: rfc822; reader@naver.com
Original-Recipient: rfc822;Reader@naver.com
Action: {action}
Status: {status}
Remote-MTA: dns; mx.naver.com
Diagnostic-Code: smtp; {said}

--part
Content-Type: {returned}

Return-Path: <shop@shop.example>
List-Unsubscribe: <{unsubscribe}>
Subject: =?utf-8?q?=28=EA=B4=91=EA=B3=A0=29?=

--part--
"""
COMPLAINT = """\
From: feedback@portal.example
To: {to}
Date: Sun, 22 Nov 2026 11:00:00 +0900
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="part"

--part
Content-Type: text/plain

This is an email abuse report.

--part
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: Portal/1.0
Version: 1
Original-Rcpt-To: reader@naver.com

--part
Content-Type: message/rfc822

Subject: hello

--part--
"""


def bounce(**given: str) -> bytes:
    said = {
        "to": addresses.write(BOUNCES, 71),
        "action": "failed",
        "status": "5.1.1",
        "said": "550 5.1.1 <reader@naver.com>: user unknown",
        "returned": "text/rfc822-headers",
        "unsubscribe": "https://shop.example/",
    }
    return POSTFIX.format(**said | given).encode()


def only(raw: bytes) -> Report:
    [report] = mails.read(raw, at=NOW)
    return report


def test_a_bounce_says_whose_message_came_back_and_why() -> None:
    report = only(bounce())

    assert (report.message_id, report.kind, report.failure) == (71, ReportKind.BOUNCED, Failure.INVALID_RECIPIENT)
    assert (report.code, report.recipient) == ("5.1.1", "Reader@naver.com")
    assert report.occurred_at == datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "said", "failure"),
    [
        ("5.2.2", "552 5.2.2 mailbox full", Failure.RETRYABLE),
        ("5.7.1", "550 5.7.1 blocked", Failure.SPAM_BLOCKED),
        ("5.0.0", "550 no such user", Failure.INVALID_RECIPIENT),
        ("5.0.0", "550 Message rejected as spam", Failure.SPAM_BLOCKED),
        ("5.0.0", "550 5.2.2 over quota", Failure.RETRYABLE),
        ("5.1.10", "550 5.1.10 null MX", Failure.INVALID_RECIPIENT),
        ("4.4.7", "delivery time expired", Failure.RETRYABLE),
        ("5.9.9", "what", Failure.UNKNOWN_CODE),
        ("nonsense", "nonsense", Failure.UNKNOWN_CODE),
    ],
)
def test_each_status_has_its_class(status: str, said: str, failure: Failure) -> None:
    assert only(bounce(status=status, said=said)).failure == failure


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("delayed", ReportKind.DEFERRED),
        ("delivered", ReportKind.DELIVERED),
        ("relayed", ReportKind.DELIVERED),
        ("whatever", ReportKind.UNKNOWN),
    ],
)
def test_what_did_not_fail_is_no_bounce(action: str, kind: ReportKind) -> None:
    report = only(bounce(action=action))

    assert (report.kind, report.failure) == (kind, "")


@pytest.mark.parametrize(
    ("kind", "told"),
    [("abuse", ReportKind.COMPLAINED), ("opt-out", ReportKind.COMPLAINED), ("not-spam", ReportKind.UNKNOWN)],
)
def test_a_complaint_is_read(kind: str, told: ReportKind) -> None:
    report = only(COMPLAINT.format(to=addresses.write(BOUNCES, 71), kind=kind).encode())

    assert (report.message_id, report.kind) == (71, told)


@pytest.mark.parametrize("returned", ["text/rfc822-headers", "message/rfc822"])
def test_a_bounce_to_the_sender_is_known_by_the_opt_out_that_it_gives_back(returned: str) -> None:
    raw = bounce(to="shop@shop.example", unsubscribe=links.unsubscribe_url(88), returned=returned)

    assert only(raw).message_id == 88


@pytest.mark.parametrize(
    "unsubscribe", ["https://shop.example/u/forged", "", "https://shop.example/c/" + links.write(88, Hit.Kind.CLICK, 1)]
)
def test_a_bounce_that_anybody_could_have_written_names_no_message(unsubscribe: str) -> None:
    assert only(bounce(to="shop@shop.example", unsubscribe=unsubscribe)).message_id is None


def test_the_address_of_a_message_cannot_be_guessed_and_survives_small_letters() -> None:
    address = addresses.write(BOUNCES, 71)

    assert addresses.read(f"<{address.upper()}>") == 71
    assert addresses.read(address.replace("+71.", "+72.")) is None
    assert addresses.read("bounces@shop.example") is None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00",
        b"Subject: I am on holiday\r\n\r\nback on Monday",
        b"Content-Type: multipart/report; boundary=x\r\n\r\nno parts",
        b"Content-Type: message/delivery-status\r\n\r\n",
        bounce()[:900],
        bounce().replace(b"Sun, 22 Nov", b"Sun, 99 Foo"),
        bounce().replace(b"Nov 2026", b"Nov 99999999999"),
        bounce().replace(b"+0900", b"+99999999999999999999"),
        b'To: <\r\nDate: "\r\n\r\nspam',
        b'Delivered-To: "\r\n\r\nspam',
        b"To: a@[x\r\n\r\nspam",
    ],
)
def test_any_mail_is_read_without_an_error(raw: bytes) -> None:
    assert all(report.kind in ReportKind for report in mails.read(raw, at=NOW))
