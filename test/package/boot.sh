#!/bin/bash
# boot.sh ROOT SCRIPT: boots a Debian root with its own systemd, in a container, up to one service that runs a bash script,
# and writes what that writes. Exits as the script does.
set -euo pipefail
root=$1
cp "$2" "$root/root/script"
cat >"$root/etc/systemd/system/test.service" <<'UNIT'
[Unit]
Description=A script of a test
[Service]
Type=oneshot
StandardOutput=file:/root/output
StandardError=file:/root/output
ExecStart=/bin/bash -c 'bash -euo pipefail /root/script; echo $? >/root/code'
ExecStopPost=/bin/systemctl poweroff --no-block --force
UNIT
# As the machine has its control groups: a new systemd wants to be asked to take the old ones.
unified=0
[ ! -e /sys/fs/cgroup/cgroup.controllers ] || unified=1
SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=$unified systemd-nspawn --quiet --register=no --keep-unit --console=pipe -D "$root" \
    /lib/systemd/systemd --unit=test.service systemd.unified_cgroup_hierarchy=$unified SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1 \
    </dev/null >"$root/root/console" 2>&1 || true
cat "$root/root/output" || cat "$root/root/console" >&2
exit "$(cat "$root/root/code")"
