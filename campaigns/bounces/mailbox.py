"""Mailboxes to which mails come back, read over IMAP.

Settings of the sending account: bounce_host, bounce_port (default 993), bounce_security ("ssl" or "none"), bounce_user,
and bounce_password_variable, the environment variable with the password.
"""

import imaplib
import logging
import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.utils.translation import gettext as _

from campaigns.bounces.intake import take_in
from campaigns.errors import MailboxUnreadable
from campaigns.models import ChannelAccount
from crm_project import queue

logger = logging.getLogger(__name__)
TIMEOUT_SECONDS = 30
READ, SET_ASIDE = r"(\Seen)", r"(\Seen \Flagged)"


def read_all(now: datetime) -> int:
    """Read every account's mailbox; return how many reports were kept.

    Raises:
        MailboxUnreadable: one of them could not be read; the others were.
    """
    kept, unreadable = 0, None
    for account in ChannelAccount.objects.filter(channel="email", settings__has_key="bounce_host"):
        try:
            kept += read_new(account, now)
        except MailboxUnreadable as error:
            unreadable = error
    if unreadable:
        raise unreadable
    return kept


def read_new(account: ChannelAccount, now: datetime) -> int:
    """Take in the mails of the account's mailbox that nobody has read, and mark them read; return the reports kept.

    A mail is marked after its reports are stored: read twice, it changes nothing the second time. One that cannot be
    taken in is flagged too, for people to look at, and does not hold up those behind it.

    Raises:
        MailboxUnreadable: no connection, a wrong password, or an answer that is none.
    """
    kept = 0
    try:
        with _opened(account.settings) as mailbox:
            for number in _unread(mailbox):
                if queue.out_of_time():
                    break
                told = _taken_in(_whole(mailbox, number), account, now)
                mailbox.store(number, "+FLAGS", SET_ASIDE if told is None else READ)
                kept += told or 0
                queue.progress()
    except (OSError, imaplib.IMAP4.error) as error:
        raise MailboxUnreadable(_("The mailbox for bounces of “%s” cannot be read: %s") % (account, error)) from error
    return kept


def _taken_in(raw: bytes, account: ChannelAccount, now: datetime) -> int | None:
    """Return how many reports of a mail were kept; None where it cannot be taken in, whenever it is tried."""
    try:
        with transaction.atomic():
            return take_in(raw, at=now)
    except (OperationalError, InterfaceError):  # the database is away, or in the way: the mail stays unread
        raise
    except Exception as error:  # whatever it is, it must not hold up the mails behind it
        # Without its words: they may quote the mail.
        logger.error("A bounce of sending account %s was not taken in: %s", account.pk, type(error).__name__)
        return None


@contextmanager
def _opened(options: dict[str, Any]) -> Iterator[imaplib.IMAP4]:
    host, port = options["bounce_host"], int(options.get("bounce_port") or 993)
    if options.get("bounce_security", "ssl") == "none":
        mailbox = imaplib.IMAP4(host, port, timeout=TIMEOUT_SECONDS)
    else:
        mailbox = imaplib.IMAP4_SSL(host, port, ssl_context=ssl.create_default_context(), timeout=TIMEOUT_SECONDS)
    try:
        password = os.environ.get(options.get("bounce_password_variable", ""), "")
        mailbox.login(options.get("bounce_user", ""), password)
        mailbox.select("INBOX")
        yield mailbox
    finally:
        with suppress(OSError, imaplib.IMAP4.error):
            mailbox.logout()


def _unread(mailbox: imaplib.IMAP4) -> list[str]:
    _state, found = mailbox.search(None, "UNSEEN")
    return found[0].decode("ascii").split() if found and found[0] else []


def _whole(mailbox: imaplib.IMAP4, number: str) -> bytes:
    """Return a mail without marking it read."""
    _state, parts = mailbox.fetch(number, "(BODY.PEEK[])")
    return next((part[1] for part in parts if isinstance(part, tuple)), b"")
