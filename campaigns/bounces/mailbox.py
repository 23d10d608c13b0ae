"""Mailboxes to which mails come back, read over IMAP.

Settings of the sending account: bounce_host, bounce_port (default 993), bounce_security ("ssl" or "none"), bounce_user,
and bounce_password_variable, the environment variable with the password.
"""

import imaplib
import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from campaigns.bounces.intake import take_in
from campaigns.errors import MailboxUnreadable
from campaigns.models import ChannelAccount
from crm_project import queue

TIMEOUT_SECONDS = 30


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

    A mail is marked after its reports are stored: read twice, it changes nothing the second time.

    Raises:
        MailboxUnreadable: no connection, a wrong password, or an answer that is none.
    """
    kept = 0
    try:
        with _opened(account.settings) as mailbox:
            for number in _unread(mailbox):
                if queue.out_of_time():
                    break
                kept += take_in(_whole(mailbox, number), at=now)
                mailbox.store(number, "+FLAGS", r"(\Seen)")
                queue.progress()
    except (OSError, imaplib.IMAP4.error) as error:
        raise MailboxUnreadable(_("The mailbox for bounces of “%s” cannot be read: %s") % (account, error)) from error
    return kept


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
