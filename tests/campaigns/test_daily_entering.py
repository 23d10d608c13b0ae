"""The job that enters daily automations asks for the next steps only where somebody entered."""

import pytest

from campaigns.automation import entering_in_turn
from crm_project import queue
from crm_project.models import Kick

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("entered", [0, 3])
def test_steps_are_asked_for_where_somebody_entered(entered: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entering_in_turn, "enter_due", lambda now, *, daily: entered)

    queue.run("campaigns.tasks.enter_daily_automations")

    assert Kick.objects.filter(job="campaigns.tasks.run_automations").exists() == bool(entered)
