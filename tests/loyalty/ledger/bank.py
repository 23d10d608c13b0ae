"""Clients of a bank: processes that book at random on the same accounts, and may be killed at any moment.

A day of the ledger passes in a second, so that lots die, pending points ripen and holds time out while they work. Each
client keeps a journal: what it is about to book, and that it was. Whoever takes over the place of a killed one asks
again for what it finds without an answer, as a till does.
"""

import json
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import count
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

from django.contrib.auth.models import User
from django.db import connection

from loyalty import ledger, tiers
from loyalty.errors import LedgerRefused
from loyalty.ledger import LotTerms, Receipt
from loyalty.models import Account, Hold, Transaction
from tests.loyalty.ledger.bookings import DAY, NOW

FORK = get_context("fork")
SECONDS_A_DAY = 1.0
# What of it may be sent again with the same receipt and points.
REPEATABLE = ("earn", "redeem", "hold")
END = ";"


class Bank:
    """So many clients at work, each with the journal of its place."""

    def __init__(self, accounts: list[int], clerks: list[int], *, clients: int, journals: Path) -> None:
        self.accounts, self.clerks, self.opened_at = accounts, clerks, time.time()
        self.journals = [journals / f"{place}.jsonl" for place in range(clients)]
        self.seeds = count(1)
        self.clients = {place: self._start(place) for place in range(clients)}
        self.fallen: list[int | None] = []  # exit codes of clients that ended by themselves

    def now(self) -> datetime:
        """The moment by the clock of the bank."""
        return NOW + (time.time() - self.opened_at) / SECONDS_A_DAY * DAY

    def kill_one(self, place: int) -> None:
        """Kill the client at a place, as a power cut would, and have another take over."""
        client = self.clients[place]
        client.kill()
        self._leave(client)
        self.clients[place] = self._start(place)

    def close(self) -> None:
        """End all clients after what they have in hand."""
        for client in self.clients.values():
            client.terminate()
        for client in self.clients.values():
            self._leave(client)

    def promised(self) -> list[int]:
        """The transactions of which a client heard that they are booked."""
        lines = [line for journal in self.journals for line in _whole_lines(journal)]
        return [line["booked"] for line in lines if line.get("booked")]

    def _leave(self, client: BaseProcess) -> None:
        client.join()
        self.fallen += [client.exitcode] if client.exitcode not in (0, -signal.SIGKILL, -signal.SIGTERM) else []

    def _start(self, place: int) -> BaseProcess:
        connection.close()  # no connection is shared with a client
        client = FORK.Process(target=_Client(self, self.journals[place], next(self.seeds)).work)
        client.start()
        return client


