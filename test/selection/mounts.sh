#!/bin/bash
# mounts.sh ROOT: mounts things below a Debian root, in the mount namespace of the caller, who takes them away.
# Writes records as administrator.sh does. What this machine cannot mount is named on stderr and has no record.
set -euo pipefail
if [ $# -ne 1 ] || [ ! -d "$1/var/lib/dpkg" ]; then
    printf 'usage: %s ROOT\n' "${0##*/}" >&2
    exit 64
fi
root=$1
export LC_ALL=C
exec 3>&1 >&2
# shellcheck source=test/selection/records.sh
. "$(dirname "$0")/records.sh"

# A find -xdev goes into it: one file system, two names.
mount_bind_of_unowned_directory() {
    put "$root/srv/hc-data/file"
    mkdir "$root/srv/hc-data-again"
    mount --bind "$root/srv/hc-data" "$root/srv/hc-data-again"
    keep /srv/hc-data/ /srv/hc-data/file
    drop /srv/hc-data-again/file
}

# Under the other name, nothing is owned.
mount_bind_of_packaged_directory() {
    mkdir "$root/srv/hc-git"
    mount --bind "$root/usr/lib/git-core" "$root/srv/hc-git"
    drop /srv/hc-git/git-shell /usr/lib/git-core/git-shell
}

# The package's file is there, and not to be seen.
mount_bind_over_a_packaged_directory() {
    put "$root/srv/hc-contrib/mine"
    mount --bind "$root/srv/hc-contrib" "$root/usr/share/doc/git"
    keep /srv/hc-contrib/mine
    drop /usr/share/doc/git/mine
}

# A file can be one, too.
mount_bind_of_a_file() {
    put "$root/srv/hc-file"
    put "$root/srv/hc-file-again" ''
    mount --bind "$root/srv/hc-file" "$root/srv/hc-file-again"
    keep /srv/hc-file
}

# Mounted on itself, it is there once.
mount_bind_on_itself() {
    put "$root/srv/hc-itself/file"
    mount --bind "$root/srv/hc-itself" "$root/srv/hc-itself"
    keep /srv/hc-itself/ /srv/hc-itself/file
}

# Gone when the power is.
mount_tmpfs() {
    mkdir "$root/srv/hc-scratch"
    mount -t tmpfs tmpfs "$root/srv/hc-scratch"
    put "$root/srv/hc-scratch/file"
    drop /srv/hc-scratch/file
}

# mountinfo escapes these.
mount_tmpfs_at_an_odd_name() {
    local name=$'hc odd\tname\\040\nmount'
    mkdir "$root/srv/$name"
    mount -t tmpfs tmpfs "$root/srv/$name"
    put "$root/srv/$name/file"
    put "$root/srv/hc odd/file" # and this is on disk
    drop "/srv/$name/file"
    keep '/srv/hc odd/' '/srv/hc odd/file'
}

# No files at all.
mount_proc() {
    mount -t proc proc "$root/proc"
    drop /proc/version /proc/1/
}

# A disk of the host's: a mount in the walk's way, and not the end of it. Its own bind mounts are still once.
mount_local_file_system() {
    local image=$root/srv/hc-image
    truncate -s 20M "$image"
    mkfs.ext4 -q "$image"
    mkdir "$root/srv/hc-disk" "$root/srv/hc-disk-again"
    if ! mount -o loop "$image" "$root/srv/hc-disk"; then
        printf '%s: skipped: no loop device\n' "$change"
        return
    fi
    put "$root/srv/hc-disk/deep/file"
    mount --bind "$root/srv/hc-disk/deep" "$root/srv/hc-disk-again"
    keep /srv/hc-image /srv/hc-disk/deep/ /srv/hc-disk/deep/file
    drop /srv/hc-disk-again/file
}

for function in $(compgen -A function mount_); do
    change=${function//_/-}
    "$function"
done
