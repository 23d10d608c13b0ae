"""`manage.py dbshell` with the private server's own psql."""

from pathlib import Path

from django.db.backends.postgresql import client

from crm_project.embedded_backend.server import PrivateServer


class DatabaseClient(client.DatabaseClient):
    """Stock client, aimed at the private server."""

    @classmethod
    def settings_to_cmd_args_env(
        cls, settings_dict: dict[str, object], parameters: list[str]
    ) -> tuple[list[str], dict[str, str] | None]:
        """Return the command, once the server runs."""
        server = PrivateServer(Path(str(settings_dict["HOST"])))
        server.ensure()
        found = settings_dict | {"HOST": str(server.places.sockets())}
        command, environment = super().settings_to_cmd_args_env(found, parameters)
        return [server.program("psql"), *command[1:]], environment
