# shellcheck shell=bash
# Sourced: what a change says about paths. $change is its name; file descriptor 3 takes the records.
change=

# keep PATH…: must be printed. A directory ends in /.
keep() {
    record keep "$@"
}

# drop PATH…: must not be printed, but for a directory that a printed path lies in.
drop() {
    record drop "$@"
}

record() {
    local path
    for path in "${@:2}"; do printf '%s\t%s\t%s\0' "$1" "$change" "$path" >&3; done
}

# keep_below DIR, drop_below DIR: the same for a directory and everything in it.
keep_below() {
    record_below keep "$1"
}

drop_below() {
    record_below drop "$1"
}

record_below() {
    local path
    while IFS= read -r -d '' path; do record "$1" "$path"; done \
        < <(find "$2" -type d -printf '%p/\0' -o -printf '%p\0')
}

# put PATH [TEXT]: a file of the administrator's, with the directories above it.
put() {
    mkdir -p "${1%/*}"
    printf '%s\n' "${2-the administrator\'s}" >"$1"
}

# edit PATH: changes a file in place.
edit() {
    [ -f "$1" ] && printf '# edited\n' >>"$1"
}

# move PATH TO [TARGET]: moves something away, and leaves a symlink to it.
move() {
    mkdir -p "${2%/*}"
    mv "$1" "$2"
    ln -s "${3-$2}" "$1"
}
