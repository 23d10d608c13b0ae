"""Databases of a replay's own: its jobs commit as workers do, and a shop that was opened once is replayed in copies."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def copy(name: str, *, of: str = "") -> Iterator[str]:
    """Work in a copy of a database, of the one in use by default; yield what it is called. It is dropped in the end."""
    usual = connection.settings_dict["NAME"]
    own = f"{usual}_{name}_{os.getpid()}"
    connection.close()
    _run(f'DROP DATABASE IF EXISTS "{own}" WITH (FORCE)', f'CREATE DATABASE "{own}" TEMPLATE "{of or usual}"')
    connection.settings_dict["NAME"] = own
    try:
        yield own
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual
        _run(f'DROP DATABASE IF EXISTS "{own}" WITH (FORCE)')


def _run(*statements: str) -> None:
    with connection._nodb_cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
