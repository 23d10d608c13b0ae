"""Mail over SMTP, on connections that are kept."""

import os
import select
import smtplib
import socket
import ssl
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.gateways import domain_pace
from campaigns.gateways.base import Fate, Gateway, GatewayError, Outcome, PreparedMessage, register
from campaigns.gateways.failures import Failure
from campaigns.gateways.smtp_codes import failure_of
from campaigns.gateways.smtp_connection import Parcel, Reply, SmtpConnection

TIMEOUT_SECONDS = 30.0


@register
class SmtpGateway(Gateway):
    """A relay that speaks SMTP.

    Settings of the account: host, port (default 25), security ("none", "starttls" or "ssl"), user, timeout (seconds),
    connections (how many each worker may keep, default 1), domain_rates (messages a second by domain), bounce_address.
    The password stands in the environment variable that the account names.
    """

    name = "smtp"
    label = gettext_lazy("SMTP")
    channels = ("email",)

    def __init__(self, account: Any) -> None:
        super().__init__(account)
        self._connections: list[SmtpConnection] = []
        self._fault: GatewayError | None = None

    def send_batch(self, prepared: Iterable[PreparedMessage]) -> Iterator[Outcome]:
        """Hand over messages over all connections; a lost one costs the message whose content it had.

        Raises:
            GatewayError: no connection, or the server refuses the account.
        """
        self._fault = None
        kept = set(self._connections)
        try:
            yield from self._hand_over(_Waiting(prepared), kept)
        finally:
            for connection in [each for each in self._connections if each.is_busy]:
                self._drop(connection)
        if self._fault:
            raise self._fault

    def waits(self, prepared: Sequence[PreparedMessage]) -> dict[int, float]:
        """Return the seconds that messages to throttled domains wait, by id (E-05)."""
        rates: dict[str, float] = self.account.settings.get("domain_rates") or {}
        return domain_pace.take_turns(self.account.pk, prepared, rates=rates) if rates else {}

    def check(self) -> None:
        """Connect and log in.

        Raises:
            GatewayError: no connection, or the server refuses the account.
        """
        self._open(1)

    def close(self) -> None:
        """Say goodbye, if anybody listens."""
        while self._connections:
            self._connections.pop().quit()

    def _hand_over(self, waiting: "_Waiting", kept: set[SmtpConnection]) -> Iterator[Outcome]:
        most = self._most_connections
        while waiting.look_ahead(most) or self._busy():
            busy = self._busy()
            if len(busy) < most:
                self._open(min(len(waiting.drawn), most))
                for connection in [each for each in self._connections if not each.is_busy]:
                    yield from self._begin(connection, waiting, kept)
                busy = self._busy()
            for connection in self._that_answered(busy):
                yield from self._hear(connection, waiting, kept)
            if self._fault:
                waiting.end()

    def _begin(self, connection: SmtpConnection, waiting: "_Waiting", kept: set[SmtpConnection]) -> Iterator[Outcome]:
        message = waiting.draw()
        if message is None:
            return
        try:
            connection.begin(message)
        except OSError as error:
            yield from self._lost(connection, error, waiting, kept)

    def _hear(self, connection: SmtpConnection, waiting: "_Waiting", kept: set[SmtpConnection]) -> Iterator[Outcome]:
        try:
            if connection.patience <= 0 and not connection.has_answer:
                raise TimeoutError(_("The server did not answer in time."))
            for parcel in connection.hear(waiting.draw):
                if parcel.refusal is None:
                    yield Outcome(parcel.message.message_id, Fate.SENT)
                else:
                    yield from self._settled(parcel, parcel.refusal)
        except OSError as error:
            yield from self._lost(connection, error, waiting, kept)
        else:
            kept.discard(connection)

    def _settled(self, parcel: Parcel, refusal: Reply) -> Iterator[Outcome]:
        """Judge a refusal: for good or for now. A refused account is kept in mind."""
        number = parcel.message.message_id
        failure = failure_of(refusal.text, is_of_content=parcel.is_content_out)
        if failure == Failure.AUTH or (parcel.refused_at == "MAIL" and refusal.code >= 500):
            self._fault = _account_fault(refusal.text)
        elif 400 <= refusal.code < 600:
            yield Outcome(number, Fate.FAILED if refusal.code >= 500 else Fate.RETRY, failure, refusal.text)
        else:
            fate = Fate.UNKNOWN if parcel.is_content_out else Fate.RETRY
            yield Outcome(number, fate, Failure.UNKNOWN_CODE, refusal.text)

    def _lost(
        self, connection: SmtpConnection, error: OSError, waiting: "_Waiting", kept: set[SmtpConnection]
    ) -> Iterator[Outcome]:
        """Judge what was on a connection that is no more.

        Content that was on the wire may have been accepted. An envelope alone was not: behind another message, or
        on a connection that had been kept idle, it goes over another one; else it is tried again later.
        """
        parcels = connection.parcels()
        self._drop(connection)
        for position, parcel in enumerate(parcels):
            if parcel.refusal:
                yield from self._settled(parcel, parcel.refusal)
            elif parcel.is_content_out:
                yield Outcome(parcel.message.message_id, Fate.UNKNOWN, Failure.NO_ANSWER, str(error))
            elif position or connection in kept:
                waiting.put_back(parcel.message)
            else:
                yield Outcome(parcel.message.message_id, Fate.RETRY, Failure.CONNECTION, str(error))

    def _drop(self, connection: SmtpConnection) -> None:
        self._connections.remove(connection)
        connection.drop()

    def _busy(self) -> list[SmtpConnection]:
        return [each for each in self._connections if each.is_busy]

    def _that_answered(self, busy: list[SmtpConnection]) -> list[SmtpConnection]:
        """Wait until a server has answered; return those connections and those that waited too long."""
        if len(busy) < 2:
            return busy
        answers = select.poll()
        for connection in busy:
            answers.register(connection, select.POLLIN)
        patience = max(0.0, min(connection.patience for connection in busy))
        ready = {number for number, _event in answers.poll(patience * 1_000)}
        return [each for each in busy if each.fileno() in ready or each.patience <= 0]

    @property
    def _most_connections(self) -> int:
        return max(1, int(self.account.settings.get("connections") or 1))

    def _open(self, wanted: int) -> None:
        """Have so many connections, if the server takes that many; several are opened at the same time.

        Raises:
            GatewayError: there is none, or the server refuses the account and nothing is on the wire.
        """
        missing = wanted - len(self._connections)
        if missing <= 0:
            return
        with ThreadPoolExecutor(missing) as pool:
            opened = list(pool.map(lambda _number: _attempt(self.account), range(missing)))
        self._connections += [each for each in opened if isinstance(each, SmtpConnection)]
        for error in [each for each in opened if isinstance(each, Exception)]:
            fault = _fault_of(error)
            if fault.account_level and self._busy():
                self._fault = fault  # said once the others were heard, or what they take would count as not begun
            elif fault.account_level or not self._connections:
                raise fault from error


