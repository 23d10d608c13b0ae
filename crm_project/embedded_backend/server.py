"""Starting, stopping and finding one private server."""

import contextlib
import fcntl
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import pq, sql
from psycopg.conninfo import make_conninfo

from crm_project.embedded_backend import configuration, programs
from crm_project.embedded_backend.account import (
    Account,
    EmbeddedPostgresError,
    account_for,
    allowed_names,
    is_superuser,
)
from crm_project.embedded_backend.orphans import end_orphans
from crm_project.embedded_backend.places import Places, give, open_folder
from crm_project.embedded_backend.programs import Programs

DATABASE = "dangol"
START_SECONDS = 20
STOP_SECONDS = 120
RECOVERY_SECONDS = 600
LARGEST_LOG = 10 * configuration.MEGABYTE
# The builtin locale sorts by code point, which is right for Hangul, on every system alike. The character type must
# know Hangul as letters, or trigram indexes stay empty.
LOCALE = ["--encoding=UTF8", "--lc-collate=C", "--lc-ctype=C.UTF-8"]
BUILTIN_LOCALE = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]  # PostgreSQL 17 and later
NO_PROCESS = 2**31 - 1


@dataclass(frozen=True)
class PrivateServer:
    """The server whose home is this folder. Every process of an installation makes its own object of it."""

    home: Path

    @property
    def places(self) -> Places:
        return Places(self.home)

    def is_ready(self) -> bool:
        """Tell whether connections are accepted and the database exists."""
        return self._ready_mark().exists() and self._ping() == pq.Ping.OK

    def ensure(self) -> None:
        """Return when connections are accepted, starting the server if nobody has.

        Raises:
            EmbeddedPostgresError: it cannot run here.
        """
        with self._explained():
            if self.is_ready():
                return
            with self._locked() as lock:
                self._start(self._settle(lock))

    def stop(self) -> bool:
        """Stop the server, ending its connections. Tell whether it was running.

        Raises:
            EmbeddedPostgresError: it does not end.
        """
        if not self.home.exists():
            return False
        with self._explained(), self._locked():
            if self.process_id() is None:
                return False
            account = account_for(self.places.data())
            self._halt(account, self._programs(account))
            return True

    def process_id(self) -> int | None:
        """Return the server's process number, or None while it is down."""
        with self._explained():
            recorded = self._recorded_process()
            return None if recorded is None or self._is_stale(recorded) else recorded

    def connect(self, database: str = DATABASE) -> psycopg.Connection:
        """Open a plain connection, outside Django."""
        return psycopg.connect(
            host=str(self.places.sockets()),
            port=configuration.PORT,
            dbname=database,
            user=configuration.ROLE,
            autocommit=True,
        )

    def program(self, name: str) -> str:
        """Return the path of one of the programs that fit the data."""
        return self._programs(account_for(self.places.data())).path(name)

    # --- making it ------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except PermissionError as error:
            raise EmbeddedPostgresError(
                f"{error.filename or self.home} is closed to this user: work as the user who began here, "
                f"or set VAR_DIR to a folder of your own."
            ) from error

    @contextlib.contextmanager
    def _locked(self) -> Iterator[int]:
        open_folder(self.home) if is_superuser() else self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.places.lock.open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield lock.fileno()

    def _settle(self, lock: int) -> Account:
        """Decide who runs the server and make sure that its data exists and is the account's own."""
        account = account_for(self.places.data())
        self.places.settle_base(account)
        account = account_for(self.places.data())
        if not self.places.data().exists():
            self._initialise(account, lock)
        self._claim(account)
        return account

    def _initialise(self, account: Account, lock: int) -> None:
        """Make the data folder under another name; a rename makes it real."""
        base = self.places.base()
        for abandoned in base.glob("data.new-*"):
            shutil.rmtree(abandoned, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix="data.new-", dir=base))
        give(folder, account)
        chosen = self._programs(account)
        locale = LOCALE + (BUILTIN_LOCALE if chosen.major >= 17 else [])
        names = [f"--username={configuration.ROLE}", "--auth=peer", "--no-instructions"]
        # It holds the lock too: if we are killed, nobody begins anew before it has ended.
        made = account.run([chosen.path("initdb"), f"--pgdata={folder}", *names, *locale], pass_fds=[lock])
        if made.returncode:
            raise EmbeddedPostgresError(f"The database could not be made: {made.stderr.strip()}")
        folder.rename(self.places.data())

    def _claim(self, account: Account) -> None:
        """Undo what a copy or a `chmod -R` of the data folder does: PostgreSQL refuses any other owner or mode."""
        data = self.places.data()
        if data.stat().st_uid != account.uid:
            for path in (data, *data.rglob("*")):
                give(path, account)
        data.chmod(0o700)

    def _programs(self, account: Account) -> Programs:
        version = self.places.data() / "PG_VERSION"
        major = int(version.read_text(encoding="ascii")) if version.exists() else None
        return programs.find(account, major=major)

    # --- starting it ----------------------------------------------------------------------------------------------

    def _start(self, account: Account) -> None:
        """Start until it answers. What a killed server left behind may hold up the next for a moment."""
        chosen = self._programs(account)
        begun = time.monotonic()
        while (state := self._ping()) != pq.Ping.OK:
            limit = RECOVERY_SECONDS if state == pq.Ping.REJECT else START_SECONDS
            if time.monotonic() - begun > limit:
                raise EmbeddedPostgresError(f"The private database server does not start: {self._last_words()}")
            if state != pq.Ping.REJECT:
                self._launch(account, chosen)
            time.sleep(0.1)
        self._create_database(account)

    def _launch(self, account: Account, chosen: Programs) -> None:
        data = self.places.data()
        recorded = self._recorded_process()
        if recorded is not None and _is_alive(recorded):
            self._forget_process() if self._is_stale(recorded) else self._halt(account, chosen)
        end_orphans(data)
        configuration.write(data, sockets=self.places.settle_sockets(account), allowed=allowed_names(account))
        if self._log().exists() and self._log().stat().st_size > LARGEST_LOG:
            self._log().unlink()
        self._pg_ctl(account, chosen, "start", "-w", "-t", str(RECOVERY_SECONDS), "-l", self._log().name)

    def _halt(self, account: Account, chosen: Programs) -> None:
        answer = self._pg_ctl(account, chosen, "stop", "-m", "fast", "-w", "-t", str(STOP_SECONDS))
        if self.process_id() is not None:
            raise EmbeddedPostgresError(f"The private database server does not stop: {answer.stderr.strip()}")

    def _pg_ctl(self, account: Account, chosen: Programs, *arguments: str) -> subprocess.CompletedProcess:
        # Paths relative to the data folder: pg_ctl hands them to a shell, where ours could mean something.
        return account.run([chosen.path("pg_ctl"), *arguments, "-D", "."], folder=self.places.data())

    def _create_database(self, account: Account) -> None:
        if self._ready_mark().exists():
            return
        with self.connect("postgres") as connection, contextlib.suppress(psycopg.errors.DuplicateDatabase):
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
        self._ready_mark().touch()
        give(self._ready_mark(), account)

    # --- looking at it --------------------------------------------------------------------------------------------

    def _ping(self) -> pq.Ping:
        sockets = self.places.sockets()
        if sockets is None or not sockets.exists():
            return pq.Ping.NO_RESPONSE
        address = make_conninfo(host=str(sockets), port=configuration.PORT, dbname="postgres", user=configuration.ROLE)
        return pq.Ping(pq.PGconn.ping(address.encode()))

    def _ready_mark(self) -> Path:
        return self.places.data() / "dangol.ready"

    def _log(self) -> Path:
        return self.places.data() / "server.log"

    def _last_words(self) -> str:
        lines = self._log().read_text(encoding="utf-8", errors="replace").splitlines() if self._log().exists() else []
        return " / ".join(lines[-5:]) or "it wrote no log."

    def _process_file(self) -> Path:
        return self.places.data() / "postmaster.pid"

    def _recorded_process(self) -> int | None:
        try:
            return int(self._process_file().read_text(encoding="utf-8").split("\n")[0])
        except (FileNotFoundError, ValueError):
            return None

    def _is_stale(self, process: int) -> bool:
        """Tell whether the number is of no process, or by now of another one: PostgreSQL believes any that lives."""
        if not Path("/proc/self/cwd").exists():
            return not _is_alive(process)
        try:
            return not Path(f"/proc/{process}/cwd").samefile(self.places.data())
        except OSError:  # gone, dead and not yet collected, or somebody else's
            return True

    def _forget_process(self) -> None:
        """Leave a number nobody has. The file must stay: by its other lines PostgreSQL finds orphaned processes."""
        lines = self._process_file().read_text(encoding="utf-8").split("\n")
        self._process_file().write_text("\n".join([str(NO_PROCESS), *lines[1:]]), encoding="utf-8")


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except OSError:
        return False
    return True
