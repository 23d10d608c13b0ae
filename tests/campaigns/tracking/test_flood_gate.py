"""Floods from one address are stopped, by either application."""

import asyncio
from typing import Any

import pytest
import time_machine

from campaigns.tracking import flood_gate
from campaigns.tracking.flood_gate import FloodGate
from campaigns.tracking.lean_application import LeanApplication


@pytest.fixture(autouse=True)
def _two_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flood_gate, "REQUESTS_A_MINUTE", 2)


@pytest.mark.parametrize(
    ("addresses", "pass_"),
    [
        (["203.0.113.9"] * 3, [True, True, False]),
        (["203.0.113.9", "203.0.113.10"] * 2, [True] * 4),
        (["2001:db8::1", "2001:db8::2", "2001:db8::3"], [True, True, False]),
        (["2001:db8::1", "2001:db8:0:1::1", "2001:db8:0:2::1"], [True] * 3),
        ([""] * 3, [True, True, False]),
    ],
    ids=["one address", "two addresses", "one IPv6 customer", "several IPv6 customers", "no address"],
)
def test_two_a_minute_pass(addresses: list[str], pass_: list[bool]) -> None:
    gate = FloodGate()

    with time_machine.travel("2026-11-21 09:00:30", tick=False):
        assert [gate.lets_pass(address) for address in addresses] == pass_


def test_the_next_minute_counts_anew() -> None:
    gate = FloodGate()
    with time_machine.travel("2026-11-21 09:00:59", tick=False) as clock:
        assert [gate.lets_pass("203.0.113.9") for _ in range(3)] == [True, True, False]

        clock.shift(1)

        assert gate.lets_pass("203.0.113.9")


def test_a_flood_from_everywhere_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flood_gate, "MOST_ADDRESSES", 10)
    gate = FloodGate()

    for number in range(100):
        gate.lets_pass(f"203.0.113.{number}")

    assert len(gate._counts) <= 10


@pytest.mark.parametrize(
    ("forwarded", "statuses"),
    [
        (["6.6.6.1, 203.0.113.9", "6.6.6.2, 203.0.113.9", "6.6.6.3, 203.0.113.9"], [404, 404, 429]),
        (["203.0.113.1", "203.0.113.2", "203.0.113.3"], [404, 404, 404]),
    ],
    ids=["the client writes what it likes", "three clients"],
)
def test_behind_a_proxy_the_address_it_was_called_from_counts(
    forwarded: list[str], statuses: list[int], settings: object
) -> None:
    settings.NUM_PROXIES = 1
    application = LeanApplication()

    assert [_status(application, each) for each in forwarded] == statuses


def _status(application: LeanApplication, forwarded: str) -> int:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"x-forwarded-for", forwarded.encode())]
    scope = {"type": "http", "path": "/c/x", "method": "GET", "headers": headers, "client": ("10.0.0.1", 1)}
    asyncio.run(application(scope, send, send))
    return sent[0]["status"]
