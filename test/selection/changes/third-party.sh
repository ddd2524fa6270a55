# shellcheck shell=bash
# Packages that were not made by Debian's own programs.

# One space, `./`, and the control files: still checksums.
change_lax_md5sums() {
    local name
    for name in one-space dot edited; do ship hc-lax "/opt-hc/$name"; done
    script hc-lax postinst <<<'exit 0'
    (cd /mnt/build/hc-lax && md5sum opt-hc/one-space | tr -s ' ' && md5sum ./opt-hc/dot opt-hc/edited DEBIAN/postinst) \
        >/mnt/md5sums
    mv /mnt/md5sums /mnt/build/hc-lax/DEBIAN
    sums=own have hc-lax 1
    edit /opt-hc/edited
    keep /opt-hc/edited
    drop /opt-hc/one-space /opt-hc/dot
}

# dpkg makes them when it unpacks, where the package has none.
change_package_without_md5sums() {
    ship hc-sumless /usr/share/hc-sumless/data
    ship hc-sumless /usr/share/hc-sumless/edited
    sums=own have hc-sumless 1
    edit /usr/share/hc-sumless/edited
    keep /usr/share/hc-sumless/edited
}

# And if they are lost, nobody knows what the file was.
change_md5sums_lost() {
    ship hc-lost /usr/share/hc-lost/data
    have hc-lost 1
    rm /var/lib/dpkg/info/hc-lost.md5sums
    keep /usr/share/hc-lost/data
}

# Debian's policy has them in /usr and /run; these are owned all the same, by the names that the links give.
change_packages_of_aliased_names() {
    ship hc-alias /lib/hc-alias/data
    ship hc-alias /sbin/hc-alias
    ship hc-alias /lib/hc-alias/edited
    ship hc-alias /lib/hc-alias/unit.conf
    ship hc-alias /var/run/hc-alias/stamp
    conffiles hc-alias /lib/hc-alias/unit.conf
    have hc-alias 1
    edit /usr/lib/hc-alias/edited
    put /usr/lib/hc-alias/mine
    keep /usr/lib/hc-alias/edited /usr/lib/hc-alias/mine /usr/lib/hc-alias/unit.conf
    drop /usr/lib/hc-alias/data /usr/sbin/hc-alias /run/hc-alias/stamp
}

# A list is bytes: latin-1, a backslash (escaped in md5sums), spaces, a name of two Unicode forms.
change_packages_with_odd_names() {
    local name dir=/usr/share/hc-odd
    for name in $'caf\xe9' 'back\x2dslash' ' space ' $'caf\xc3\xa9' $'return\r' '*'; do ship hc-odd "$dir/$name"; done
    have hc-odd 1
    put "$dir/"$'caf\xef\xbf\xbd' # what decoding makes of the first
    put "$dir/"$'cafe\xcc\x81'    # the other Unicode form
    put "$dir/back-slash"
    put "$dir/space"
    put "$dir/return"
    drop "$dir/"$'caf\xe9' "$dir/"'back\x2dslash' "$dir/ space " "$dir/"$'caf\xc3\xa9' "$dir/"$'return\r' "$dir/*"
    keep "$dir/"$'caf\xef\xbf\xbd' "$dir/"$'cafe\xcc\x81' "$dir/back-slash" "$dir/space" "$dir/return"
}
