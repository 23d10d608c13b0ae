"""Fixtures for every test."""

import os
import shutil
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection
from django.utils import translation

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files of slow tests: left to the end, one worker would do them while the other has nothing."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of the system's Chromium, for Playwright's `executable_path`."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    assert found, "The browser tests need Chromium: `make browser` installs it or says how."
    return found


@pytest.fixture(autouse=True)
def _quick_settings(settings: object, tmp_path: Path) -> None:
    """Take static files as they lie, hash passwords fast, and keep uploaded files apart."""
    settings.IMPORT_DIR = tmp_path / "imports"
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _language_of_the_shop() -> None:
    """Speak the shop's language: a request of a test before may have left that of its user."""
    translation.deactivate()


@pytest.fixture
def in_english(settings: object) -> None:
    """Speak English, as the source does."""
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def environment(transactional_db: None, tmp_path: Path) -> dict[str, str]:
    """The environment in which a process of its own works on the test database, with a VAR_DIR of its own."""
    connection.ensure_connection()
    server = connection.connection.info
    name, password = quote(server.user), quote(server.password)
    place = f":{server.port}/{server.host}" if server.host.startswith("/") else f"{server.host}:{server.port}"
    given = {
        "DATABASE_URL": f"postgres://{name}{':' + password if password else ''}@{place}/{server.dbname}",
        "VAR_DIR": str(tmp_path / "var"),
        "SECRET_KEY": settings.SECRET_KEY,
        "TRACKING_KEYS": settings.TRACKING_KEYS,
        "PREFERENCE_KEYS": settings.PREFERENCE_KEYS,
        "ADDRESS_HASH_KEY": settings.ADDRESS_HASH_KEY,
        "SECRETS_KEYS": settings.SECRETS_KEYS,
        "ERASURE_HASH_KEY": settings.ERASURE_HASH_KEY,
        "DEBUG": "1",  # static files as they lie, so that nothing is collected
    }
    return os.environ | given
