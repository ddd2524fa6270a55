#!/bin/bash
# administrator.sh ROOT [CHANGE…]: makes every change of changes/, or those named, in a Debian root of the stage `server`.
# Writes what the selection must do about the paths that were changed: see README.md.
set -euo pipefail
if [ $# -lt 1 ] || [ ! -d "$1/var/lib/dpkg" ]; then
    printf 'usage: %s ROOT [CHANGE…]\n' "${0##*/}" >&2
    exit 64
fi

# The changes run inside the root, for an absolute link there leads outside from here. What they mount and start for
# that is gone with the namespaces; /mnt is their workshop.
# shellcheck disable=SC2016 # for the inner shell
exec 3>&1 >&2 unshare --mount --pid --fork --kill-child bash -c '
    set -euo pipefail
    root=$1 scripts=$2
    shift 2
    mount -t proc proc "$root/proc"
    mount -t tmpfs tmpfs "$root/mnt"
    mkdir "$root/mnt/scripts"
    mount --bind "$scripts" "$root/mnt/scripts"
    exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C \
        DEBIAN_FRONTEND=noninteractive chroot "$root" /bin/bash /mnt/scripts/all-changes.sh "$@"
' bash "$(realpath "$1")" "$(realpath "$(dirname "$0")")" "${@:2}" </dev/null
