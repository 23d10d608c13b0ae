#!/bin/sh
# Sees to it that there is a Chromium for the tests and pictures.
set -eu
cd "$(dirname "$0")/.."
for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null; then
        exit 0
    fi
done
exec scripts/system_packages.sh "The browser tests need Chromium" chromium
