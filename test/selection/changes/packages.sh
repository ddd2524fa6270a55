# shellcheck shell=bash
# Packages that cannot be had again, or only seem so; and what a removed one leaves.

# Owned, intact, and no source has it: all of it goes with the disk.
change_local_package_without_source() {
    ship hc-local /usr/bin/hc-local
    ship hc-local /usr/share/hc-local/deep/data
    ship hc-local /etc/hc-local.conf
    conffiles hc-local /etc/hc-local.conf
    ln -s hc-local /mnt/build/hc-local/usr/bin/hc-link-to-local
    build hc-local 1
    dpkg_built -i
    keep /usr/bin/hc-local /usr/bin/hc-link-to-local /etc/hc-local.conf
    keep_below /usr/share/hc-local
}

# The sources have a package of this name, but not what this one has.
change_local_build_newer_than_offered() {
    ship hc-patched /usr/bin/hc-patched
    build hc-patched 1
    offer
    ship hc-patched /usr/bin/hc-patched 'with a patch'
    build hc-patched 1+local1
    dpkg_built -i
    keep /usr/bin/hc-patched
}

# No source has the version that is installed: what it was cannot be had again.
change_package_older_than_offered() {
    ship hc-older /usr/bin/hc-older
    build hc-older 1
    dpkg_built -i
    ship hc-older /usr/bin/hc-older 'of the next version'
    build hc-older 2
    offer
    keep /usr/bin/hc-older
}

# Another word in the status; the file is as packaged.
change_package_held_back() {
    apt-mark hold git-man
    drop /usr/share/man/man1/git.1.gz
}

# Unpacked and listed; `install ok half-configured`.
change_package_half_configured() {
    ship hc-half /usr/share/hc-half/data
    ship hc-half /usr/share/hc-half/edited
    ship hc-half /etc/hc-half.conf
    conffiles hc-half /etc/hc-half.conf
    script hc-half postinst <<<'exit 1'
    ! have hc-half 1
    [[ $(dpkg-query -W -f '${Status}' hc-half) == *half-configured ]]
    edit /usr/share/hc-half/edited
    keep /etc/hc-half.conf /usr/share/hc-half/edited
    drop /usr/share/hc-half/data
}

# `install reinst-required half-installed`, after an upgrade that failed and could not be undone.
change_package_half_installed() {
    ship hc-broken /usr/share/hc-broken/data
    # shellcheck disable=SC2016 # for the script's shell
    script hc-broken postinst <<<'[ "$1" != abort-upgrade ]'
    build hc-broken 1
    dpkg_built -i
    ship hc-broken /usr/share/hc-broken/data
    script hc-broken preinst <<<'exit 1'
    script hc-broken postrm <<<'exit 1'
    ! have hc-broken 2
    [[ $(dpkg-query -W -f '${Status}' hc-broken) == *half-installed ]]
    put /usr/share/hc-broken/mine
    keep /usr/share/hc-broken/mine
}

# Unpacked only: its conffiles wait beside their names, `newconffile` in the status.
change_package_unpacked_only() {
    ship hc-unpacked /usr/share/hc-unpacked/data
    ship hc-unpacked /etc/hc-unpacked.conf
    conffiles hc-unpacked /etc/hc-unpacked.conf
    build hc-unpacked 1
    offer
    put /etc/hc-unpacked.conf
    dpkg_built --unpack
    keep /etc/hc-unpacked.conf
    drop /usr/share/hc-unpacked/data
}

# Has taken a file over. dpkg takes it out of the other's list, and leaves it in the other's md5sums.
change_file_taken_over() {
    ship hc-giver /usr/share/hc-shared/taken
    ship hc-giver /usr/share/hc-shared/forced
    ship hc-giver /usr/share/hc-shared/edited
    ship hc-giver /usr/share/hc-shared/left # a package that has no file left disappears
    have hc-giver 1
    ship hc-taker /usr/share/hc-shared/taken 'by another package'
    ship hc-taker /usr/share/hc-shared/edited 'by another package'
    have hc-taker 1 'Replaces: hc-giver'
    ship hc-robber /usr/share/hc-shared/forced 'by a third'
    build hc-robber 1
    offer
    dpkg_built --force-overwrite -i
    printf 'as packaged\n' >/usr/share/hc-shared/edited # what the giver's md5sums say
    keep /usr/share/hc-shared/edited
    drop /usr/share/hc-shared/taken /usr/share/hc-shared/forced /usr/share/hc-shared/left
}

# The directory was the package's. It is no more.
change_purge_leaves_files() {
    ship hc-purged /var/lib/hc-purged/own
    have hc-purged 1
    put /var/lib/hc-purged/mine
    dpkg --purge hc-purged
    keep /var/lib/hc-purged/ /var/lib/hc-purged/mine
}

# Nothing in it tells whose it was.
change_purge_leaves_empty_directory() {
    ship hc-emptied /var/lib/hc-emptied/own
    have hc-emptied 1
    put /var/lib/hc-emptied/mine
    dpkg --purge hc-emptied
    rm /var/lib/hc-emptied/mine
    keep /var/lib/hc-emptied/
}

# In the list, and dpkg was told not to unpack it: the name is free for others.
change_path_excluded() {
    printf 'path-exclude=/usr/share/hc-excluded/*\n' >/etc/dpkg/dpkg.cfg.d/hc-excluded
    ship hc-excluded /usr/share/hc-excluded/absent
    ship hc-excluded /usr/share/hc-excluded/mine
    ship hc-excluded /usr/lib/hc-excluded
    have hc-excluded 1
    put /usr/share/hc-excluded/mine
    keep /etc/dpkg/dpkg.cfg.d/hc-excluded /usr/share/hc-excluded/mine
    drop /usr/share/hc-excluded/absent /usr/lib/hc-excluded
}

# dpkg was killed: the package is in the journal, /var/lib/dpkg/updates, and not in the status file.
last_dpkg_killed() {
    ship hc-killed /usr/share/hc-killed/data
    ship hc-killed /etc/hc-killed.conf
    conffiles hc-killed /etc/hc-killed.conf
    # shellcheck disable=SC2016 # for the script's shell
    script hc-killed postinst <<<'kill -KILL "$PPID"'
    ! have hc-killed 1
    [ -n "$(ls /var/lib/dpkg/updates)" ]
    ! grep -qx 'Package: hc-killed' /var/lib/dpkg/status
    keep /etc/hc-killed.conf
    drop /usr/share/hc-killed/data
}
