#!/bin/bash
# fresh.sh ROOT: what somebody does to a new root before a machine is brought back onto it.
set -euo pipefail
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
mount --bind /etc/resolv.conf "$1/etc/resolv.conf"
env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    chroot "$1" /bin/bash -euxo pipefail <<'INSIDE'
apt-get -qq update
# Its numbers are those that the backup has for others; one of its files is set-group-ID and not to lose that.
apt-get -qq -y --no-install-recommends install dbus >/dev/null
[ "$(id -u messagebus)" = 100 ]
useradd --system --uid 150 rescue
mkdir /srv/rescue
touch /srv/rescue/notes
chown -R rescue:rescue /srv/rescue
printf '/dev/new / ext4 defaults 0 1\n' >/etc/fstab
INSIDE
