# shellcheck shell=bash
# Configuration: what dpkg calls a conffile is never brought back as it was.

# The names stay in the package's .list, its .conffiles is gone.
change_package_removed_not_purged() {
    ship hc-removed /etc/hc-removed.conf
    ship hc-removed /usr/bin/hc-removed
    conffiles hc-removed /etc/hc-removed.conf
    have hc-removed 1
    put /var/lib/hc-removed/data
    dpkg -r hc-removed
    keep /etc/hc-removed.conf /var/lib/hc-removed/ /var/lib/hc-removed/data
    drop /usr/bin/hc-removed
}

# The program is gone and the cluster stays, with no package that would say so.
change_server_removed_data_stays() {
    local version
    version=$(ls /usr/lib/postgresql)
    dpkg -r postgresql "postgresql-$version"
    keep_below "/etc/postgresql/$version/main"
    keep "/var/lib/postgresql/$version/main/PG_VERSION" "/var/lib/postgresql/$version/main/base/1/"
    drop "/usr/lib/postgresql/$version/bin/postgres"
}

# Where the removed package had its program, the administrator has one of the same name now.
change_program_of_removed_package_remade() {
    ship hc-remade /etc/hc-remade.conf
    ship hc-remade /usr/bin/hc-remade
    conffiles hc-remade /etc/hc-remade.conf
    have hc-remade 1
    dpkg -r hc-remade
    put /usr/bin/hc-remade 'as packaged' # to the byte: but nothing brings it back
    keep /usr/bin/hc-remade /etc/hc-remade.conf
}

# A later version has not got it: still a conffile, `obsolete` in the status.
change_conffile_obsolete() {
    ship hc-obsolete /etc/hc-obsolete/old.conf
    ship hc-obsolete /etc/hc-obsolete/both.conf
    ship hc-obsolete /usr/share/hc-obsolete/data
    conffiles hc-obsolete /etc/hc-obsolete/old.conf /etc/hc-obsolete/both.conf
    build hc-obsolete 1
    dpkg_built -i
    ship hc-obsolete /etc/hc-obsolete/both.conf
    ship hc-obsolete /usr/share/hc-obsolete/data
    conffiles hc-obsolete /etc/hc-obsolete/both.conf
    have hc-obsolete 2
    keep /etc/hc-obsolete/old.conf /etc/hc-obsolete/both.conf
    drop /usr/share/hc-obsolete/data
}

# A third word in the line, and no file of that name; the edited one is kept under another.
change_conffile_removed_on_upgrade() {
    ship hc-retired /etc/hc-retired.conf
    conffiles hc-retired /etc/hc-retired.conf
    build hc-retired 1
    dpkg_built -i
    edit /etc/hc-retired.conf
    ship hc-retired /usr/share/hc-retired/data
    conffiles hc-retired 'remove-on-upgrade /etc/hc-retired.conf'
    have hc-retired 2
    keep /etc/hc-retired.conf.dpkg-old
    drop /usr/share/hc-retired/data /etc/hc-retired.conf
}

# The new version's is beside it, and nobody's.
change_conffile_kept_in_upgrade() {
    ship hc-kept /etc/hc-kept.conf
    conffiles hc-kept /etc/hc-kept.conf
    build hc-kept 1
    dpkg_built -i
    edit /etc/hc-kept.conf
    ship hc-kept /etc/hc-kept.conf 'another default'
    conffiles hc-kept /etc/hc-kept.conf
    build hc-kept 2
    offer
    dpkg_built --force-confold -i
    keep /etc/hc-kept.conf /etc/hc-kept.conf.dpkg-dist
}

# Listed like any other file, and not in the md5sums.
change_conffile_edited() {
    edit /etc/apache2/apache2.conf
    keep /etc/apache2/apache2.conf /etc/ssh/ssh_config # and one that was not
}

# dpkg does not bring it back either, as long as it knows the name; nothing to store.
change_conffile_deleted() {
    rm /etc/logrotate.d/apache2
    drop /etc/logrotate.d/apache2
}

# The link is what there is; and what it leads to is nobody's.
change_conffile_symlinked_to_srv() {
    move /etc/apache2/ports.conf /srv/apache/ports.conf
    keep /etc/apache2/ports.conf /srv/apache/ports.conf
}

# A name in the list, and another type.
change_conffile_made_a_directory() {
    rm /etc/nginx/win-utf
    put /etc/nginx/win-utf/part
    keep /etc/nginx/win-utf/ /etc/nginx/win-utf/part
}

# The conffiles are reached by the link; a walk finds them in another place.
change_conffile_directory_moved() {
    move /etc/apache2/sites-available /srv/sites
    keep /etc/apache2/sites-available
    keep_below /srv/sites
}
