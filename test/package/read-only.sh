#!/bin/bash
# read-only.sh CAPABILITIES DIRECTORY… -- COMMAND…: runs a command as a unit with ProtectSystem=strict, ReadWritePaths= and
# CapabilityBoundingSet= would: every mount read-only but those directories, in a mount namespace of its own.
set -euo pipefail
capabilities=$1
shift
writable=()
while [ "$1" != -- ]; do
    mount --bind "$1" "$1"
    writable+=("$1")
    shift
done
shift
findmnt -rno TARGET | grep -vE '^/(dev|proc|sys)(/|$)' | while read -r target; do
    printf '%s\n' "${writable[@]}" | grep -qFx "$target" || mount -o remount,bind,ro "$target"
done
exec setpriv --no-new-privs --inh-caps=-all --bounding-set="$capabilities" "$@"
