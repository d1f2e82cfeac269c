#!/bin/sh
# Runs what was put into /docker-entrypoint.d, then the command.
set -eu

if [ "${1:-}" = nginx ] && [ -d /docker-entrypoint.d ]; then
    for script in /docker-entrypoint.d/*.sh; do
        [ -x "$script" ] || continue
        echo "$0: Launching $script" >&2
        "$script"
    done
fi

exec "$@"
