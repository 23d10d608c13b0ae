"""Stopping an automation while its journeys are swept: one waits for the other, and each journey ends once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Thread
from time import monotonic, sleep

import pytest
import time_machine
from django.db import connection, transaction

from campaigns.automation import leaving, lifecycle
from campaigns.models import Automation, Journey
from tests.campaigns.automation.making import MAY_STOP, automation_of, enter, message, staff, wait
from tests.factories import make_order, make_reachable_customer

START = datetime(2026, 3, 3, 5, tzinfo=UTC)
LATER = START + timedelta(hours=2)
WAITING_FOR_US = "SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_two_in_the_afternoon")]


@pytest.fixture
def at_two_in_the_afternoon() -> Iterator[None]:
    with time_machine.travel(START, tick=False):
        yield


@pytest.fixture
def automation() -> Automation:
    return automation_of(wait(days=9), message(), exits=[{"is": "bought"}])


@pytest.fixture
def journeys(automation: Automation) -> list[Journey]:
    """Of somebody who bought since, and of somebody who did not."""
    buyer, other = make_reachable_customer(), make_reachable_customer()
    entered = [enter(automation, customer, at=START) for customer in (buyer, other)]
    make_order(buyer, placed_at=START + timedelta(hours=1))
    return entered


@contextmanager
def waiting_for_us(act: Callable[[], object]) -> Iterator[None]:
    """Let another connection act while this one holds what it needs; it goes on when this one is through."""

    def acting() -> None:
        try:
            act()
        finally:
            connection.close()

    other = Thread(target=acting)
    with transaction.atomic():
        yield
        other.start()
        ends = monotonic() + 10
        while not _somebody_waits():
            assert monotonic() < ends, "The other did not wait."
            sleep(0.01)
    other.join(timeout=10)
    assert not other.is_alive()


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(WAITING_FOR_US)
        return cursor.fetchone()[0] > 0


def ends(journeys: list[Journey]) -> list[tuple[str, str]]:
    for journey in journeys:
        journey.refresh_from_db()
    return [(journey.status, journey.end_reason) for journey in journeys]


def test_whoever_stops_waits_for_the_sweep_and_ends_who_is_left(
    automation: Automation, journeys: list[Journey]
) -> None:
    by = staff("third", *MAY_STOP)

    with waiting_for_us(lambda: lifecycle.stop(automation, by=by)):
        assert leaving.sweep(LATER) == 1

    automation.refresh_from_db()
    assert automation.status == "stopped"
    assert ends(journeys) == [("exited", "bought"), ("exited", "stopped")]


def test_a_sweep_waits_for_whoever_stops_and_then_finds_nobody(automation: Automation, journeys: list[Journey]) -> None:
    swept: list[int] = []

    with waiting_for_us(lambda: swept.append(leaving.sweep(LATER))):
        lifecycle.stop(automation, by=staff("third", *MAY_STOP))

    assert swept == [0]
    assert ends(journeys) == [("exited", "stopped"), ("exited", "stopped")]
