#!/bin/bash
# inside.sh ROOT PACKAGES ARCHIVES SCRIPT: runs a bash script in a Debian root, with what apt needs of this machine; the directory
# PACKAGES is /mnt/packages there, and ARCHIVES keeps what was downloaded. What is mounted is gone with the namespace.
set -euo pipefail
root=$1
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/dev" # its own: a script that removes /dev/null is not to remove this machine's
for node in 'null 1 3' 'zero 1 5' 'full 1 7' 'random 1 8' 'urandom 1 9' 'tty 5 0'; do
    read -r name major minor <<<"$node"
    mknod -m 666 "$root/dev/$name" c "$major" "$minor"
done
ln -s /proc/self/fd "$root/dev/fd"
ln -s pts/ptmx "$root/dev/ptmx"
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
mount -t tmpfs tmpfs "$root/dev/shm"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
mount -t tmpfs tmpfs "$root/mnt"
mount --bind /etc/resolv.conf "$root/etc/resolv.conf"
mount --bind "$3" "$root/var/cache/apt/archives"
mkdir "$root/mnt/packages"
mount --bind "$2" "$root/mnt/packages"
mkdir -p "$root/run/tests"
mount --bind "$(dirname "$0")/../../debian/tests" "$root/run/tests"
{
    apt-config dump | grep -E '^Acquire::(http|https|Check)' || true
    printf '%s;\n' 'Acquire::Languages "none"' 'APT::Keep-Downloaded-Packages "true"' \
        'DPkg::Options { "--force-unsafe-io"; "--force-confdef"; }'
} >"$root/mnt/apt.conf"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" # no service starts
chmod a+x "$root/usr/sbin/policy-rc.d"
# Not chroot, in which bubblewrap could make no namespaces.
mkdir "$root/run/old"
cd "$root"
pivot_root . run/old
exec /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    ${http_proxy+http_proxy="$http_proxy"} APT_CONFIG=/mnt/apt.conf \
    /bin/bash --norc -euo pipefail -c 'umount -l /run/old && rmdir /run/old && eval "$1"' inside "$4"
