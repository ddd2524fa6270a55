# shellcheck shell=bash
# The name is the package's; what is there is of another type, or leads elsewhere.

# Same contents behind it, even.
change_file_replaced_by_symlink() {
    move /usr/share/apache2/default-site/index.html /srv/pages/index.html
    keep /usr/share/apache2/default-site/index.html /srv/pages/index.html
}

# A name in the list that ends in no slash.
change_file_replaced_by_directory() {
    rm /usr/share/doc/zutils/copyright
    put /usr/share/doc/zutils/copyright/mine
    keep /usr/share/doc/zutils/copyright/ /usr/share/doc/zutils/copyright/mine
}

# Whoever opens it to see whether it was modified, waits.
change_file_replaced_by_fifo() {
    rm /usr/share/doc/openssh-client/copyright
    mkfifo /usr/share/doc/openssh-client/copyright
    keep /usr/share/doc/openssh-client/copyright
}

# And all names below it are no more.
change_directory_replaced_by_file() {
    rm -r /usr/share/doc/molly-guard
    put /usr/share/doc/molly-guard
    keep /usr/share/doc/molly-guard
}

# Behind the link, the files lie in a place that no package knows. From outside, the target is outside.
change_directory_moved_absolute() {
    move /usr/share/apache2/icons /srv/icons
    keep /usr/share/apache2/icons
    keep_below /srv/icons
}

# The same by a relative link.
change_directory_moved_relative() {
    move /usr/share/apache2/error /srv/error ../../../srv/error
    keep /usr/share/apache2/error
    keep_below /srv/error
}

# No file is missing from the package: only the link itself and the data behind it are news.
change_empty_directory_replaced_by_symlink() {
    put /srv/local/data
    rmdir /var/local
    ln -s /srv/local /var/local
    keep /var/local /srv/local/ /srv/local/data
    put /srv/source/data
    rmdir /usr/src
    ln -s ../srv/source /usr/src
    keep /usr/src /srv/source/ /srv/source/data
}

# dpkg does not record where a link leads.
change_package_symlink_retargeted() {
    put /usr/local/sbin/a2disconf
    ln -sfn /usr/local/sbin/a2disconf /usr/sbin/a2disconf
    keep /usr/sbin/a2disconf /usr/local/sbin/a2disconf
}

# A link has no checksum: nor has what is there instead.
change_package_symlink_replaced_by_file() {
    rm /usr/sbin/a2dismod
    put /usr/sbin/a2dismod
    keep /usr/sbin/a2dismod
}

# The same, and names below it.
change_package_symlink_replaced_by_directory() {
    rm /usr/sbin/a2dissite
    put /usr/sbin/a2dissite/mine
    keep /usr/sbin/a2dissite/ /usr/sbin/a2dissite/mine
}

# Made by a postinst: no list has it, nor what it leads to.
change_opt_moved() {
    put /opt/vendor/program
    move /opt /srv/opt
    keep /opt /srv/opt/vendor/ /srv/opt/vendor/program
}

# A directory of apache2's; what is in it was made by its postinst, and by people.
change_var_www_moved() {
    put /var/www/html/mine.html
    move /var/www /home/www ../home/www
    keep /var/www /home/www/ /home/www/html/ /home/www/html/mine.html
}

# A walk that follows it does not end.
change_symlink_loops() {
    ln -s / /srv/everything
    ln -s . /srv/here
    ln -s there-and-back /srv/there-and-back
    keep /srv/everything /srv/here /srv/there-and-back
    drop /srv/everything/bin /srv/here/here
}

# The link is the package's, and as it was; what it leads to, the next package ships by the link's name.
change_packages_own_symlink_in_the_path() {
    mkdir -p /mnt/build/hc-link/usr/share /mnt/build/hc-link/etc/hc-real
    ship hc-link /usr/share/hc-real/own
    ln -s hc-real /mnt/build/hc-link/usr/share/hc-link
    ln -s hc-real /mnt/build/hc-link/etc/hc-link
    have hc-link 1
    ship hc-through /usr/share/hc-link/file
    ship hc-through /usr/share/hc-link/edited
    ship hc-through /etc/hc-link/through.conf
    conffiles hc-through /etc/hc-link/through.conf
    have hc-through 1 'Depends: hc-link'
    edit /usr/share/hc-real/edited
    put /usr/share/hc-real/mine
    keep /usr/share/hc-real/edited /usr/share/hc-real/mine /etc/hc-real/through.conf
    drop /usr/share/hc-link /etc/hc-link /usr/share/hc-real/own /usr/share/hc-real/file
}
