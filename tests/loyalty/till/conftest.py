"""What every test of the till API has: look-ups that are not slowed down."""

import pytest

from loyalty.till import views


@pytest.fixture(autouse=True)
def _quick_look_ups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "LOOKUP_TAKES", 0.0)
