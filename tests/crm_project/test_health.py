"""The two pages that probes read tell whether work gets done, and nothing more."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from django_q.models import OrmQ

from crm_project import health, heartbeat, job_locks
from crm_project.models import Heartbeat, Job

JOB = "shop.tasks.count"
pytestmark = pytest.mark.django_db


@pytest.fixture
def both_clusters_beat() -> None:
    for cluster in heartbeat.CLUSTERS:
        Heartbeat.objects.create(cluster=cluster, beat_at=timezone.now())


def ago(seconds: int) -> object:
    return timezone.now() - timedelta(seconds=seconds)


def test_a_process_that_reaches_the_database_is_healthy(client: Client) -> None:
    response = client.get("/healthz")

    assert (response.status_code, response.json()) == (200, {"ok": True, "what": []})


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_process_without_database_is_not(client: Client, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    def refuse(*args: object) -> None:
        raise OperationalError("password of dangol is wrong")

    monkeypatch.setattr(health.connection, "cursor", refuse)

    response = client.get(path)

    assert (response.status_code, response.json()) == (503, {"ok": False, "what": ["database"]})


@pytest.mark.usefixtures("both_clusters_beat")
def test_an_installation_whose_queues_beat_is_ready(client: Client) -> None:
    assert client.get("/readyz").json() == {"ok": True, "what": []}


def test_a_new_installation_without_workers_is_not_ready(client: Client) -> None:
    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["what"] == ["queue default stands still", "queue bulk stands still"]


@pytest.mark.usefixtures("both_clusters_beat")
def test_missing_migrations_are_told(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    health._current_for_good.cache_clear()
    monkeypatch.setattr(health, "unapplied_migrations", lambda: ["customers.0002_more"])

    assert client.get("/readyz").json() == {"ok": False, "what": ["migrations"]}


@pytest.mark.usefixtures("both_clusters_beat")
def test_a_queue_that_falls_behind_is_told(client: Client) -> None:
    OrmQ.objects.create(key="bulk", payload="", lock=ago(301))

    assert client.get("/readyz").json() == {"ok": False, "what": ["queue bulk is behind"]}


@pytest.mark.usefixtures("both_clusters_beat")
def test_a_parked_job_is_told_without_its_name(client: Client) -> None:
    Job.objects.create(name="secret.tasks.thing", cluster="bulk", parked_at=ago(1))

    assert client.get("/readyz").json() == {"ok": False, "what": ["a job is parked"]}


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_the_pages_only_read(client: Client, method: str) -> None:
    assert getattr(client, method)("/readyz").status_code == 405


def test_a_beat_is_asked_for_once_until_it_comes() -> None:
    assert heartbeat.ask("default")
    assert not heartbeat.ask("default")

    heartbeat.beat("default")

    assert heartbeat.ask("default")
    assert OrmQ.objects.filter(key="default").count() == 2


def test_a_beat_that_never_comes_is_asked_for_again() -> None:
    Heartbeat.objects.create(cluster="default", asked_at=ago(46))

    assert heartbeat.ask("default")


@pytest.mark.parametrize(
    ("beat", "job_started", "stuck"),
    [
        (30, None, False),  # beats
        (61, None, True),  # silent
        (61, 30, False),  # silent, but it started work lately
        (300, 90, True),  # a job began, and nothing that lives runs it
    ],
)
def test_a_cluster_is_stuck_when_nothing_moves_for_a_minute(beat: int, job_started: int | None, stuck: bool) -> None:
    Heartbeat.objects.create(cluster="default", beat_at=ago(beat))
    if job_started:
        Job.objects.create(name=JOB, cluster="default", started_at=ago(job_started), starts=1)

    assert heartbeat.is_stuck("default", since=ago(600)) is stuck


def test_a_cluster_in_a_long_job_that_lives_is_not_stuck() -> None:
    Heartbeat.objects.create(cluster="bulk", beat_at=ago(400))
    Job.objects.create(name=JOB, cluster="bulk", started_at=ago(390), starts=1)

    with job_locks.hold(JOB, None, shared=False):
        assert not heartbeat.is_stuck("bulk", since=ago(600))


def test_a_cluster_has_a_minute_to_come_up() -> None:
    assert not heartbeat.is_stuck("default", since=ago(59))
