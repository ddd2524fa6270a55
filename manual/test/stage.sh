# Sourced first by each example, in a mount namespace of its own: the machine as an administrator has it who follows the
# manual. What is made in /etc, /usr/sbin, /home, /root, /run, /srv, and beside what there is in some directories of /var,
# is gone with the namespace. $place: an empty directory.
mkdir "$place/real" "$place/work" "$place/bin"

# unfix DIRECTORY…: what is in it is what was, and more can be put beside that.
unfix() {
    for directory; do
        mkdir -p "$place/real$directory"
        mount --rbind "$directory" "$place/real$directory"
        mount -t tmpfs -o mode=755 tmpfs "$directory"
        for entry in "$place/real$directory"/*; do
            if [ -d "$entry" ] && [ ! -L "$entry" ]; then
                mkdir "$directory/${entry##*/}"
                mount --rbind "$entry" "$directory/${entry##*/}"
            elif [ -e "$entry" ]; then
                cp -a "$entry" "$directory"
            fi
        done
    done
}

cp -a /etc "$place/etc"
cp -a /usr/sbin "$place/sbin"
mount --bind "$place/etc" /etc
mount --bind "$place/sbin" /usr/sbin
for directory in /home /root /run /srv; do
    mount -t tmpfs -o mode=755 tmpfs "$directory"
done
unfix /var/backups /var/cache /var/lib
for directory in /var/lib/hcoop-backup /var/cache/dpkg-orphans; do
    mkdir -p "$directory"
    mount -t tmpfs -o mode=700 tmpfs "$directory"
done

ln -s "$node" "$place/bin/node"
for command in $commands; do
    ln -s "$command" "$place/bin/"
done
PATH=$place/bin:$PATH

# In the place of a mail system: what is sent is in "$place/mail".
rm -f /usr/sbin/sendmail
printf '#!/bin/sh\ncat >"%s/mail"\n' "$place" >/usr/sbin/sendmail
chmod 755 /usr/sbin/sendmail

mkdir -p /etc/hcoop-backup /home/ann/mail /srv/app
rm -rf /etc/hcoop-backup/*
cp -r "$top/scripts/etc/exclude.d" "$top/scripts/etc/expected.d" /etc/hcoop-backup/
cat >/etc/hcoop-backup/config.toml <<'TOML'
group = "root"
logs = "/var/lib/hcoop-backup/logs"
[seal]
recipient_files = ["/etc/hcoop-backup/recipients.txt"]
[files]
roots = ["/etc", "/home"]
exclude = ["/etc/hcoop-backup/exclude.d"]
expected = ["/etc/hcoop-backup/expected.d"]
[system]
enabled = false
TOML
echo letter >/home/ann/mail/inbox
echo content >/srv/app/file

cd "$place/work"
age-keygen -o key.txt 2>/dev/null
age-keygen -y key.txt | tee keys.txt recipients.txt >/etc/hcoop-backup/recipients.txt
cp -r "$top/scripts/etc/exclude.d" .

# bind FILE PLACE: FILE is there, too.
bind() {
    mkdir -p "${2%/*}"
    if [ -d "$1" ]; then mkdir -p "$2"; else : >"$2"; fi
    mount --bind "$1" "$2"
}
