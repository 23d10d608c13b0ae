"""The private server with real processes: started by whoever comes first, hard to kill, closed to others."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from crm_project.embedded_backend.account import Account, EmbeddedPostgresError
from crm_project.embedded_backend.places import LONGEST_SOCKET_FOLDER, SYSTEM_FOLDER
from crm_project.embedded_backend.server import PrivateServer

ROOT = Path(__file__).resolve().parent.parent.parent
WAIT_SECONDS = 60
# A connection needs the settings alone; `django.setup` would take each process two seconds more.
ASK = (
    "import sys, time; from django.db import connection; cursor = connection.cursor(); "
    "cursor.execute(sys.argv[1]); print(cursor.fetchone()[0], flush=True)"
)
WHICH_SERVER = "SELECT pg_postmaster_start_time()"
as_superuser = pytest.mark.skipif(os.geteuid() != 0, reason="only the superuser can become another account")


@dataclass(frozen=True)
class Installation:
    """One VAR_DIR, and Django processes that use it."""

    var_dir: Path
    account: int | None = None

    @property
    def server(self) -> PrivateServer:
        return PrivateServer(self.var_dir / "postgres")

    def process(self, *command: str, **environment: str) -> subprocess.Popen:
        """Start Python with Django's settings for this installation, leading a process group of its own."""
        inherited = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        ours = {"VAR_DIR": str(self.var_dir), "DJANGO_SETTINGS_MODULE": "crm_project.settings", "LOG_LEVEL": "ERROR"}
        return subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env={**inherited, **ours, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,
            **({} if self.account is None else {"user": self.account, "group": self.account, "extra_groups": []}),
        )

    def asking(self, question: str) -> subprocess.Popen:
        """Start a process that connects the way every Django process does and prints the answer."""
        return self.process("-c", ASK, question)

    def answer(self, question: str) -> str:
        """Return the answer another process gets."""
        return answer_of(self.asking(question))


def answer_of(process: subprocess.Popen) -> str:
    output, errors = process.communicate(timeout=WAIT_SECONDS)
    assert process.returncode == 0, errors
    return output.strip()


