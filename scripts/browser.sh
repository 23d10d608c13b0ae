#!/bin/sh
# Sees to it that there is a Chromium for the tests and pictures, and what the program that drives it needs.
set -eu
cd "$(dirname "$0")/.."

has_browser() {
    for name in chromium-headless-shell chromium chromium-browser google-chrome; do
        if command -v "$name" >/dev/null; then
            return 0
        fi
    done
    return 1
}

# Where the system has Chromium without its window, that one draws a page in two thirds of the time.
if ! has_browser; then
    scripts/system_packages.sh "The browser tests need Chromium" chromium-headless-shell 2>/dev/null ||
        scripts/system_packages.sh "The browser tests need Chromium" chromium
fi
# Playwright brings a program of its own that does not start without this library.
if ! .venv/bin/playwright --version >/dev/null 2>&1; then
    scripts/system_packages.sh "The browser tests need a library" libatomic1
fi
