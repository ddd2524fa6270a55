#!/bin/bash
# administrator.sh ROOT: makes a server of a minbase root, and does to it what administrators do.
# What it mounts is gone with the namespace that it is to be run in.
set -euo pipefail
if [ $# -ne 1 ] || [ ! -d "$1/var/lib/dpkg" ]; then
    printf 'usage: %s ROOT\n' "${0##*/}" >&2
    exit 64
fi
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
mount --bind /etc/resolv.conf "$1/etc/resolv.conf"
printf '#!/bin/sh\nexit 101\n' >"$1/run/policy-rc.d"
chmod a+x "$1/run/policy-rc.d"
ln -s /run/policy-rc.d "$1/usr/sbin/policy-rc.d"
trap 'rm "$1/usr/sbin/policy-rc.d" "$1/run/policy-rc.d"' EXIT

env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    chroot "$1" /bin/bash -euxo pipefail <<'INSIDE'
install() { apt-get -qq -y --no-install-recommends install "$@" >/dev/null; }

# These take the numbers that packages get on a fresh root.
groupadd --system --gid 101 early
useradd --system --uid 100 --gid 101 early
useradd --system --uid 101 --gid 101 earlier
usermod -u 150 _apt
chown -R _apt /var/cache/apt/archives/partial /var/lib/apt/lists/partial

dpkg --add-architecture i386
printf 'Acquire::Languages "none";\n' >/etc/apt/apt.conf.d/90mine
apt-get -qq update
printf 'hello hello/why string because\n' | debconf-set-selections
printf 'tzdata tzdata/Areas select Europe\ntzdata tzdata/Zones/Europe select Vienna\n' | debconf-set-selections

# Package files where the administrator wants them, before the packages and after.
mkdir -p /srv/doc/tree /usr/share/doc
ln -s /srv/doc/tree /usr/share/doc/tree
dpkg-divert --local --rename --add /usr/bin/hello
printf '#!/bin/sh\necho mine\n' >/usr/bin/hello
chmod 755 /usr/bin/hello
dpkg-divert --local --no-rename --divert /usr/lib/own/wall --add /usr/bin/wall
mkdir /usr/lib/own
mv /usr/bin/wall /usr/lib/own/wall
printf 'echo no\n' >/usr/bin/wall

install age zstd openssh-client attr acl cron dbus tree hello nano zlib1g:i386 patch libcap2-bin
mv /usr/share/dbus-1 /srv/dbus-1
ln -s ../../srv/dbus-1 /usr/share/dbus-1
rmdir /opt
mkdir -p /srv/opt/app
ln -s /srv/opt /opt

# Removed, with its conffiles left, one of them edited; and what the administrator has deleted of others.
printf '# mine\n' >>/etc/nanorc
dpkg --remove nano
rm /etc/default/cron /usr/share/doc/hello/copyright
rm -r /usr/share/doc/patch
rm /usr/share/doc/base-files/README
rm /usr/bin/mcookie && ln -s /usr/local/bin/cookie /usr/bin/mcookie

groupadd admins
useradd -m -s /bin/bash -G admins,crontab ada
printf 'ada:secret\n' | chpasswd
chown -R ada:ada /home/ada
dpkg-statoverride --update --add root admins 2750 /usr/bin/patch
dpkg-statoverride --update --add early early 4711 /usr/bin/ssh-add

apt-mark -qq hold tree
apt-mark -qq auto patch zstd
printf '#!/bin/sh\n' >/srv/opt/app/run
chmod 750 /srv/opt/app/run
update-alternatives --quiet --set pager /bin/more
update-alternatives --quiet --install /usr/bin/app app /opt/app/run 7 --slave /usr/bin/app-too app-too /opt/app/run

printf '# mine\n' >>/etc/bash.bashrc
printf '1 2 * * * root true\n' >>/etc/crontab
printf '# changed\n' >>/usr/bin/savelog
printf '@daily true\n' | crontab -u ada -
touch '/srv/new
line' "/srv/$(printf 'latin\351')"
mkdir -m 2770 /srv/shared
chown messagebus:admins /srv/shared
setfacl -d -m u:ada:rwx /srv/shared
setfacl -m u:messagebus:rx /srv/shared
touch /srv/shared/bus
chown messagebus:crontab /srv/shared/bus
chmod 640 /srv/shared/bus
cp /bin/true /usr/local/bin/able
setcap cap_net_raw+ep /usr/local/bin/able
setfattr -n user.note -v mine /usr/local/bin/able
ln /usr/local/bin/able /usr/local/bin/able-too
truncate -s 5M /srv/sparse
chmod 711 /home
chown root:admins /srv
chmod 2775 /srv
setfacl -m d:u:ada:rx,u:messagebus:rx /srv
setfattr -n user.note -v mine /var/local
touch -d '2021-03-04 05:06:07.123456789' /var/local /etc/cron.daily /srv/shared/bus
INSIDE
