#!/bin/bash
# Runs inside the root, for administrator.sh: the changes, each a function, and then the local repository's index.
set -euo pipefail
cd /mnt/scripts
for part in records.sh fixtures.sh changes/*.sh; do
    # shellcheck disable=SC1090
    . "./$part"
done
cd /

# Those of `last_` leave dpkg's database as the next run of dpkg would not.
names() {
    compgen -A function change_
    compgen -A function last_
}

wanted=" $(printf '%s ' "${@//-/_}")"
for function in $(names); do
    short=${function#*_}
    if [ $# -eq 0 ] || [[ $wanted == *" $short "* ]]; then
        # shellcheck disable=SC2034 # for the records
        change=${short//_/-}
        "$function"
    fi
done
index_repository
