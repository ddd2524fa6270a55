# shellcheck shell=bash
# Sourced: small packages, for what no package of the root happens to have. All are named hc-….

repository=/srv/repository

# ship PACKAGE PATH [TEXT]: puts a file into the package that is to be built.
ship() {
    put "/mnt/build/$1$2" "${3-as packaged}"
}

# script PACKAGE NAME: its maintainer script, from stdin.
script() {
    mkdir -p "/mnt/build/$1/DEBIAN"
    { printf '#!/bin/sh\n'; cat; } >"/mnt/build/$1/DEBIAN/$2"
    chmod 755 "/mnt/build/$1/DEBIAN/$2"
}

# conffiles PACKAGE LINE…
conffiles() {
    mkdir -p "/mnt/build/$1/DEBIAN"
    printf '%s\n' "${@:2}" >"/mnt/build/$1/DEBIAN/conffiles"
}

# build PACKAGE VERSION [FIELD…]: builds what was shipped; $deb is the package. sums=own leaves its md5sums as they are.
build() {
    local tree=/mnt/build/$1
    mkdir -p "$tree/DEBIAN" /mnt/debs
    printf '%s\n' "Package: $1" "Version: $2" 'Architecture: all' 'Maintainer: nobody <nobody@localhost>' \
        'Description: a test' "${@:3}" >"$tree/DEBIAN/control"
    [ "${sums-}" = own ] || md5sums "$1" >"$tree/DEBIAN/md5sums"
    deb=/mnt/debs/$1_$2.deb
    dpkg-deb -Znone --root-owner-group --build "$tree" "$deb"
    rm -r "$tree"
}

# md5sums PACKAGE: as dpkg reads them, with the names as they are. md5sum(1) would escape some.
md5sums() {
    local file tree=/mnt/build/$1
    while IFS= read -r -d '' file; do
        printf '%.32s  %s\n' "$(md5sum <"$tree/$file")" "$file"
    done < <(find "$tree" -type f ! -path "$tree/DEBIAN/*" -printf '%P\0')
}

# offer: puts the package last built into the local repository.
offer() {
    mkdir -p "$repository"
    cp "$deb" "$repository"
}

# dpkg_built OPTION…: dpkg, on the package last built.
dpkg_built() {
    dpkg "$@" "$deb"
}

# have PACKAGE VERSION [FIELD…]: builds, offers and installs it.
have() {
    build "$@"
    offer
    dpkg_built -i
}

# Makes apt know the local repository, without asking the network for the rest.
index_repository() {
    local list=/etc/apt/sources.list.d/local.list
    mkdir -p "$repository"
    (cd "$repository" && dpkg-scanpackages --multiversion . >Packages)
    printf 'deb [trusted=yes] file:%s ./\n' "$repository" >"$list"
    apt-get -qq update -o Dir::Etc::SourceList="$list" -o Dir::Etc::SourceParts=- -o APT::Get::List-Cleanup=false \
        -o APT::Sandbox::User=root
}
