"""F21: a job that kills its worker is started five times, then parked and shown."""

import json
import signal
import subprocess
import sys

import pytest

from crm_project import queue
from crm_project.models import Job, JobState
from tests.faults import numbers
from tests.faults.nursery import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
# A worker for each run, as the queue would start another one after each death.
RUNS = """
import json, os, signal, sys
import django
django.setup()
from django.db import connections
from crm_project import queue

@queue.job()
def poison():
    os.kill(os.getpid(), signal.SIGKILL)

ends = []
for _run in range(int(sys.argv[1])):
    child = os.fork()
    if not child:
        queue.run("__main__.poison")
        os._exit(0)
    ends.append(os.waitpid(child, 0)[1])
print(json.dumps([os.WTERMSIG(end) if os.WIFSIGNALED(end) else 0 for end in ends]))
"""


def test_a_job_that_kills_its_worker_is_parked_after_five_runs(environment: dict[str, str]) -> None:
    named = {"DJANGO_SETTINGS_MODULE": "crm_project.settings"}
    tried = numbers.of(small=7, full=50)

    said = subprocess.check_output(
        [sys.executable, "-c", RUNS, str(tried)], env=environment | named, cwd=ROOT, text=True, stderr=subprocess.PIPE
    )

    ends = json.loads(said.strip().splitlines()[-1])
    deaths = ends.count(signal.SIGKILL)
    job = Job.objects.get(name="__main__.poison")
    numbers.Tally("F21").write(tried=tried, killed=deaths, parked=job.parked_at is not None)
    assert ends == [signal.SIGKILL] * queue.MAX_STARTS_WITHOUT_END + [0] * (tried - queue.MAX_STARTS_WITHOUT_END)
    assert job.state == JobState.PARKED
