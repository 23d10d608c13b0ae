"""What holds for every test of points unless it says otherwise, and the counter that desk and till share."""

import pytest
from django.contrib.auth.models import User

from loyalty.models import Program
from tests.loyalty.desk.counter import make_cashier
from tests.loyalty.till.counter import Counter


@pytest.fixture(autouse=True)
def _points_die_in_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a program begin without waiting for notices; `ledger/test_putting_off.py` is about those that wait."""
    monkeypatch.setattr(Program._meta.get_field("waits_for_notice"), "_get_default", lambda: False)


@pytest.fixture
def till() -> Counter:
    """A till in a store, and a member with 3,000 points."""
    return Counter(points=3_000)


@pytest.fixture
def cashier(till: Counter) -> User:
    """Somebody who serves at the desk of the till's store, and may sign."""
    return make_cashier("cashier", till.store, is_manager=True)
