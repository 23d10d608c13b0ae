"""Real processes: the supervisor starts them, restarts what hangs, and leaves nothing behind."""

import json
import multiprocessing
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from crm_project import health, processes, queue, supervisor
from crm_project.management.commands.serve import WebQuestion
from crm_project.models import Heartbeat, Kick

JOB = "crm_project.tasks.wake_forgotten_kicks"
PORT = 8310
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not processes.ON_LINUX, reason="looks into /proc")]


class Served:
    """A running `manage.py serve` and what it says."""

    def __init__(self, environment: dict[str, str], *options: str) -> None:
        self.log = Path(environment["VAR_DIR"]).parent / "serve.log"
        self.record = Path(environment["VAR_DIR"]) / "run" / "serve.json"
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "serve", *options]
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                command, env=environment, stdout=log, stderr=log, start_new_session=True, cwd=settings.BASE_DIR
            )

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def sessions(self) -> list[int]:
        return [each["pid"] for each in json.loads(self.record.read_text(encoding="ascii"))]

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()


@pytest.fixture
def serve(environment: dict[str, str]) -> Iterator[Callable[..., Served]]:
    running: list[Served] = []

    def start(*options: str, **variables: str) -> Served:
        running.append(Served(environment | variables, *options))
        return running[-1]

    yield start
    for served in running:
        served.end()


def test_everything_comes_up_answers_and_ends_on_ctrl_c(serve: Callable[..., Served]) -> None:
    served = serve("--port", str(PORT))
    until(lambda: answers("/readyz") == 200, seconds=60)
    until(all_clusters_beat, seconds=60)
    sessions = served.sessions()

    started = time.monotonic()
    served.process.send_signal(signal.SIGINT)

    assert served.process.wait(20) == 0
    assert time.monotonic() - started < 12
    assert len(sessions) == 3
    assert living(sessions) == []
    assert "All stopped." in served.said()
    assert not served.record.exists()


@pytest.mark.parametrize("workers", ["1", "3"])
def test_work_goes_on_within_three_minutes_after_an_idle_worker_is_killed(
    serve: Callable[..., Served], workers: str
) -> None:
    served = serve("--without-web", QUEUE_WORKERS=workers)
    until(all_clusters_beat, seconds=60)
    default = next(pid for pid in served.sessions() if "default" in command_line(pid))

    # All of them at once, so that the one that holds the lock of the pipe is among them.
    for pid in workers_of(default, int(workers)):
        os.kill(pid, signal.SIGKILL)
    killed = time.monotonic()
    time.sleep(1)
    queue.kick(JOB)
    until(lambda: not Kick.objects.exists(), seconds=180)

    assert time.monotonic() - killed < 180
    # A worker that died with the lock of the pipe hangs the cluster; one that died between two looks is replaced by it.
    assert re.search(r"The queue 'default' .* makes no progress: restarting|reincarnated worker", served.said())


def test_a_cluster_that_is_killed_comes_back_and_leaves_no_part_of_it_at_work(serve: Callable[..., Served]) -> None:
    served = serve("--without-web")
    until(all_clusters_beat, seconds=60)
    before = next(pid for pid in served.sessions() if "bulk" in command_line(pid))
    parts = living([before])

    os.kill(before, signal.SIGKILL)
    until(lambda: before not in served.sessions(), seconds=20)

    assert len(parts) >= 5
    assert living([before]) == []
    assert "The queue 'bulk'" in served.said()


def test_killing_the_supervisor_leaves_no_orphans(serve: Callable[..., Served]) -> None:
    served = serve("--port", str(PORT))
    until(lambda: answers("/healthz") == 200, seconds=60)
    sessions = served.sessions()

    served.process.kill()

    until(lambda: living(sessions) == [], seconds=15)


def test_a_second_supervisor_is_refused(serve: Callable[..., Served], environment: dict[str, str]) -> None:
    serve("--without-web")
    until(lambda: Path(environment["VAR_DIR"], "run", "serve.json").exists(), seconds=60)

    command = [sys.executable, "manage.py", "serve", "--port", str(PORT)]
    second = subprocess.run(
        command, env=environment, capture_output=True, text=True, cwd=settings.BASE_DIR, check=False
    )

    assert second.returncode == 1
    assert "Another `serve` runs with" in second.stderr


