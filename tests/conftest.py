"""Fixtures for every test."""

import shutil

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of the system's Chromium, for Playwright's `executable_path`."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    assert found, "The browser tests need Chromium: `make browser` installs it or says how."
    return found
