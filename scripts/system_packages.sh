#!/bin/sh
# Installs packages of the operating system where that is allowed, else says in one line what to type.
#   scripts/system_packages.sh "What needs them" PACKAGE...
set -eu
need=$1
shift
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "$need: installing $* with apt-get ..."
    log=$(mktemp)
    export DEBIAN_FRONTEND=noninteractive
    if apt-get update -qq >"$log" 2>&1 && apt-get install -y -qq --no-install-recommends "$@" >>"$log" 2>&1; then
        rm -f "$log"
        exit 0
    fi
    cat "$log" >&2
    rm -f "$log"
fi
if command -v apt-get >/dev/null; then
    echo "$need: missing. Type, as root: apt-get update && apt-get install -y $*" >&2
else
    echo "$need: missing. Install what your system calls: $*" >&2
fi
exit 1