class _Waiting:
    """The messages of a batch that are not begun: drawn here, or still to be drawn."""

    def __init__(self, prepared: Iterable[PreparedMessage]) -> None:
        self._prepared = iter(prepared)
        self.drawn: deque[PreparedMessage] = deque()

    def look_ahead(self, most: int) -> bool:
        """Draw so many that each connection can begin with one; tell whether there is any."""
        while len(self.drawn) < most and (message := next(self._prepared, None)):
            self.drawn.append(message)
        return bool(self.drawn)

    def draw(self) -> PreparedMessage | None:
        """Return the next message, None where there is none."""
        return self.drawn.popleft() if self.drawn else next(self._prepared, None)

    def put_back(self, message: PreparedMessage) -> None:
        """Have a message drawn again, before the others."""
        self.drawn.appendleft(message)

    def end(self) -> None:
        """Let nothing more be drawn."""
        self._prepared = iter(())
        self.drawn.clear()


def _attempt(account: Any) -> SmtpConnection | Exception:
    """Open a connection and log in; return why that failed, for a thread raises to nobody."""
    link: smtplib.SMTP | None = None
    try:
        link = _link(account.settings)
        if account.settings.get("user"):
            link.login(account.settings["user"], os.environ.get(account.password_variable, ""))
        cast(socket.socket, link.sock).setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return SmtpConnection(link, timeout=float(account.settings.get("timeout", TIMEOUT_SECONDS)))
    except (OSError, smtplib.SMTPException) as error:
        if link is not None:
            link.close()
        return error


def _link(options: dict[str, Any]) -> smtplib.SMTP:
    address = options.get("host", "localhost"), int(options.get("port", 25))
    timeout = float(options.get("timeout", TIMEOUT_SECONDS))
    security = options.get("security", "none")
    if security == "ssl":
        link: smtplib.SMTP = smtplib.SMTP_SSL(*address, timeout=timeout, context=ssl.create_default_context())
    else:
        link = smtplib.SMTP(*address, timeout=timeout)
    if security == "starttls":
        link.starttls(context=ssl.create_default_context())
    link.ehlo_or_helo_if_needed()
    return link


def _fault_of(error: Exception) -> GatewayError:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        said = error.smtp_error
        words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        return _account_fault(f"{error.smtp_code} {words}")
    if isinstance(error, smtplib.SMTPNotSupportedError | ssl.SSLError):
        message = _("The mail server does not offer the encryption or log-in that the account asks for: %s") % error
        return GatewayError(message, permanent=True, account_level=True)
    return GatewayError(_("The mail server cannot be reached: %s") % error, permanent=False)


def _account_fault(said: str) -> GatewayError:
    return GatewayError(
        _("The mail server refuses the account (%s). Check its user, password and sender address.") % said,
        permanent=True,
        account_level=True,
    )
