# shellcheck shell=bash
# What is more than a name and contents.

# No contents to read: opening some of them waits for ever.
change_special_files() {
    mkdir -p /srv/special
    mkfifo /srv/special/fifo
    mknod /srv/special/disk b 7 99
    mknod /srv/special/terminal c 4 99
    python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("/srv/special/socket")'
    keep /srv/special/fifo /srv/special/disk /srv/special/terminal /srv/special/socket
}

# Its size is not what it takes.
change_sparse_file() {
    truncate -s 100G /srv/sparse
    keep /srv/sparse
}

# The mode is all that is special; the contents are a package's.
change_setuid_file() {
    cp /usr/bin/id /usr/local/bin/id-of-root
    chmod 4755 /usr/local/bin/id-of-root
    keep /usr/local/bin/id-of-root
}

# Contents a package has, and more than contents.
change_attributes() {
    cp /usr/bin/id /usr/local/bin/attributed
    python3 -c '
import os, struct
entries = ((1, 6, -1), (2, 4, 33), (4, 4, -1), (16, 4, -1), (32, 0, -1))
acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in entries)
capability = struct.pack("<5I", 0x02000001, 1 << 13, 0, 0, 0)
for name, value in (("user.note", b"mine"), ("system.posix_acl_access", acl), ("security.capability", capability)):
    os.setxattr("/usr/local/bin/attributed", name, value)'
    keep /usr/local/bin/attributed
}

# dpkg keeps the mode in its statoverrides: the file is as packaged.
change_statoverride() {
    dpkg-statoverride --update --add root adm 0750 /usr/bin/vmstat
    keep /var/lib/dpkg/statoverride
    drop /usr/bin/vmstat
}

# Owned by whom, does not matter: by which package, does.
change_unowned_symlinks() {
    ln -s /usr/bin/vim.basic /usr/local/bin/vi
    ln -s ls /usr/bin/dir-listing
    ln -s /nowhere /srv/dangling
    ln -s nowhere /usr/share/dangling
    keep /usr/local/bin/vi /usr/bin/dir-listing /srv/dangling /usr/share/dangling
}

# What fsck found belongs to somebody.
change_lost_and_found() {
    put '/lost+found/#123'
    keep '/lost+found/' '/lost+found/#123'
}

# Nothing is in it; it was made for something.
change_empty_directories() {
    mkdir -p /srv/empty/inner /usr/share/nginx/empty
    keep /srv/empty/ /srv/empty/inner/ /usr/share/nginx/empty/
}
