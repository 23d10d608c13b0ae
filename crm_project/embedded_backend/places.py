"""The folders of a private server, and how a connection finds those that could not lie in `VAR_DIR`.

Everything lies in the server's home (`VAR_DIR/postgres`) where possible. Two things may have to lie elsewhere: the
data, when the account that runs the server may not enter the home; the sockets, when their path would be too long.
A small file in the home then names the other folder, and `belongs_to` in that folder names the home, so that a copy of
`VAR_DIR` never reaches the original's server.
"""

import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from crm_project.embedded_backend.account import Account, EmbeddedPostgresError

SYSTEM_FOLDER = Path("/var/lib/dangol")
SHORT_FOLDER = Path("/tmp")  # noqa: S108 - only for folders made by mkdtemp, whose owner is checked at each use
# The kernel takes 107 bytes on Linux and 103 on macOS.
LONGEST_SOCKET_FOLDER = 103 - len("/.s.PGSQL.5432")
BELONGS_TO = "belongs_to"


@dataclass(frozen=True)
class Pointer:
    """A file in the home that names a folder elsewhere."""

    home: Path
    name: str

    @property
    def file(self) -> Path:
        return self.home / self.name

    def exists(self) -> bool:
        """Tell whether something lies elsewhere."""
        return self.file.exists()

    def folder(self) -> Path:
        """Return the folder it names, whoever that belongs to."""
        return Path(self.file.read_text(encoding="utf-8"))

    def is_ours(self, folder: Path) -> bool:
        """Tell whether the folder says that it belongs to this home."""
        sign = folder / BELONGS_TO
        return sign.exists() and sign.read_text(encoding="utf-8") == str(self.home)

    def set(self, folder: Path) -> None:
        """Point there: first the folder's sign, then our file, so that half of it leads nowhere."""
        (folder / BELONGS_TO).write_text(str(self.home), encoding="utf-8")
        partial = self.file.with_suffix(".new")
        partial.write_text(str(folder), encoding="utf-8")
        partial.replace(self.file)

    def adopt_if_moved(self) -> bool:
        """Take the folder over from a home that is gone. Tell whether it is ours now."""
        folder = self.folder()
        sign = folder / BELONGS_TO
        if not sign.exists():
            return False
        former = Pointer(Path(sign.read_text(encoding="utf-8")), self.name)
        if former.home != self.home:
            if former.exists() and former.folder() == folder:
                return False
            self.set(folder)
        return True


@dataclass(frozen=True)
class Places:
    """Where the parts of the server of one home lie."""

    home: Path

    @property
    def lock(self) -> Path:
        return self.home / "lock"

    @property
    def data_pointer(self) -> Pointer:
        return Pointer(self.home, "data_is_at")

    @property
    def sockets_pointer(self) -> Pointer:
        return Pointer(self.home, "sockets_are_at")

    def base(self) -> Path:
        """Return the folder of data and, usually, sockets."""
        return self.data_pointer.folder() if self.data_pointer.exists() else self.home

    def data(self) -> Path:
        """Return PostgreSQL's data folder; it need not exist yet."""
        return self.base() / "data"

    def sockets(self) -> Path | None:
        """Return the folder to connect through, or None where the server must be settled first."""
        if self.data_pointer.exists() and not self.data_pointer.is_ours(self.base()):
            return None
        if not self.sockets_pointer.exists():
            return self.base() / "sockets"
        folder = self.sockets_pointer.folder()
        return folder if self._is_private(folder) and self.sockets_pointer.is_ours(folder) else None

    def _is_private(self, folder: Path) -> bool:
        """Tell whether only the server's account can have put the folder there."""
        if folder.is_symlink() or not folder.is_dir() or not self.data().exists():
            return False
        state = folder.stat()
        return state.st_uid == self.data().stat().st_uid and state.st_mode & 0o077 == 0

    def settle_base(self, account: Account) -> None:
        """Choose where the data lies, once.

        Raises:
            EmbeddedPostgresError: the chosen place is gone, or belongs to another installation.
        """
        if self.data_pointer.exists():
            if not self.data_pointer.adopt_if_moved():
                raise EmbeddedPostgresError(
                    f"{self.data_pointer.file} names {self.base()}, which is gone or belongs to another installation: "
                    f"bring it back, or delete that file to begin with an empty database."
                )
        elif not self.data().exists() and not account.may_use(self.home):
            name = hashlib.sha256(str(self.home).encode()).hexdigest()[:12]
            self.data_pointer.set(open_folder(open_folder(SYSTEM_FOLDER) / name))

    def settle_sockets(self, account: Account) -> Path:
        """Make the folder of the sockets, closed to everybody but the account, and return it."""
        pointer = self.sockets_pointer
        if pointer.exists() and not (pointer.adopt_if_moved() and self.sockets()):
            pointer.file.unlink()
        folder = pointer.folder() if pointer.exists() else self.base() / "sockets"
        if len(os.fsencode(folder)) > LONGEST_SOCKET_FOLDER:
            folder = Path(tempfile.mkdtemp(prefix="dangol-", dir=SHORT_FOLDER))
            pointer.set(folder)
        folder.mkdir(exist_ok=True)
        give(folder, account)
        folder.chmod(0o700)
        return folder


def open_folder(path: Path) -> Path:
    """Make a folder that every account may pass through, whatever our umask; return it."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o755)
    return path


def give(path: Path, account: Account) -> None:
    """Make the account the owner; only the superuser can and needs to."""
    if path.stat().st_uid != account.uid:
        shutil.chown(path, account.uid, account.gid)
