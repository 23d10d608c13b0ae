"""One migrated database for all processes of a test run: each begins with a copy, made in a tenth of a second."""

import fcntl
import os
from contextlib import suppress
from typing import TextIO

from django.db import connection


def take_hold(lock: TextIO) -> str:
    """Return the name of a migrated database that nobody is connected to. Whoever comes first makes it."""
    name = f"test_{connection.settings_dict['NAME']}_template"
    fcntl.flock(lock, fcntl.LOCK_EX)
    if not _is_made(lock):
        _make(name)
        lock.write(name)
        lock.flush()
    fcntl.flock(lock, fcntl.LOCK_SH)
    return name


def let_go(lock: TextIO, name: str) -> None:
    """Drop it, unless others still hold on to it."""
    with suppress(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_made(lock):
            lock.truncate(0)
            _drop(name)


def _is_made(lock: TextIO) -> bool:
    return os.fstat(lock.fileno()).st_size > 0


def _make(name: str) -> None:
    usual, for_tests = connection.settings_dict["NAME"], connection.settings_dict["TEST"]
    own, for_tests["NAME"] = for_tests["NAME"], name
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    connection.close()
    connection.settings_dict["NAME"], for_tests["NAME"] = usual, own


def _drop(name: str) -> None:
    usual, connection.settings_dict["NAME"] = connection.settings_dict["NAME"], name
    connection.creation.destroy_test_db(usual, verbosity=0)
