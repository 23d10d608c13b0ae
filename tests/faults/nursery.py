"""Workers that are processes of their own, born quickly from one that has everything imported.

A worker does what the queue's workers do all day: take back what is lost, hand over what is due.
"""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LEASE_SECONDS = 3
# The mother only forks: it never opens a connection that its children would share.
MOTHER = """
import importlib, os, signal, sys, time
import django
django.setup()
for name in sys.argv[1:]:
    importlib.import_module(name)
from django.utils import timezone
from campaigns.pipeline import claims, dispatch
from crm_project import processes

def work():
    while True:
        claims.reclaim_expired(timezone.now())
        dispatch.dispatch_due(time.monotonic() + 5)
        time.sleep(0.05)

signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for _line in sys.stdin:
    child = os.fork()
    if not child:
        processes.die_with_parent()
        os.close(0)
        work()
    print(child, flush=True)
"""


class Nursery:
    """The mother of workers and those of them that live. `modules` are imported first, such as a gateway of a test."""

    def __init__(self, environment: dict[str, str], *modules: str, **variables: str) -> None:
        named = {"DJANGO_SETTINGS_MODULE": "crm_project.settings", "MESSAGING_LIVE": "1", "PYTHONPATH": str(ROOT)}
        leases = {"CLAIM_LEASE_SECONDS": str(LEASE_SECONDS), "SENDING_LEASE_SECONDS": str(LEASE_SECONDS)}
        self.mother = subprocess.Popen(
            [sys.executable, "-c", MOTHER, *modules],
            env=environment | named | leases | variables,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.workers: list[int] = []

    def __enter__(self) -> "Nursery":
        return self

    def __exit__(self, *_error: object) -> None:
        for worker in list(self.workers):
            self.kill(worker)
        self.mother.kill()
        self.mother.wait()

    def start(self, count: int = 1) -> list[int]:
        """Have workers born; return their process ids."""
        born = []
        for _number in range(count):
            self.mother.stdin.write("\n")
            self.mother.stdin.flush()
            born.append(int(self.mother.stdout.readline()))
        self.workers += born
        return born

    def kill(self, worker: int) -> None:
        """End a worker as a power cut would."""
        self.workers.remove(worker)
        with suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)