def wait_until(happened: Callable[[], object]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not happened():
        assert time.monotonic() < deadline, "It never happened."
        time.sleep(0.005)


def remove(installation: Installation) -> None:
    """Stop the server and delete what it made, wherever that lies."""
    places = installation.server.places
    with_pointers = [pointer for pointer in (places.data_pointer, places.sockets_pointer) if pointer.exists()]
    elsewhere = [pointer.folder() for pointer in with_pointers if pointer.is_ours(pointer.folder())]
    if places.data().exists():
        installation.server.stop()
    for folder in elsewhere:
        shutil.rmtree(folder)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder every account can enter, with a short path; pytest's own is neither."""
    path = Path(tempfile.mkdtemp(prefix="installation-", dir="/tmp"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def new_installation(folder: Path) -> Iterator[Callable[..., Installation]]:
    made: list[Installation] = []

    def make(var_dir: Path | None = None, **options: object) -> Installation:
        made.append(Installation(var_dir or folder / f"var{len(made)}", **options))
        return made[-1]

    yield make
    for installation in made:
        remove(installation)


@pytest.fixture
def installation(new_installation: Callable[..., Installation]) -> Installation:
    return new_installation()


@pytest.mark.slow
def test_eight_processes_at_once_on_an_empty_folder_share_one_server(installation: Installation) -> None:
    processes = [installation.asking(WHICH_SERVER) for _ in range(8)]

    answers = {answer_of(process) for process in processes}

    assert len(answers) == 1


@pytest.mark.slow
def test_a_killed_server_comes_back_with_its_data(installation: Installation) -> None:
    installation.server.ensure()
    installation.server.connect().execute("CREATE TABLE kept AS SELECT 7 AS figure")
    killed = installation.server.process_id()
    os.kill(killed, signal.SIGKILL)

    processes = [installation.asking("SELECT figure FROM kept") for _ in range(8)]
    answers = {answer_of(process) for process in processes}

    assert answers == {"7"}
    assert installation.server.process_id() not in (None, killed)


@pytest.mark.slow
def test_a_query_that_outlives_the_killed_server_does_not_hold_up_the_next(installation: Installation) -> None:
    installation.server.ensure()
    busy = installation.asking(
        "SELECT count(*) FROM generate_series(1, 100000) a CROSS JOIN generate_series(1, 100000) b"
    )
    with installation.server.connect() as connection:
        at_work = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%CROSS JOIN%'"
        wait_until(lambda: connection.execute(at_work).fetchone()[0] == 2)  # this question counts itself
    os.kill(installation.server.process_id() or 0, signal.SIGKILL)

    assert installation.answer("SELECT 5") == "5"
    busy.kill()


@pytest.mark.slow
def test_connections_wait_while_the_server_recovers_from_a_killed_backend(installation: Installation) -> None:
    installation.server.ensure()
    victim = installation.server.connect()
    os.kill(victim.info.backend_pid, signal.SIGKILL)

    answers = {answer_of(process) for process in [installation.asking("SELECT 5") for _ in range(3)]}

    assert answers == {"5"}


@pytest.mark.slow
def test_the_server_outlives_the_process_group_that_started_it(installation: Installation) -> None:
    starter = installation.process("-c", f"{ASK}; time.sleep(600)", WHICH_SERVER)
    started = starter.stdout.readline().strip()
    os.killpg(starter.pid, signal.SIGINT)
    os.killpg(starter.pid, signal.SIGKILL)
    starter.communicate()

    answer = installation.answer(WHICH_SERVER)

    assert answer == started


@pytest.mark.slow
def test_a_starter_killed_while_it_makes_the_database_leaves_no_trace(installation: Installation) -> None:
    home = installation.server.home
    starter = installation.asking("SELECT 1")
    wait_until(lambda: list(home.glob("data.new-*/base")))
    os.killpg(starter.pid, signal.SIGKILL)
    starter.communicate()

    answer = installation.answer("SELECT 3")

    assert answer == "3"
    assert list(home.glob("data.new-*")) == []


@pytest.mark.slow
def test_two_installations_side_by_side_have_a_server_each(new_installation: Callable[..., Installation]) -> None:
    first, second = new_installation(), new_installation()

    servers = {first.answer(WHICH_SERVER), second.answer(WHICH_SERVER)}
    first.server.stop()

    assert len(servers) == 2
    assert second.server.is_ready()


def test_a_database_url_keeps_the_private_server_away(installation: Installation) -> None:
    command = ("manage.py", "embedded_postgres", "start")

    answer = answer_of(installation.process(*command, DATABASE_URL="postgres://nobody@127.0.0.1:1/none"))

    assert answer == "DATABASE_URL names another server; there is no private one."
    assert not installation.server.home.exists()


@pytest.mark.slow
def test_a_stopped_server_starts_again_at_the_next_connection(installation: Installation) -> None:
    installation.server.ensure()

    stopped = installation.server.stop()
    stopped_again = installation.server.stop()

    assert (stopped, stopped_again) == (True, False)
    assert installation.server.process_id() is None
    assert installation.answer("SELECT 1") == "1"


def test_a_path_too_long_for_a_socket_gets_a_short_private_one(
    folder: Path, new_installation: Callable[..., Installation]
) -> None:
    deep = new_installation(folder / ("deep" * 20) / "it's a \"$HOME\", isn't it" / "var")

    deep.server.ensure()

    sockets = deep.server.places.sockets()
    assert len(str(sockets)) <= LONGEST_SOCKET_FOLDER
    assert sockets.stat().st_mode & 0o777 == 0o700
    assert deep.server.connect().execute("SELECT 1").fetchone() == (1,)


def test_a_short_path_that_vanished_with_a_reboot_is_made_anew(
    folder: Path, new_installation: Callable[..., Installation]
) -> None:
    deep = new_installation(folder / ("deep" * 25))
    deep.server.ensure()
    deep.server.stop()
    shutil.rmtree(deep.server.places.sockets())

    deep.server.ensure()

    assert deep.server.is_ready()


def test_a_copy_of_the_folder_never_reaches_the_server_of_the_original(
    folder: Path, new_installation: Callable[..., Installation]
) -> None:
    original = new_installation(folder / ("deep" * 25))
    original.server.ensure()
    copy = new_installation(folder / ("copy" * 25))

    shutil.copytree(original.var_dir, copy.var_dir, ignore=shutil.ignore_patterns(".s.*"))
    copy.server.ensure()

    assert copy.server.places.sockets() != original.server.places.sockets()
    assert copy.server.process_id() != original.server.process_id()


def test_a_process_number_that_another_program_has_by_now_does_not_stop_the_start(installation: Installation) -> None:
    installation.server.ensure()
    record = installation.server.places.data() / "postmaster.pid"
    remembered = record.read_text(encoding="utf-8").split("\n")
    installation.server.stop()
    with subprocess.Popen(["sleep", "60"]) as other:
        record.write_text("\n".join([str(other.pid), *remembered[1:]]), encoding="utf-8")

        installation.server.ensure()

        assert other.poll() is None
        other.kill()
    assert installation.server.is_ready()


def test_loosened_modes_of_the_data_folder_are_tightened_at_the_start(installation: Installation) -> None:
    installation.server.ensure()
    installation.server.stop()
    data = installation.server.places.data()
    data.chmod(0o777)

    installation.server.ensure()

    assert data.stat().st_mode & 0o777 == 0o700


def test_data_of_another_version_is_refused_and_left_alone(installation: Installation) -> None:
    installation.server.ensure()
    installation.server.stop()
    version = installation.server.places.data() / "PG_VERSION"
    version.write_text("9\n", encoding="ascii")

    with pytest.raises(EmbeddedPostgresError, match=r"written by PostgreSQL 9 .* dump it"):
        installation.server.ensure()

    assert version.read_text(encoding="ascii") == "9\n"
    assert installation.server.process_id() is None


@pytest.mark.slow
def test_a_dump_restored_elsewhere_holds_the_same(new_installation: Callable[..., Installation], folder: Path) -> None:
    old, new = new_installation(), new_installation()
    old.server.ensure()
    with old.server.connect() as connection:
        connection.execute("CREATE TABLE shop AS SELECT '단골마트' AS name")

    answer_of(old.process("manage.py", "embedded_postgres", "dump", str(folder / "shop.dump")))
    answer_of(new.process("manage.py", "embedded_postgres", "restore", str(folder / "shop.dump")))
    again = new.process("manage.py", "embedded_postgres", "restore", str(folder / "shop.dump"))
    errors = again.communicate(timeout=WAIT_SECONDS)[1]

    assert new.answer("SELECT name FROM shop") == "단골마트"
    assert again.returncode == 1
    assert "The database holds tables already." in errors


def test_hangul_sorts_and_has_trigrams(installation: Installation) -> None:
    installation.server.ensure()

    with installation.server.connect() as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
        trigrams = connection.execute("SELECT cardinality(show_trgm('김하나'))").fetchone()
        names = connection.execute("SELECT array_agg(n ORDER BY n) FROM unnest(ARRAY['나', '하', '가']) n").fetchone()

    assert trigrams == (4,)
    assert names == (["가", "나", "하"],)


def test_the_server_does_not_listen_on_the_network(installation: Installation) -> None:
    installation.server.ensure()

    with installation.server.connect() as connection:
        addresses = connection.execute("SHOW listen_addresses").fetchone()
        durable = connection.execute("SHOW fsync").fetchone()

    assert addresses == ("",)
    assert durable == ("on",)


@as_superuser
def test_another_account_cannot_connect_even_through_an_open_folder(installation: Installation) -> None:
    installation.server.ensure()
    sockets = installation.server.places.sockets()
    owner = Account.of(sockets.stat().st_uid)
    psql = [
        installation.server.program("psql"),
        "--host",
        str(sockets),
        "--username",
        "dangol",
        "--command",
        "SELECT 1",
    ]

    closed = owner.run(psql, folder=Path("/"))
    sockets.chmod(0o755)
    (sockets / ".s.PGSQL.5432").chmod(0o777)
    stranger = Account("daemon", 1, 1).run(psql)

    assert "Peer authentication failed" in closed.stderr
    assert "Peer authentication failed" in stranger.stderr


@as_superuser
def test_a_superuser_in_a_closed_home_puts_the_data_elsewhere_and_opens_no_folder(
    folder: Path, new_installation: Callable[..., Installation]
) -> None:
    home = folder / "home"
    home.mkdir(mode=0o700)
    closed = new_installation(home / "var")

    closed.server.ensure()

    assert closed.server.places.data().is_relative_to(SYSTEM_FOLDER)
    assert closed.server.is_ready()
    assert home.stat().st_mode & 0o777 == 0o700


@as_superuser
def test_a_moved_installation_takes_its_data_along(folder: Path, new_installation: Callable[..., Installation]) -> None:
    home = folder / "home"
    home.mkdir(mode=0o700)
    before = Installation(home / "before")
    before.server.ensure()
    before.server.connect().execute("CREATE TABLE kept (figure int)")
    before.server.stop()

    after = new_installation(home / "after")
    before.var_dir.rename(after.var_dir)
    after.server.ensure()

    assert after.server.connect().execute("SELECT count(*) FROM kept").fetchone() == (0,)


@as_superuser
@pytest.mark.slow
def test_an_ordinary_user_has_a_server_of_their_own(
    folder: Path, new_installation: Callable[..., Installation]
) -> None:
    nobody = Account("nobody", 65534, 65534)
    if not nobody.may_use(Path(sys.executable)):
        pytest.skip("this Python lies in a folder closed to others")
    folder.chmod(0o777)
    installation = new_installation(account=nobody.uid)

    answer = installation.answer("SELECT current_user")

    assert answer == "dangol"
    assert installation.server.places.data().stat().st_uid == nobody.uid
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(host=str(installation.server.places.sockets()), dbname="dangol", user="stranger")
