#!/bin/sh
# A ferry: it sails until it is told to stop, and writes a line about each crossing.
#
#   TO      where to; needed
#   FROM    where from
#   PAUSE   seconds between two crossings
#   LEAK    the crossing in which it springs a leak; never, if empty

if [ -z "$TO" ]; then
    echo "ferry: where to? TO is not set" >&2
    exit 1
fi

# What `docker stop` sends is TERM: bring everybody ashore, then end well.
trap 'say "moored, all ashore"; exit 0' TERM

say() { echo "$(date +%T) $1"; }

crossing=0
while true; do
    crossing=$((crossing + 1))
    say "$FROM to $TO"
    if [ $((crossing % 4)) -eq 0 ]; then
        say "warning: fog off $TO" >&2
    fi
    if [ "$crossing" = "$LEAK" ]; then
        say "ferry: sprang a leak" >&2
        exit 3
    fi
    # In the background, because a shell acts on a signal only once what it waits for has ended.
    sleep "$PAUSE" &
    wait $!
done
