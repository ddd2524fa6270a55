# shellcheck shell=bash
# Names that break lines, columns, decoders, shells and limits.

# One path a line, fields between tabs, text: each is wrong about one of these.
change_hostile_names() {
    local name dir=/srv/names
    # shellcheck disable=SC2016 # as it stands
    for name in $'new\nline' $'\n' $'tab\tbed' $'latin\xe9' $'\xff\xfe' $'return\r' ' before' 'after ' ' ' -rf -- \
        'back\slash' '\n' '*' '[a-z]?' "quote's" '"' '$(touch x)' $'\e[2J' '#' '~' '...'; do
        put "$dir/$name"
        keep "$dir/$name"
    done
    put "$dir/"$'dir\nectory/file'
    keep "$dir/"$'dir\nectory/' "$dir/"$'dir\nectory/file'
}

# Trimmed, folded or decoded, they are the package's.
change_names_like_a_package_files() {
    local name
    for name in $'ls\n' $'ls\r' 'ls ' ' ls' $'ls\t' LS $'ls\xff' ls.; do
        put "/usr/bin/$name"
        keep "/usr/bin/$name"
    done
    drop /usr/bin/ls
}

# 255 bytes is what a name may have.
change_longest_name() {
    local name
    name=$(printf '%0255d' 0)
    put "/srv/$name"
    put "/usr/share/doc/$name"
    keep "/srv/$name" "/usr/share/doc/$name"
}

# With the root before it, near what a system call takes.
change_deep_path() {
    local path=/srv part
    part=$(printf '%0200d' 0)
    while [ ${#path} -lt 3600 ]; do path+=/$part; done
    put "$path/file"
    keep "$path/" "$path/file"
}

# Neither dots nor tildes say whose it is.
change_file_in_a_packaged_directory() {
    put /usr/share/nginx/html/mine.html
    put /usr/share/nginx/.hidden
    put /usr/sbin/nginx.dpkg-tmp
    put /usr/share/nginx/html/index.html~
    keep /usr/share/nginx/html/mine.html /usr/share/nginx/.hidden /usr/sbin/nginx.dpkg-tmp \
        /usr/share/nginx/html/index.html~
}
