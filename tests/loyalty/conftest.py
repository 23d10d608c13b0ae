"""What holds for every test of points unless it says otherwise."""

import pytest

from loyalty.models import Program


@pytest.fixture(autouse=True)
def _points_die_in_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a program begin without waiting for notices; `ledger/test_putting_off.py` is about those that wait."""
    monkeypatch.setattr(Program._meta.get_field("waits_for_notice"), "_get_default", lambda: False)
