"""The operating-system account a private server runs as: PostgreSQL refuses to run as the superuser."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psycopg

# Accounts that a superuser may lend to the server. Programs of others may run under them too.
SHARED_ACCOUNTS = ("postgres", "nobody")


class EmbeddedPostgresError(psycopg.OperationalError):
    """The private server cannot run here; the message says what is wrong and how to mend it.

    A kind of OperationalError, so that whoever copes with an unreachable database copes with this.
    """


def is_superuser() -> bool:
    """Tell whether this process may act as any account."""
    return os.geteuid() == 0


@dataclass(frozen=True)
class Account:
    """Who owns the data and runs the programs."""

    name: str
    uid: int
    gid: int

    @classmethod
    def of(cls, uid: int) -> "Account":
        """Return the account with this number.

        Raises:
            EmbeddedPostgresError: the system has no name for the number, which PostgreSQL insists on.
        """
        try:
            entry = pwd.getpwuid(uid)
        except KeyError:
            raise EmbeddedPostgresError(
                f"User number {uid} has no name on this system and PostgreSQL needs one: "
                f"add a line for it to /etc/passwd, or set DATABASE_URL to a server of your own."
            ) from None
        return cls(entry.pw_name, entry.pw_uid, entry.pw_gid)

    def run(self, command: list[str], *, folder: Path = Path("/"), **options: object) -> subprocess.CompletedProcess:
        """Run the command as this account, in its own session so that Ctrl-C at our terminal does not reach it."""
        identity = {"user": self.uid, "group": self.gid, "extra_groups": []} if is_superuser() else {}
        # Only what is needed: PGDATA, PGOPTIONS or a missing locale of ours must not steer the server.
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
        return subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,
            **identity,
            **options,
        )

    def may_use(self, path: Path) -> bool:
        """Tell whether this account can enter the folder, or run the program."""
        return not is_superuser() or self.run(["test", "-x", str(path)]).returncode == 0


def account_for(data: Path) -> Account:
    """Return who runs the server of this data folder, which need not exist yet.

    Raises:
        EmbeddedPostgresError: it belongs to somebody else.
    """
    me = os.geteuid()
    owner = data.stat().st_uid if data.exists() else me
    if me not in (0, owner):
        raise EmbeddedPostgresError(
            f"{data} belongs to {Account.of(owner).name}: work as that user, or set VAR_DIR to a folder of your own."
        )
    return Account.of(owner) if owner else _lent_account()


def _lent_account() -> Account:
    known = {entry.pw_name: entry.pw_uid for entry in pwd.getpwall()}
    for name in SHARED_ACCOUNTS:
        if name in known:
            return Account.of(known[name])
    raise EmbeddedPostgresError(
        "PostgreSQL does not run as the superuser: add an account with `useradd --system postgres`, "
        "or set DATABASE_URL to a server of your own."
    )


def allowed_names(account: Account) -> list[str]:
    """Return the accounts that may connect: us, the superuser, and the owner unless others share that account."""
    names = {"root", Account.of(os.geteuid()).name}
    if account.name not in SHARED_ACCOUNTS:
        names.add(account.name)
    return sorted(names)
