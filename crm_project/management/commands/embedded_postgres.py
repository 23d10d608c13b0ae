"""Sees to the private PostgreSQL by hand: `manage.py embedded_postgres start|stop|status|psql|dump|restore`."""

import subprocess
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from crm_project.embedded_backend.account import EmbeddedPostgresError
from crm_project.embedded_backend.server import PrivateServer
from crm_project.embedded_postgres import private_server


class Command(BaseCommand):
    help = "Starts, stops, shows, dumps or restores the private PostgreSQL of this installation, or opens psql on it."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("start", help="start it, unless it runs")
        acts.add_parser("stop", help="stop it; the next connection starts it again")
        acts.add_parser("status", help="say whether it runs and where its data lies")
        acts.add_parser("psql", help="open psql; what follows is passed on").add_argument("arguments", nargs="*")
        acts.add_parser("dump", help="write everything to a file").add_argument("file", type=Path)
        acts.add_parser("restore", help="read a dump into an empty database").add_argument("file", type=Path)

    def handle(self, *, act: str, **options: object) -> None:
        server = private_server(connection.settings_dict)
        if server is None:
            self.stdout.write("DATABASE_URL names another server; there is no private one.")
            return
        try:
            getattr(self, f"_{act}")(server, **options)
        except EmbeddedPostgresError as error:
            raise CommandError(str(error)) from error
        except subprocess.CalledProcessError as error:  # psql or pg_dump has said why
            raise CommandError(f"{Path(error.cmd[0]).name} failed.", returncode=error.returncode) from error

    def _start(self, server: PrivateServer, **options: object) -> None:
        server.ensure()
        self._status(server)

    def _stop(self, server: PrivateServer, **options: object) -> None:
        self.stdout.write("The private PostgreSQL has stopped." if server.stop() else "It was not running.")

    def _status(self, server: PrivateServer, **options: object) -> None:
        process = server.process_id()
        state = f"runs as process {process}" if process else "is not running"
        self.stdout.write(f"The private PostgreSQL {state}; its data: {server.places.data()}")

    def _psql(self, server: PrivateServer, *, arguments: list[str], **options: object) -> None:
        connection.client.runshell(arguments)

    def _dump(self, server: PrivateServer, *, file: Path, **options: object) -> None:
        server.ensure()
        subprocess.run(
            [server.program("pg_dump"), "--format=custom", "--file", str(file), *_address(server)], check=True
        )
        self.stdout.write(f"Everything is in {file}.")

    def _restore(self, server: PrivateServer, *, file: Path, **options: object) -> None:
        server.ensure()
        if connection.introspection.table_names():
            raise CommandError("The database holds tables already. Set VAR_DIR to a new folder and restore there.")
        whole_or_nothing = ["--single-transaction", "--exit-on-error", "--no-owner"]
        subprocess.run([server.program("pg_restore"), *whole_or_nothing, *_address(server), str(file)], check=True)
        self.stdout.write(f"Everything from {file} is back.")


def _address(server: PrivateServer) -> list[str]:
    database = connection.settings_dict
    return ["--host", str(server.places.sockets()), "--username", database["USER"], "--dbname", database["NAME"]]
