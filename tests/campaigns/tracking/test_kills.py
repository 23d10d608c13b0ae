"""The lean server killed and ended under load: no answered hit is missing."""

import subprocess
import sys
import time
from collections.abc import Callable

import pytest
from django.conf import settings

from campaigns import links
from campaigns.models import Hit
from crm_project.models import Kick
from tests.campaigns.tracking.servers import PATIENCE, Server, serving
from tests.factories import make_customer, make_message, make_running_campaign

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

CONNECTIONS = 32
# So much is in the database before the server ends.
FIRST = 300


def hits_under_load(environment: dict[str, str], end: Callable[[Server], None]) -> tuple[set[str], set[str]]:
    """Let the server be asked until it is ended; return the numbers that were answered, and those that are stored."""
    message = make_message(make_running_campaign(), make_customer())
    path = links.open_url(message.pk).removeprefix(settings.SITE_URL)
    with serving("lean", environment | {"LOG_LEVEL": "CRITICAL"}) as server:
        command = [sys.executable, "-m", "tests.campaigns.tracking.load", str(server.port), path, str(CONNECTIONS)]
        load = subprocess.Popen(command, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True)
        until = time.monotonic() + PATIENCE
        while Hit.objects.count() < FIRST:
            assert time.monotonic() < until, "Nothing was recorded."
            time.sleep(0.05)
        end(server)
        answered, _errors = load.communicate(timeout=PATIENCE)
    stored = Hit.objects.values_list("user_agent", flat=True)
    return set(answered.split()), {agent.removeprefix("Mozilla/5.0 ") for agent in stored}


def test_no_answered_hit_is_missing_when_the_server_is_killed(environment: dict[str, str]) -> None:
    answered, stored = hits_under_load(environment, Server.kill)

    assert len(answered) >= FIRST - CONNECTIONS
    assert answered - stored == set()
    assert len(stored - answered) <= CONNECTIONS
    assert Hit.objects.count() == len(stored)
    assert Kick.objects.filter(job="campaigns.tasks.roll_up_hits").exists()


def test_what_was_taken_is_written_and_answered_when_the_server_ends(environment: dict[str, str]) -> None:
    answered, stored = hits_under_load(environment, Server.stop)

    assert answered == stored
