"""A mailbox over IMAP, as far as reading new mail goes: log in, select, search, fetch, mark, log out (RFC 3501)."""

import threading
from socketserver import StreamRequestHandler, ThreadingTCPServer


class ImapMailbox:
    """A context in which the mailbox can be read. `mails` lie in it, `seen` are the numbers that were marked read.

    `flagged` are those that were marked for people to look at.
    """

    user, password = "bounces", "SECRET"

    def __init__(self, *mails: bytes) -> None:
        self.mails = list(mails)
        self.seen: set[int] = set()
        self.flagged: set[int] = set()
        ThreadingTCPServer.allow_reuse_address = True
        self.server = ThreadingTCPServer(("127.0.0.1", 0), _handler_of(self))
        self.server.daemon_threads = True

    @property
    def port(self) -> int:
        return self.server.server_address[1]

    def __enter__(self) -> "ImapMailbox":
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, command: str, rest: list[str]) -> tuple[list[bytes], str]:
        """Return what is told before the last line, and how that ends."""
        if command == "LOGIN":
            right = [part.strip('"') for part in rest] == [self.user, self.password]
            return [], "OK welcome" if right else "NO wrong password"
        if command == "SELECT":
            return [f"* {len(self.mails)} EXISTS".encode()], "OK [READ-WRITE] done"
        if command == "SEARCH":
            unread = [str(number) for number in range(1, len(self.mails) + 1) if number not in self.seen]
            return [" ".join(["* SEARCH", *unread]).encode()], "OK done"
        if command == "FETCH":
            mail = self.mails[int(rest[0]) - 1]
            return [f"* {rest[0]} FETCH (BODY[] {{{len(mail)}}}".encode(), mail + b")"], "OK done"
        if command == "STORE":
            marked = {r"\Seen": self.seen, r"\Flagged": self.flagged}
            for flag in " ".join(rest[2:]).strip("()").split():
                marked[flag].add(int(rest[0]))
        return ([b"* BYE"] if command == "LOGOUT" else [b"* CAPABILITY IMAP4rev1"]), "OK done"


def _handler_of(mailbox: ImapMailbox) -> type[StreamRequestHandler]:
    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"* OK mailbox\r\n")
            while line := self.rfile.readline():
                tag, command, *rest = line.decode().split()
                told, end = mailbox.answer(command.upper(), rest)
                self.wfile.write(b"".join(each + b"\r\n" for each in [*told, f"{tag} {end}".encode()]))
                if command.upper() == "LOGOUT":
                    return

    return Handler
