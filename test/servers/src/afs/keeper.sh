# The first process of a cell's namespaces: makes the cell's own view of the file system, with the cell's files in the
# places where Debian's programs look for them, then starts the daemons that it is told to on its stdin. At the end of
# its stdin, whatever the reason, it ends, and with it every process and mount of the cell.
set -eu
ulimit -c 0
dir=$1 address=$2

ip link set lo up
ip address add "$address/32" dev lo
hostname afs1

# A root of its own, for the machine has no /vicepa and shall get none.
mount --make-rprivate /
root=$dir/root
mount -t tmpfs -o mode=755 tmpfs "$root"
for path in /*; do
    name=${path#/}
    if [ -L "$path" ]; then cp -P "$path" "$root/"
    elif [ "$name" = etc ]; then mkdir "$root/etc" && mount --bind "$dir/etc" "$root/etc"
    elif [ -d "$path" ]; then mkdir -p "$root/$name" && mount --rbind "$path" "$root/$name"
    fi
done
for name in vicepa vicepb pioctl; do
    mkdir -p "$root/$name"
    mount --bind "$dir/$name" "$root/$name"
done
for name in lib/openafs log/openafs cache/openafs lib/krb5kdc; do
    mount --bind "$dir/var/$name" "$root/var/$name"
done
mkdir -p "$root/afs" "$root/.old"
cd "$root"
pivot_root . .old
umount -l /.old
rmdir /.old
cd /

# The number of this process, or of what asks for it, outside of the namespaces, whose /proc this still is.
outer_pid() {
    read -r pid _ </proc/self/stat
    echo "$1 $pid"
}

outer_pid ready
while read -r name program; do
    (
        outer_pid "$name"
        # shellcheck disable=SC2086 # a command line without quotes
        exec setsid $program </dev/null >>"/var/log/openafs/$name.out" 2>&1
    ) &
done
