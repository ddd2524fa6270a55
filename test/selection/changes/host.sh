# shellcheck shell=bash
# What makes this host this one; and what every host has.

# No package has the accounts: a postinst made some, an administrator the others.
change_accounts() {
    useradd -m -s /bin/bash ada
    printf 'ada:secret\n' | chpasswd
    groupadd editors
    gpasswd -a ada editors
    put /home/ada/.ssh/authorized_keys
    put /home/ada/.config/deep/.hidden
    chown -R ada: /home/ada
    keep /etc/passwd /etc/shadow /etc/group /etc/gshadow /etc/subuid
    keep_below /home/ada
}

# A directory of the package's, with the mode of a secret.
change_crontab() {
    printf '@daily true\n' | crontab -u root -
    keep /var/spool/cron/crontabs/root
    put /etc/cron.d/mine
    keep /etc/cron.d/mine
}

# Links that nobody owns say what starts.
change_units() {
    put /etc/systemd/system/mine.service $'[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target'
    put /etc/systemd/system/mariadb.service.d/override.conf $'[Service]\nNice=5'
    systemctl enable mine.service
    systemctl mask apache2.service
    systemctl disable rsyslog.service
    keep /etc/systemd/system/mine.service /etc/systemd/system/multi-user.target.wants/mine.service \
        /etc/systemd/system/mariadb.service.d/ /etc/systemd/system/mariadb.service.d/override.conf \
        /etc/systemd/system/apache2.service
    drop /etc/systemd/system/multi-user.target.wants/rsyslog.service
}

# Two links and a file of dpkg's that say that it was by hand.
change_alternative_by_hand() {
    update-alternatives --set editor /usr/bin/vim.basic
    keep /etc/alternatives/editor /usr/bin/editor /var/lib/dpkg/alternatives/editor
    drop /usr/bin/vim.basic
}

# dpkg's own files are no package's.
change_package_database() {
    keep /var/lib/dpkg/status /var/lib/dpkg/diversions /var/lib/dpkg/info/bash.list /var/lib/apt/extended_states \
        /var/cache/debconf/config.dat
}

# Packaged as /bin/ls and found as /usr/bin/ls, or both the same; the links themselves come with any Debian.
change_merged_usr_untouched() {
    drop /bin /sbin /lib /lib64 /usr/bin/ls /usr/bin/bash /usr/sbin/ldconfig /usr/lib/x86_64-linux-gnu/libc.so.6 \
        /usr/lib64/ld-linux-x86-64.so.2
}

# The same contents under the names of another architecture; some names are both architectures'.
change_foreign_architecture_untouched() {
    local directory
    for directory in i386 aarch64; do
        [ ! -d "/usr/lib/$directory-linux-gnu" ] || drop_below "/usr/lib/$directory-linux-gnu"
    done
    drop /usr/share/doc/zlib1g/copyright /usr/share/doc/zlib1g/changelog.Debian.gz
}

# /var/run and /var/lock are links, which no package has: what lies behind is printed once, by its own name.
change_run_and_lock() {
    put /run/hc-stamp
    put /run/lock/hc-lock
    keep /run/hc-stamp /run/lock/hc-lock
    drop /var/run/hc-stamp /var/lock/hc-lock
}
