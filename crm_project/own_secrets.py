"""Secrets that an installation makes for itself on first use, under `VAR_DIR/secrets`, readable by its owner only.

Settings read this, so it imports nothing of Django.
"""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile


def read_or_make(path: Path) -> str:
    """Return the secret that lies at the path, made now if nobody made it yet."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with NamedTemporaryFile("w", dir=path.parent, encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            with suppress(FileExistsError):  # another process of this installation was faster; read what it wrote
                os.link(file.name, path)  # whole or not at all: an empty secret would be one that everybody knows
    return path.read_text(encoding="ascii").strip()
