"""One migrated database for all processes of a test run: each begins with a copy, made in a tenth of a second."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from django.db import connection


@contextmanager
def held(folder: Path) -> Iterator[str]:
    """Hold on to a migrated database that nobody is connected to, by its name.

    Whoever comes first makes it while the others wait; whoever goes last drops it.
    """
    with (folder / "template").open("a+") as made, (folder / "template_holders").open("a+") as holders:
        name = _take_hold(made, holders)
        yield name
        _let_go(made, holders, name)


def _take_hold(made: TextIO, holders: TextIO) -> str:
    name = f"test_{connection.settings_dict['NAME']}_template"
    fcntl.flock(made, fcntl.LOCK_EX)
    if not _is_made(made):
        _make(name)
        made.write(name)
        made.flush()
    fcntl.flock(holders, fcntl.LOCK_SH)
    fcntl.flock(made, fcntl.LOCK_UN)
    return name


def _let_go(made: TextIO, holders: TextIO, name: str) -> None:
    fcntl.flock(made, fcntl.LOCK_EX)
    with suppress(BlockingIOError):  # others still hold on to it
        fcntl.flock(holders, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_made(made):
            made.truncate(0)
            _drop(name)


def _is_made(made: TextIO) -> bool:
    return os.fstat(made.fileno()).st_size > 0


def _make(name: str) -> None:
    usual, for_tests = connection.settings_dict["NAME"], connection.settings_dict["TEST"]
    own, for_tests["NAME"] = for_tests["NAME"], name
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    connection.close()
    connection.settings_dict["NAME"], for_tests["NAME"] = usual, own


def _drop(name: str) -> None:
    usual, connection.settings_dict["NAME"] = connection.settings_dict["NAME"], name
    connection.creation.destroy_test_db(usual, verbosity=0)