class _Client:
    """One client: chooses what to do and does it, again and again."""

    def __init__(self, bank: Bank, journal: Path, seed: int) -> None:
        self.bank, self.path, self.seed = bank, journal, seed
        self.chance, self.numbers = random.Random(seed), count(1)  # noqa: S311 (chance, repeatable)

    def work(self) -> None:
        """Book until told to stop; an error that is no refusal ends the process with exit code 1."""
        stopped = []
        signal.signal(signal.SIGTERM, lambda *_signal: stopped.append(True))
        with self.path.open("a", encoding="utf-8") as self.journal:
            self.journal.write("\n")  # the last line may have been cut
            for told in _unanswered(self.path):
                self.ask(told)
            while not stopped:
                self.chance.choice(ACTS)(self)
        connection.close()

    def ask(self, told: dict[str, object]) -> None:
        """Book what may be sent again, with a note before and after."""
        self.note(asked=told)
        with suppress(LedgerRefused):
            self.note(booked=_book(told, now=self.bank.now()))
            return
        self.note(booked=None)

    def note(self, **told: object) -> None:
        """Write a line that survives the process."""
        self.journal.write(json.dumps(told) + END + "\n")
        self.journal.flush()

    def receipt(self) -> Receipt:
        """A receipt that no other client has."""
        return Receipt("bank", f"{self.seed}-{next(self.numbers)}")

    def account(self) -> int:
        """An account of the bank."""
        return self.chance.choice(self.bank.accounts)

    def points(self) -> int:
        """A small number of points, so that accounts run out of them."""
        return self.chance.randint(1, 40)

    def ask_for_something(self) -> None:
        """Earn, use or hold points."""
        paper = self.receipt()
        lives = {"pending": self.chance.choice((0, 0, 1, 3)), "days": self.chance.choice((1, 2, 5, 30))}
        told = {"kind": self.chance.choice(REPEATABLE), "account": self.account(), "reference": paper.reference}
        self.ask(told | lives | {"points": self.points()})

    def resolve(self) -> None:
        """Use or release a hold, all of it or less."""
        hold = self.one_of(Hold.objects.filter(account=self.account()))
        if hold and self.chance.random() < 0.5:
            ledger.void(hold.pk, now=self.bank.now())
        elif hold:
            ledger.capture(hold.pk, self.chance.randint(1, hold.points), now=self.bank.now())

    def bring_back(self) -> None:
        """Cancel a use or return an award, in whole or in part, whatever came back of it before."""
        kinds = {"redeem": ledger.give_back, "capture": ledger.give_back, "earn": ledger.claw_back}
        booked = self.one_of(Transaction.objects.filter(account=self.account(), kind__in=kinds))
        if booked:
            now, points = self.bank.now(), self.chance.randint(1, booked.points)
            kinds[booked.kind](booked.pk, points, receipt=self.receipt(), occurred_at=now, now=now)

    def adjust(self) -> None:
        """Give or take points by hand."""
        clerk, points = self.chance.choice(self.bank.clerks), self.points() * self.chance.choice((1, -1))
        by = User.objects.get(pk=clerk)
        ledger.adjust(self.account(), points, reason="goodwill", note="sorry", by=by, now=self.bank.now())

    def expire(self) -> None:
        """The job comes by, and is cut after a few accounts."""
        some = iter([True] * 5)
        ledger.expire_due(self.bank.now(), go_on=lambda: next(some, False))

    def rise(self) -> None:
        """A purchase counts towards the tier."""
        customer = Account.objects.values_list("customer", flat=True).get(pk=self.account())
        paper, day = self.receipt(), datetime.now(NOW.tzinfo).date()
        won = self.chance.choice((90_000, 150_000, -50_000))
        tiers.credit(
            customer, business_date=day, net_spend=won, source_system=paper.source_system, reference=paper.reference
        )

    def one_of(self, rows: object) -> object | None:
        """One of the latest rows."""
        return self.chance.choice(list(rows.order_by("-pk")[:20]) or [None])


def _refused(act: Callable[["_Client"], None]) -> Callable[["_Client"], None]:
    def done(client: "_Client") -> None:
        with suppress(LedgerRefused):
            act(client)

    return done


ACTS = [
    *[_Client.ask_for_something] * 10,
    *[_refused(act) for act in (_Client.resolve, _Client.resolve, _Client.bring_back, _Client.bring_back)],
    *[_refused(act) for act in (_Client.adjust, _Client.expire, _Client.rise)],
]


def _book(told: dict, *, now: datetime) -> int:
    paper = Receipt("bank", told["reference"])
    if told["kind"] == "hold":
        until = now + timedelta(hours=told["days"])
        return ledger.place_hold(told["account"], told["points"], receipt=paper, until=until, now=now).placement_id
    given = {"receipt": paper, "occurred_at": now, "now": now}
    if told["kind"] == "redeem":
        return ledger.redeem(told["account"], told["points"], **given).transaction_id
    usable = now + told["pending"] * DAY
    return ledger.earn(
        told["account"], told["points"], terms=LotTerms(usable, usable + told["days"] * DAY), **given
    ).transaction_id


def _unanswered(journal: Path) -> Iterator[dict]:
    """Yield what was asked last, if its answer is missing."""
    lines = _whole_lines(journal)
    if lines and "asked" in lines[-1]:
        yield lines[-1]["asked"]


def _whole_lines(journal: Path) -> list[dict]:
    """Return the lines of a journal; one that was cut was never asked."""
    return [json.loads(line[:-1]) for line in journal.read_text("utf-8").splitlines() if line.endswith(END)]
