"""The processes of the mail benches: the server that takes the mails, workers that wait for their turn, a queue."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from bench.harness import database_url


class Talker:
    """A process that answers a line with a line."""

    def __init__(self, *command: str, **environment: str) -> None:
        own = {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "bench.settings"}
        self.process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", *command],
            cwd=settings.BASE_DIR,
            env=os.environ | own | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.greeting = self.hear()

    def say(self) -> None:
        """Tell it to go on."""
        assert self.process.stdin  # noqa: S101
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def hear(self) -> str:
        """Wait for its line."""
        assert self.process.stdout  # noqa: S101
        return self.process.stdout.readline().strip()

    def end(self) -> None:
        """Let it go."""
        self.process.communicate(timeout=30)


class Sink(Talker):
    """The mail server; `taken` is what came since one asked."""

    @property
    def port(self) -> int:
        """Return where it listens."""
        return int(self.greeting)

    def taken(self) -> dict:
        self.say()
        return json.loads(self.hear())

    def took(self, mails: int) -> None:
        """See that it took so many, each to somebody else."""
        taken = self.taken()
        if (taken["mails"], taken["recipients"]) != (mails, mails):
            raise AssertionError(f"{taken['mails']} of {mails} mails came, to {taken['recipients']} people")


@contextmanager
def _ended(talker: Talker) -> Iterator[Talker]:
    try:
        yield talker
    finally:
        talker.end()


@contextmanager
def mail_sink(milliseconds: int = 0) -> Iterator[Sink]:
    """Run the mail server, whose answers come so late."""
    with _ended(Sink("bench.mail_sink", str(milliseconds))) as sink:
        yield sink  # type: ignore[misc]


@contextmanager
def workers(way: str, count: int, sink: Sink) -> Iterator[list[Talker]]:
    """Run so many workers of a way to send (`mail_workers.WAYS`); each waits until it is told to go on."""
    talkers = [Talker("bench.mail_workers", way, BENCH_MAIL_PORT=str(sink.port)) for _number in range(count)]
    try:
        yield talkers
    finally:
        for talker in talkers:
            talker.end()


@contextmanager
def cluster(sink: Sink) -> Iterator[None]:
    """Run a queue's workers, as many as ours."""
    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "bench.settings",
        "BENCH_MAIL_PORT": str(sink.port),
        "Q_CLUSTER_NAME": "bench",
    }
    command = [sys.executable, "manage.py", "qcluster"]
    cluster = subprocess.Popen(  # noqa: S603
        command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        cluster.terminate()
        cluster.wait(timeout=60)
