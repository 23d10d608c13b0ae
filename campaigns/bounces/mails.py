"""Mails that come back: delivery reports (RFC 3464) and complaints (RFC 5965), read as reports of a gateway.

Which message one is about is believed by what only we can have written: the address it came to (`addresses.py`),
or the opt-out address in the mail that it gives back. Headers are read as plain text: the parser of addresses and
dates in the standard library breaks at some that anybody can send.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from email.utils import parsedate_to_datetime
from hashlib import sha256

from campaigns import links
from campaigns.bounces import addresses
from campaigns.gateways.base import Report, ReportKind
from campaigns.gateways.failures import Failure
from campaigns.gateways.smtp_codes import failure_of, failure_of_status
from campaigns.models import Hit

# A report is small; what is larger gives back a whole mail with its pictures and need not be read to the end.
MOST_BYTES = 1_000_000
CAME_TO = ("Delivered-To", "X-Original-To", "Envelope-To", "To")
STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
KINDS = {
    "failed": ReportKind.BOUNCED,
    "delayed": ReportKind.DEFERRED,
    "delivered": ReportKind.DELIVERED,
    "relayed": ReportKind.DELIVERED,
    "expanded": ReportKind.DELIVERED,
}


def read(raw: bytes, *, at: datetime) -> list[Report]:
    """Return what a mail reports; nothing for one that is no report, such as an answer of somebody on holiday.

    Args:
        at: when it was read, for a mail without a date.
    """
    mail = message_from_bytes(raw[:MOST_BYTES])
    parts = {part.get_content_type(): part for part in mail.walk()}
    message_id = _message_of(mail, parts)
    happened = _date(mail, at)
    number = sha256(raw).hexdigest()[:32]
    if "message/delivery-status" in parts:
        told = list(_delivery(parts["message/delivery-status"], message_id, number, happened))
    elif "message/feedback-report" in parts:
        told = list(_feedback(parts["message/feedback-report"], message_id, number, happened))
    else:
        told = []
    return told


def _delivery(part: Message, message_id: int | None, number: str, at: datetime) -> Iterator[Report]:
    """Read the groups of fields of a delivery report: first one about the mail, then one a recipient."""
    for position, fields in enumerate(_groups(part)):
        action = str(fields.get("Action", "")).strip().lower()
        if not action:
            continue
        status = STATUS.search(str(fields.get("Status", "")))
        said = _plain(fields.get("Diagnostic-Code", ""))
        kind = KINDS.get(action, ReportKind.UNKNOWN)
        yield Report(
            event_id=f"dsn:{number}:{position}",
            kind=kind,
            occurred_at=at,
            message_id=message_id,
            failure=_failure(status[0] if status else "", said) if kind == ReportKind.BOUNCED else "",
            code=status[0] if status else "",
            detail=said,
            recipient=_plain(fields.get("Original-Recipient") or fields.get("Final-Recipient", "")),
        )


def _feedback(part: Message, message_id: int | None, number: str, at: datetime) -> Iterator[Report]:
    for fields in _groups(part):
        if str(fields.get("Feedback-Type", "")).strip().lower() in ("abuse", "fraud", "not-spam", "opt-out"):
            kind = str(fields["Feedback-Type"]).strip().lower()
            yield Report(
                event_id=f"arf:{number}",
                kind=ReportKind.UNKNOWN if kind == "not-spam" else ReportKind.COMPLAINED,
                occurred_at=at,
                message_id=message_id,
                code=kind,
                recipient=_plain(fields.get("Original-Rcpt-To", "")),
            )


def _failure(status: str, said: str) -> Failure:
    """Return the class: the status counts, but for one that says nothing more than that it failed (5.0.0)."""
    if status and not status.endswith(".0.0"):
        return failure_of_status(status)
    return failure_of(said)


def _message_of(mail: Message, parts: dict[str, Message]) -> int | None:
    came_to = " ".join(str(value) for name in CAME_TO for value in mail.get_all(name, []))
    return addresses.read(came_to) or _given_back(parts)


def _given_back(parts: dict[str, Message]) -> int | None:
    """Return the message by the opt-out address in the mail, or the headers, that came back."""
    for kind in ("message/rfc822", "text/rfc822-headers"):
        part = parts.get(kind)
        if part is None:
            continue
        content = part.get_payload()
        inner = content[0] if isinstance(content, list) else message_from_bytes(_bytes(part))
        return addresses.read(str(inner.get("Return-Path", ""))) or _opted_out_of(str(inner["List-Unsubscribe"]))
    return None


def _opted_out_of(header: str) -> int | None:
    """Return the message whose opt-out address stands in the header."""
    token = links.read(header.strip("<> ").rpartition("/")[2])
    return token.message_id if token and token.kind == Hit.Kind.UNSUBSCRIBE else None


def _groups(part: Message) -> list[Message]:
    """Return the groups of fields, which the parser takes for messages."""
    content = part.get_payload()
    if isinstance(content, list):
        return [each for each in content if isinstance(each, Message)]
    return [message_from_bytes(_bytes(part))]


def _bytes(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _plain(value: object) -> str:
    """Return a typed field such as "rfc822; a@b.kr" without its type, on one line."""
    before, semicolon, after = str(value).partition(";")
    return " ".join((after if semicolon else before).split())


def _date(mail: Message, at: datetime) -> datetime:
    try:
        said = parsedate_to_datetime(str(mail["Date"]))
    except (TypeError, ValueError, OverflowError):  # the last: of a year, or a zone, of twenty digits
        return at
    return min(said if said.tzinfo else said.replace(tzinfo=UTC), at)
