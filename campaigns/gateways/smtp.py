"""Mail over SMTP, on a connection that is kept."""

import os
import re
import smtplib
import ssl
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from django.utils.translation import gettext_lazy as _

from campaigns.gateways.base import Fate, Gateway, GatewayError, Outcome, PreparedMessage, register

TIMEOUT_SECONDS = 30
LINE_END = re.compile(rb"\r\n|\r|\n")
LEADING_DOT = re.compile(rb"(?m)^\.")


class Refused(Exception):
    """The server answered, and the answer was no. Nothing of the message was accepted."""

    def __init__(self, command: str, code: int, reply: bytes) -> None:
        super().__init__(command)
        self.command = command
        self.code = code
        self.detail = f"{code} {reply.decode('utf-8', 'replace')}"


@register
class SmtpGateway(Gateway):
    """A relay that speaks SMTP.

    Settings of the account: host, port (default 25), security ("none", "starttls" or "ssl"), user, timeout (seconds).
    The password stands in the environment variable that the account names.
    """

    name = "smtp"
    label = _("SMTP")
    channels = ("email",)
    connection: smtplib.SMTP | None = None

    def send_batch(self, prepared: Iterable[PreparedMessage]) -> Iterator[Outcome]:
        """Hand over each message; a lost connection costs the message it was in, the next gets a new one.

        Raises:
            GatewayError: no connection, or the server refuses the account.
        """
        for message in prepared:
            self._connect()
            yield self._hand_over(message)

    def check(self) -> None:
        """Connect and log in.

        Raises:
            GatewayError: no connection, or the server refuses the account.
        """
        self._connect()

    def close(self) -> None:
        """Say goodbye, if anybody listens."""
        if self.connection is not None:
            with suppress(OSError, smtplib.SMTPException):
                self.connection.quit()
            self._drop()

    def _connect(self) -> None:
        if self.connection is not None:
            return
        try:
            self.connection = self._open()
            self._log_in()
        except smtplib.SMTPAuthenticationError as error:
            self._drop()
            raise _account_fault(error.smtp_code, error.smtp_error) from error
        except (smtplib.SMTPNotSupportedError, ssl.SSLError) as error:
            self._drop()
            raise GatewayError(
                _("The mail server does not offer the encryption or log-in that the account asks for: %s") % error,
                permanent=True,
                account_level=True,
            ) from error
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise GatewayError(_("The mail server cannot be reached: %s") % error, permanent=False) from error

    def _open(self) -> smtplib.SMTP:
        options: dict[str, Any] = self.account.settings
        address = options.get("host", "localhost"), int(options.get("port", 25))
        timeout = float(options.get("timeout", TIMEOUT_SECONDS))
        security = options.get("security", "none")
        if security == "ssl":
            return smtplib.SMTP_SSL(*address, timeout=timeout, context=ssl.create_default_context())
        connection = smtplib.SMTP(*address, timeout=timeout)
        if security == "starttls":
            connection.starttls(context=ssl.create_default_context())
        connection.ehlo_or_helo_if_needed()
        return connection

    def _log_in(self) -> None:
        user = self.account.settings.get("user", "")
        if user and self.connection is not None:
            self.connection.login(user, os.environ.get(self.account.password_variable, ""))

    def _hand_over(self, message: PreparedMessage) -> Outcome:
        """Take one message through MAIL, RCPT and DATA.

        Before its first byte a lost connection means "not accepted". From then on it may have been accepted, and
        only an answer can say that it was not.
        """
        try:
            self._announce(message)
        except Refused as refused:
            return self._refused(message, refused)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Outcome(message.message_id, Fate.RETRY, "connection", str(error))
        try:
            self._transmit(message)
        except Refused as refused:
            return self._refused(message, refused)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Outcome(message.message_id, Fate.UNKNOWN, "no_answer", str(error))
        return Outcome(message.message_id, Fate.SENT)

    def _announce(self, message: PreparedMessage) -> None:
        assert self.connection is not None  # noqa: S101  # for the type checker; `_connect` came before
        for command, (code, reply) in (
            ("MAIL", self.connection.mail(message.sender)),
            ("RCPT", self.connection.rcpt(message.recipient)),
            ("DATA", self.connection.docmd("DATA")),
        ):
            if not (code == 354 if command == "DATA" else 200 <= code < 300):
                raise Refused(command, code, reply)

    def _transmit(self, message: PreparedMessage) -> None:
        assert self.connection is not None  # noqa: S101  # for the type checker; `_connect` came before
        self.connection.send(on_the_wire(message.content))
        code, reply = self.connection.getreply()
        if not 200 <= code < 300:
            raise Refused("content", code, reply)

    def _refused(self, message: PreparedMessage, refused: Refused) -> Outcome:
        """Judge a refusal: of the account, of this message for good, or for now."""
        self._start_over(refused)
        if refused.code in (530, 535, 538) or (refused.command == "MAIL" and refused.code >= 500):
            raise _account_fault(refused.code, refused.detail.encode())
        fate = Fate.FAILED if refused.code >= 500 else Fate.RETRY
        return Outcome(message.message_id, fate, f"smtp_{refused.code}", refused.detail)

    def _start_over(self, refused: Refused) -> None:
        if refused.code == 421:
            self._drop()
            return
        try:
            self.connection.rset()  # type: ignore[union-attr]
        except (OSError, smtplib.SMTPException):
            self._drop()

    def _drop(self) -> None:
        if self.connection is not None:
            self.connection.close()
        self.connection = None


def on_the_wire(content: bytes) -> bytes:
    """Return the content with CRLF line ends, dots doubled at line starts, and the end mark (RFC 5321 §4.5.2)."""
    lines = LEADING_DOT.sub(b"..", LINE_END.sub(b"\n", content)).replace(b"\n", b"\r\n")
    return (lines if lines.endswith(b"\r\n") else lines + b"\r\n") + b".\r\n"


def _account_fault(code: int, reply: bytes | str) -> GatewayError:
    said = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return GatewayError(
        _("The mail server refuses the account (%(code)s): %(said)s. Check its user, password and sender address.")
        % {"code": code, "said": said},
        permanent=True,
        account_level=True,
    )