def test_two_servers_on_one_port_are_refused(settings: object, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path

    with pytest.raises(CommandError, match=f"The web server takes port {PORT}"):
        call_command("serve", port=PORT, tracking_port=PORT)


def test_what_a_killed_supervisor_left_behind_is_swept_away(tmp_path: Path) -> None:
    left = subprocess.Popen(["sleep", "60"], start_new_session=True)
    record = tmp_path / "serve.json"
    record.write_text(json.dumps([processes.identity(left.pid)]), encoding="ascii")

    assert supervisor.sweep(record) == 1
    assert left.wait(5) == -signal.SIGKILL
    assert not record.exists()


def test_a_stranger_with_a_recorded_number_is_spared(tmp_path: Path) -> None:
    stranger = subprocess.Popen(["sleep", "60"], start_new_session=True)
    record = tmp_path / "serve.json"
    record.write_text(json.dumps([processes.identity(stranger.pid) | {"started": "1"}]), encoding="ascii")

    assert supervisor.sweep(record) == 0
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


@pytest.mark.django_db
@pytest.mark.parametrize("answer", [b"HTTP/1.0 503 Busy\r\n\r\n", b"what?\r\n\r\n"])
def test_the_web_server_is_asked_past_a_dead_proxy(monkeypatch: pytest.MonkeyPatch, answer: bytes) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setattr(supervisor, "HEALTHY_AFTER", -1.0)
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=answer_all, args=[server, answer], daemon=True).start()
        is_stuck = WebQuestion(f"http://127.0.0.1:{server.getsockname()[1]}/healthz")

        assert [is_stuck(supervisor.Child("web", [], is_stuck=is_stuck)) for _time in range(3)] == [False] * 3


def answer_all(server: socket.socket, answer: bytes) -> None:
    for _time in range(3):
        caller, _address = server.accept()
        with caller:
            caller.recv(4096)
            caller.sendall(answer)


def test_an_old_schema_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "unapplied_migrations", lambda: ["customers.0002_more"])

    with pytest.raises(CommandError, match=r"lacks 1 migrations\. Type: python manage\.py migrate"):
        call_command("serve", "--without-web")


def test_shared_memory_closed_to_the_user_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(multiprocessing, "Lock", refuse)

    with pytest.raises(CommandError, match=r"needs /dev/shm, .*\(Permission denied\)\. Type, as root: mkdir"):
        call_command("serve", "--without-web")


def until(happened: Callable[[], bool], *, seconds: float) -> None:
    """Wait for something real to happen."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"It did not happen within {seconds} s."
        time.sleep(0.2)


def answers(path: str) -> int | None:
    try:
        return httpx.get(f"http://127.0.0.1:{PORT}{path}", timeout=5).status_code
    except httpx.TransportError:
        return None


def all_clusters_beat() -> bool:
    return Heartbeat.objects.filter(beat_at__isnull=False).count() == 2


def command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")


def living(sessions: list[int]) -> list[int]:
    return [pid for session in sessions for pid in processes._members(session)]


def workers_of(cluster: int, count: int) -> list[int]:
    """Return the worker processes: the first children of the sentinel, which is the cluster's only child."""
    (sentinel,) = children(cluster)
    return sorted(children(sentinel))[:count]


def children(parent: int) -> list[int]:
    found = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii")
    return [int(pid) for pid in found.split()]


def test_stop_ends_the_one_that_runs_and_says_when_nothing_does(
    serve: Callable[..., Served], environment: dict[str, str]
) -> None:
    served = serve("--without-web")
    until(served.record.exists, seconds=60)
    sessions = served.sessions()
    command = [sys.executable, "manage.py", "serve", "--stop"]

    said = [
        subprocess.check_output(command, env=environment, text=True, cwd=settings.BASE_DIR).strip() for _ in range(2)
    ]

    assert said == ["All stopped.", "Nothing was running."]
    assert served.process.wait(5) == 0
    assert living(sessions) == []
