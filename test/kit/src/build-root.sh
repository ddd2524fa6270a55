#!/bin/bash
# build-root.sh CACHE RELEASE STAGE MIRROR: makes a stage of a Debian root below CACHE, and what it stands on.
# Runs in mount and process namespaces of its own, which take every mount and server with them: see debian-root.ts.
set -euo pipefail
cache=$1 release=$2 mirror=$4
archives=$cache/archives_$release # the packages, downloaded once for every build
build=$cache/new-root             # filled under this name: a build that was killed is not taken for a root

services=(postgresql apache2 mariadb-server openssh-server exim4 cron rsyslog)
# zutils and molly-guard divert programs of other packages, by their names in /bin and /sbin.
server=(python3-requests python3-yaml python3-jinja2 python3-dateutil vim git php-cli php-fpm nginx-common
    build-essential zutils molly-guard)

# The machine's apt may need these to reach the archive. And the root can be made anew: no need to wait for the disk.
apt_settings() {
    apt-config dump | grep -E '^Acquire::(http|https|Check)' || true
    printf '%s;\n' 'Acquire::Languages "none"' 'APT::Install-Recommends "true"' \
        'APT::Keep-Downloaded-Packages "true"' 'DPkg::Options { "--force-unsafe-io"; "--force-confold"; }'
}

inside() {
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
        ${http_proxy+http_proxy="$http_proxy"} APT_CONFIG=/mnt/apt.conf chroot "$build/root" "$@"
}

minbase() {
    mkdir "$build/upper"
    debootstrap --variant=minbase --cache-dir="$archives" "$release" "$build/upper" "$mirror"
}

# over LOWER…: mounts the new stage on those below it, with what installing needs.
over() {
    local IFS=: root=$build/root
    mkdir "$build"/{upper,work,root}
    mount -t overlay -o "lowerdir=$*,upperdir=$build/upper,workdir=$build/work,index=on,volatile" overlay "$root"
    mount -t proc proc "$root/proc"
    mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
    mount -t tmpfs tmpfs "$root/dev/shm"
    mount -t tmpfs tmpfs "$root/mnt"
    mount --bind /etc/resolv.conf "$root/etc/resolv.conf"
    mount --bind "$archives" "$root/var/cache/apt/archives"
    apt_settings >"$root/mnt/apt.conf"
}

install() {
    local policy=$build/root/usr/sbin/policy-rc.d
    printf '#!/bin/sh\nexit 101\n' >"$policy" # no service starts
    chmod a+x "$policy"
    inside apt-get -qq update
    inside apt-get -qq -y install "$@"
    rm "$policy"
    umount "$build/root/var/cache/apt/archives"
    inside apt-get clean
}

services() {
    over "$(stage minbase)"
    install "${services[@]}"
}

server() {
    over "$(stage services)" "$(stage minbase)"
    local foreign=i386
    [ "$release" = bookworm ] || foreign=arm64 # trixie's i386 lists were found out of step with its Release file
    inside dpkg --add-architecture "$foreign"
    install "${server[@]}" "zlib1g:$foreign" "libzstd1:$foreign"
}

# The directory of a stage: a whole root for minbase, else the upper layer over the stage before it.
stage() {
    printf '%s' "$cache/root_${release}_$1"
}

mkdir -p "$archives"
exec 3>&2 >"$cache/build.log" 2>&1
trap '[ $? -eq 0 ] || tail -n 20 "$cache/build.log" >&3' EXIT
for name in minbase services server; do
    if [ ! -d "$(stage "$name")" ]; then
        rm -rf --one-file-system "$build"
        mkdir "$build"
        "$name"
        ! mountpoint -q "$build/root" || umount -R -l "$build/root"
        sync -f "$build"
        mv "$build/upper" "$(stage "$name")"
        rm -rf --one-file-system "$build"
    fi
    [ "$name" != "$3" ] || break
done
