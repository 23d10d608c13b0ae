#!/bin/sh
# Makes .venv and installs requirement files into it; quick where nothing has changed.
#   scripts/virtual_environment.sh requirements.txt [requirements-demo.txt ...]
set -eu
cd "$(dirname "$0")/.."
system_python=${PYTHON:-python3}
python=.venv/bin/python

make_environment() {
    if ! "$system_python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
        echo "Python 3.11 or newer is needed; name one, for example: make PYTHON=python3.12" >&2
        exit 1
    fi
    # Debian ships Python without the part that puts pip into a virtual environment.
    if ! "$system_python" -c 'import ensurepip, venv' 2>/dev/null; then
        scripts/system_packages.sh "Python's virtual environments" python3-venv
    fi
    echo "Making the virtual environment .venv ..."
    "$system_python" -m venv --clear .venv
}

install() {
    stamp=.venv/installed-$1
    wanted=$(cat requirements.txt "$1" | cksum)
    if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
        return
    fi
    case $1 in
        requirements-demo.txt) alone=--no-deps ;; # the file says why
        *) alone= ;;
    esac
    echo "Installing the Python packages of $1 (the first time takes about a minute) ..."
    # No warning of conflicts: it would name what a package installed alone asks for.
    "$python" -m pip install --quiet --disable-pip-version-check --no-input --no-warn-conflicts $alone --requirement "$1"
    echo "$wanted" >"$stamp"
}

if ! "$python" -c 'import pip' 2>/dev/null; then
    make_environment
fi
for file in "$@"; do
    install "$file"
done
