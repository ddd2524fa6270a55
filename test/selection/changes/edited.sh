# shellcheck shell=bash
# Package files that are not what the package has.

# The name is owned.
change_package_file_edited() {
    local file
    file=$(echo /usr/share/vim/vim9?/defaults.vim)
    edit "$file"
    keep "$file"
}

# An mtime is what anybody says that it is.
change_edited_with_mtime_restored() {
    local file=/usr/share/git-core/templates/description
    touch -r "$file" /mnt/time
    edit "$file"
    touch -r /mnt/time "$file"
    keep "$file"
}

# So is a size.
change_edited_with_size_and_mtime_kept() {
    local file=/usr/lib/git-core/git-sh-setup
    touch -r "$file" /mnt/time
    printf '%%' | dd of="$file" conv=notrunc status=none
    touch -r /mnt/time "$file"
    keep "$file"
}

# Nothing was ever written to that name.
change_edited_through_a_hard_link() {
    ln /usr/bin/pmap /root/pmap
    edit /root/pmap
    keep /usr/bin/pmap /root/pmap
}

# Two names of a package are one file.
change_packaged_hard_link_edited() {
    edit /usr/bin/perl
    keep /usr/bin/perl /usr/bin/perl5.??.?
}

# It has got a new ctime, and another name; it is what the package has.
change_hard_link_of_a_package_file() {
    ln /usr/bin/env /usr/local/bin/environment
    keep /usr/local/bin/environment
    drop /usr/bin/env
}

# A new ctime proves nothing: these are as packaged.
change_package_file_touched() {
    touch /usr/share/doc/git/copyright
    cp /usr/bin/git-shell /mnt/copy && cat /mnt/copy >/usr/bin/git-shell
    chmod 0 /usr/share/doc/vim/copyright
    drop /usr/share/doc/git/copyright /usr/bin/git-shell /usr/share/doc/vim/copyright
}

# What was edited is as packaged again; what is a conffile is as the administrator left it.
change_package_reinstalled_after_edit() {
    ship hc-again /usr/share/hc-again/data
    ship hc-again /etc/hc-again.conf
    conffiles hc-again /etc/hc-again.conf
    have hc-again 1
    edit /usr/share/hc-again/data
    edit /etc/hc-again.conf
    dpkg_built --force-confold -i
    drop /usr/share/hc-again/data
    keep /etc/hc-again.conf
}

# Shared by the same package of two architectures: two lists, two md5sums.
change_shared_multiarch_file_edited() {
    edit /usr/share/doc/libzstd1/copyright
    keep /usr/share/doc/libzstd1/copyright
    drop /usr/share/doc/zlib1g/copyright
}

# dpkg writes the list again when another package takes a file over: the list is then later than the edits.
change_edited_before_its_list_was_rewritten() {
    ship hc-relisted /usr/share/hc-relisted/edited
    ship hc-relisted /usr/share/hc-relisted/given
    ln -s edited /mnt/build/hc-relisted/usr/share/hc-relisted/link
    have hc-relisted 1
    edit /usr/share/hc-relisted/edited
    ln -sfn given /usr/share/hc-relisted/link
    sleep 0.1
    ship hc-relister /usr/share/hc-relisted/given
    have hc-relister 1 'Replaces: hc-relisted'
    [ /var/lib/dpkg/info/hc-relisted.list -nt /usr/share/hc-relisted/edited ]
    keep /usr/share/hc-relisted/edited /usr/share/hc-relisted/link
    drop /usr/share/hc-relisted/given
}

# In the list, and on no disk.
change_package_file_deleted() {
    rm /usr/share/doc/nginx-common/copyright
    drop /usr/share/doc/nginx-common/copyright
}
