# shellcheck shell=bash
# Diversions: the list says one name, the disk has another.

# The list says that /usr/bin/git is the package's: it is the wrapper.
change_local_diversion_renamed() {
    dpkg-divert --local --rename --add /usr/bin/git
    put /usr/bin/git 'exec git.distrib "$@"'
    keep /usr/bin/git
    drop /usr/bin/git.distrib
}

# The package's file stays where it was, but reinstalling would put it beside: the name is the administrator's.
change_local_diversion_not_renamed() {
    dpkg-divert --local --no-rename --add /usr/bin/wall
    keep /usr/bin/wall
    drop /usr/bin/wall.distrib
}

# The diverted name lies in a directory of nobody's.
change_local_diversion_to_another_directory() {
    mkdir -p /usr/lib/hc-diverted
    dpkg-divert --local --rename --divert /usr/lib/hc-diverted/uptime --add /usr/bin/uptime
    put /usr/bin/uptime 'echo up'
    keep /usr/bin/uptime
    drop /usr/lib/hc-diverted/uptime
}

# Diverted, and edited where it is now.
change_local_diversion_edited() {
    dpkg-divert --local --rename --add /usr/bin/tload
    put /usr/bin/tload
    edit /usr/bin/tload.distrib
    keep /usr/bin/tload /usr/bin/tload.distrib
}

# A conffile has moved too; both are configuration.
change_local_diversion_of_a_conffile() {
    dpkg-divert --local --rename --add /etc/vim/vimrc
    put /etc/vim/vimrc
    keep /etc/vim/vimrc /etc/vim/vimrc.distrib
}

# Of one name there are two, and the file lies at a third. dpkg diverts only the name that the list has.
change_local_diversion_by_the_name_in_bin() {
    dpkg-divert --local --rename --add /bin/mountpoint
    put /usr/bin/mountpoint
    keep /usr/bin/mountpoint
    ! grep -qx /bin/mountpoint /var/lib/dpkg/info/util-linux.list || drop /usr/bin/mountpoint.distrib
}

# Two packages have the name in their lists; each has a file of its own.
change_package_diversion_untouched() {
    drop /usr/bin/zcat /usr/bin/zcat.gzip /usr/share/man/man1/zcat.1.gz
}

# The md5sums of both packages have the name of one.
change_package_diversion_edited() {
    edit /usr/bin/zdiff
    keep /usr/bin/zdiff
    drop /usr/bin/zdiff.gzip
    edit /usr/bin/zgrep.gzip
    keep /usr/bin/zgrep.gzip
    drop /usr/bin/zgrep
}

# The diversion stays behind when what it diverts is gone.
change_local_diversion_of_nothing() {
    dpkg-divert --local --no-rename --add /usr/bin/hc-nothing
    put /usr/bin/hc-nothing.distrib
    keep /usr/bin/hc-nothing.distrib
}
