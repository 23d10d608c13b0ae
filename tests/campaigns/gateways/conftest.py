"""A real SMTP server in this process that records what it accepted, and misbehaves as it is told."""

import asyncio
import socket
from collections.abc import Callable, Iterator

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Recorder:
    """Accepts mail, but for recipients it was told to treat otherwise."""

    def __init__(self) -> None:
        self.accepted: list[Envelope] = []
        self.sessions = 0
        self.at_recipient: dict[str, str] = {}
        self.at_sender = ""
        self.after_content: Callable[[Envelope], str | None] = lambda _envelope: None
        self.drop_after_content = False
        self.silent_after_content = False

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, answers: list[str]
    ) -> list[str]:
        self.sessions += 1
        session.host_name = hostname
        return answers

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list) -> str:
        if self.at_sender:
            return self.at_sender
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list) -> str:
        if address in self.at_recipient:
            return self.at_recipient[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        refusal = self.after_content(envelope)
        if refusal:
            return refusal
        self.accepted.append(envelope)
        if self.drop_after_content:
            server.transport.abort()
        if self.silent_after_content:
            await asyncio.sleep(5)
        return "250 accepted"

    @property
    def recipients(self) -> list[str]:
        """Who got mail, in order."""
        return [address for envelope in self.accepted for address in envelope.rcpt_tos]


@pytest.fixture
def mail_server() -> Iterator[tuple[Recorder, int]]:
    """The recorder and the port it listens on."""
    recorder = Recorder()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(recorder, hostname="127.0.0.1", port=port)
    controller.start()
    yield recorder, port
    controller.stop()
