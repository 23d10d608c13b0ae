"""Fixtures for every test."""

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.contrib.staticfiles import views as static_files
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.db import connection, connections
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import TransactionTestCase, override_settings
from django.utils import translation
from playwright.sync_api import Browser, sync_playwright
from pytest_django import DjangoDbBlocker

from tests import emptying, template_database

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
BROWSER_SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files of slow tests: left to the end, one worker would do them while the others have nothing.

    Of those the ones at the top go first, which ask for every page of the product and take the longest.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (item.path not in slow, len(item.path.parts)))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Leave what stays for the whole run out of every later search for garbage."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    """Let it go in the end, which extensions in C complain of otherwise."""
    gc.unfreeze()


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of the system's Chromium, for Playwright's `executable_path`."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    assert found, "The browser tests need Chromium: `make browser` installs it or says how."
    return found


@pytest.fixture(scope="module")
def browser(chromium: str, django_db_setup: None) -> Iterator[Browser]:
    """The system's browser, started once for the tests of a module; each takes a new context."""
    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as patched:
        # Its driver keeps an event loop in this thread, in which Django refuses queries though nothing waits.
        patched.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        patched.setattr(StaticFilesHandler, "serve", _serve_for_an_hour)
        started = playwright.chromium.launch(executable_path=chromium, args=BROWSER_SWITCHES)
        yield started
        started.close()
        connections.close_all()  # those of the loop, which nobody else would close


def _serve_for_an_hour(handler: StaticFilesHandler, request: HttpRequest) -> HttpResponseBase:
    """Serve a static file as the product does, to be kept: else every page asks anew for each font and icon."""
    answer = static_files.serve(request, handler.file_path(request.path), insecure=True)
    answer["Cache-Control"] = "max-age=3600"
    return answer


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    request: pytest.FixtureRequest,
    django_db_modify_db_settings_parallel_suffix: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[None]:
    """Where several processes test, migrate one database and have each begin with a copy of it."""
    if not hasattr(request.config, "workerinput"):
        yield
        return
    with django_db_blocker.unblock(), template_database.held(tmp_path_factory.getbasetemp().parent) as name:
        connection.settings_dict["TEST"]["TEMPLATE"] = name
        with django_db_blocker.block():
            yield


@pytest.fixture(scope="session", autouse=True)
def _tables_are_emptied_quickly() -> Iterator[None]:
    """Empty after a test that commits only what it filled."""
    with pytest.MonkeyPatch.context() as patched:
        usual = TransactionTestCase._fixture_teardown
        patched.setattr(TransactionTestCase, "_fixture_teardown", emptying.quickly(usual))
        yield


@pytest.fixture(scope="session", autouse=True)
def _quick_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Take static files as they lie, with none collected, and hash passwords fast."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(
        STATIC_ROOT=tmp_path_factory.mktemp("static"),
        STORAGES=settings.STORAGES | {"staticfiles": plain},
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    ):
        yield


@pytest.fixture(autouse=True)
def _uploaded_files_apart(settings: object, tmp_path: Path) -> None:
    """Keep uploaded files in a folder of the test."""
    settings.IMPORT_DIR = tmp_path / "imports"


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
        "SURVEY_KEYS": settings.SURVEY_KEYS,
        "ADDRESS_HASH_KEY": settings.ADDRESS_HASH_KEY,
        "SECRETS_KEYS": settings.SECRETS_KEYS,
        "ERASURE_HASH_KEY": settings.ERASURE_HASH_KEY,
        "DEBUG": "1",  # static files as they lie, so that nothing is collected
    }
    return os.environ | given
