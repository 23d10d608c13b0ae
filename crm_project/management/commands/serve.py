"""`manage.py serve`: the web server and the queue under one supervisor."""

import hashlib
import logging
import multiprocessing
import os
import socket
import sys
import time
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import close_old_connections

from crm_project import health, heartbeat, queue, schedules, supervisor
from crm_project.supervisor import Child, Supervisor

logger = logging.getLogger(__name__)
BEAT_EVERY = 5.0  # seconds; half of what an order may take until it shows in the reports
SILENT_ANSWERS_IN_A_ROW = 3


class Command(BaseCommand):
    """Brings up everything an installation on one machine needs."""

    help = "Run the web server and the queue, restart what dies or hangs, end all of it on Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on (8000)")
        parser.add_argument("--workers", type=int, default=2, help="web processes of 8 threads each (2)")
        parser.add_argument("--tracking-port", type=int, help="serve the tracking addresses by a lean process here too")
        parser.add_argument("--tracking-workers", type=int, default=1, help="its processes (1)")
        parser.add_argument("--without-web", action="store_true", help="run the queue alone")
        parser.add_argument("--stop", action="store_true", help="end the one that runs, from another terminal")
        parser.add_argument("--grace", type=float, default=8.0, help="seconds for running work at the end (8)")

    def handle(self, *args: object, **options: object) -> None:
        folder = settings.VAR_DIR / "run"
        folder.mkdir(parents=True, exist_ok=True)
        if options["stop"]:
            self.stdout.write("All stopped." if supervisor.end(folder / "serve.lock") else "Nothing was running.")
            return
        with supervisor.only_one(folder / "serve.lock") as alone:
            if not alone:
                raise CommandError(f"Another `serve` runs with {settings.VAR_DIR}. Stop it, or set VAR_DIR.")
            left = supervisor.sweep(folder / "serve.json")
            if left:
                logger.warning("Killed %d programs that an earlier supervisor left behind.", left)
            web = [] if options["without_web"] else self._web(options)
            self._prepare(with_static_files=bool(web))
            asker = Asker()
            children = [*web, *(cluster(name) for name in heartbeat.CLUSTERS)]
            if web:
                self.stdout.write(f"http://{options['host']}:{options['port']}/admin/  (Ctrl-C ends it)")
            Supervisor(children, folder / "serve.json", asker.ask, grace=float(options["grace"])).run()
            self.stdout.write("All stopped.")

    def _prepare(self, *, with_static_files: bool) -> None:
        try_shared_memory()
        missing = health.unapplied_migrations()
        if missing:
            raise CommandError(f"The database lacks {len(missing)} migrations. Type: python manage.py migrate")
        call_command("sync_roles", verbosity=0)
        call_command("sync_schedules", verbosity=0)
        if with_static_files and not settings.DEBUG:
            collect_static_files()

    def _web(self, options: dict[str, object]) -> list[Child]:
        host, port = str(options["host"]), int(str(options["port"]))
        if options["tracking_port"] == port:
            raise CommandError(f"The web server takes port {port}. Choose another --tracking-port.")
        _refuse_taken(host, port, "--port")
        servers = [web(host, port, workers=int(str(options["workers"])))]
        if options["tracking_port"]:
            port = int(str(options["tracking_port"]))
            _refuse_taken(host, port, "--tracking-port")
            servers.append(tracking(host, port, workers=int(str(options["tracking_workers"]))))
        return servers


def _refuse_taken(host: str, port: int, option: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(f"{host}:{port} cannot be used: {error.strerror}. Choose another {option}.") from error


def try_shared_memory() -> None:
    """See that the queue's processes can share locks.

    Raises:
        CommandError: they cannot.
    """
    try:
        multiprocessing.Lock()
    except OSError as error:
        raise CommandError(
            f"The queue needs /dev/shm, open to this user ({error.strerror}). "
            "Type, as root: mkdir -p /dev/shm && mount -t tmpfs -o mode=1777 shm /dev/shm"
        ) from error


def web(host: str, port: int, *, workers: int) -> Child:
    """Return the web server: gunicorn with threads, because requests wait for the database."""
    command = [sys.executable, "-m", "gunicorn", "crm_project.wsgi:application"]
    command += ["--chdir", str(settings.BASE_DIR), "--bind", f"{host}:{port}"]
    command += ["--worker-class", "gthread", "--workers", str(workers), "--threads", "8"]
    command += ["--timeout", "60", "--graceful-timeout", "5", "--log-level", "warning", "--no-control-socket"]
    return Child("The web server", command, is_stuck=WebQuestion(f"http://{host}:{port}/healthz"))


def tracking(host: str, port: int, *, workers: int) -> Child:
    """Return the server of the tracking addresses alone; it is asked over the proxies that `NUM_PROXIES` counts."""
    command = [sys.executable, "-m", "uvicorn", "crm_project.tracking_asgi:application"]
    command += ["--app-dir", str(settings.BASE_DIR), "--host", host, "--port", str(port), "--workers", str(workers)]
    command += ["--loop", "uvloop", "--http", "crm_project.tracking_asgi:PixelProtocol", "--ws", "none"]
    command += ["--lifespan", "on", "--no-proxy-headers"]
    command += ["--no-access-log", "--no-server-header", "--log-level", "warning", "--timeout-graceful-shutdown", "5"]
    return Child("The tracking server", command, is_stuck=WebQuestion(f"http://{host}:{port}/healthz"))


def cluster(name: str) -> Child:
    """Return one cluster of the queue."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "cluster", name]
    return Child(
        f"The queue {name!r}",
        command,
        is_stuck=lambda child: heartbeat.is_stuck(name, since=child.started_at),
        environment={"Q_CLUSTER_NAME": name},
    )


class WebQuestion:
    """Asks the web server for any answer at all; several silences in a row mean that it hangs."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.silences = 0
        # Straight to it: a proxy that the environment names would answer, or keep silent, in its place.
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def __call__(self, child: Child) -> bool:
        try:
            with self.opener.open(self.address, timeout=5):
                self.silences = 0
        except urllib.error.HTTPError:
            self.silences = 0  # an error is an answer
        except OSError:
            self.silences += 1
        except HTTPException:
            self.silences = 0  # and so is one that cannot be read
        if self.silences < SILENT_ANSWERS_IN_A_ROW or child.age() < supervisor.HEALTHY_AFTER:
            return False
        self.silences = 0
        return True


class Asker:
    """Asks each cluster for a beat, wakes what was forgotten, and kicks what a minute's wait would be too long for."""

    def __init__(self) -> None:
        self.asked = -BEAT_EVERY

    def ask(self) -> None:
        """Do it every five seconds, however often this is called."""
        close_old_connections()
        if time.monotonic() - self.asked < BEAT_EVERY:
            return
        self.asked = time.monotonic()
        for name in heartbeat.CLUSTERS:
            heartbeat.ask(name)
        queue.wake_forgotten()
        for path in schedules.OFTEN:
            queue.kick(path)


def collect_static_files() -> None:
    """Collect static files unless nothing has changed since the last time."""
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    state = _state_of_static_files()
    if stamp.exists() and stamp.read_text(encoding="ascii") == state:
        return
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(state, encoding="ascii")


def _state_of_static_files() -> str:
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            status = os.stat(storage.path(path))
            digest.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
