"""Django's PostgreSQL backend, except that connecting starts the server."""

import contextlib
from pathlib import Path

import psycopg
from django.db.backends.postgresql import base

from crm_project.embedded_backend.client import DatabaseClient
from crm_project.embedded_backend.server import PrivateServer

# Between seeing to the server and connecting, somebody may stop or kill it again.
REPAIRS = 3


class DatabaseWrapper(base.DatabaseWrapper):
    """Takes HOST for the home of a private server."""

    client_class = DatabaseClient

    def get_new_connection(self, conn_params: dict[str, object]) -> psycopg.Connection:
        """Connect, and only if that fails see to the server: it may be down, starting or recovering."""
        server = PrivateServer(Path(str(conn_params["host"])))
        for _ in range(REPAIRS):
            with contextlib.suppress(psycopg.OperationalError):
                return self._connect(server, conn_params)
            server.ensure()
        return self._connect(server, conn_params)

    def _connect(self, server: PrivateServer, conn_params: dict[str, object]) -> psycopg.Connection:
        sockets = server.places.sockets()
        if sockets is None:
            raise psycopg.OperationalError("The private server has not been started yet.")
        return super().get_new_connection(conn_params | {"host": str(sockets)})
