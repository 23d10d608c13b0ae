"""A private PostgreSQL under `VAR_DIR` for machines where nobody set up a database server."""

from pathlib import Path

from crm_project.embedded_backend.configuration import PORT, ROLE
from crm_project.embedded_backend.server import DATABASE, PrivateServer

ENGINE = "crm_project.embedded_backend"


def database_settings(var_dir: Path) -> dict[str, object]:
    """Return Django's DATABASES entry for the private server. Starts nothing."""
    return {"ENGINE": ENGINE, "NAME": DATABASE, "USER": ROLE, "HOST": str(var_dir / "postgres"), "PORT": PORT}


def private_server(database: dict[str, object]) -> PrivateServer | None:
    """Return the private server behind a DATABASES entry, or None where the entry names another server."""
    return PrivateServer(Path(str(database["HOST"]))) if database["ENGINE"] == ENGINE else None
