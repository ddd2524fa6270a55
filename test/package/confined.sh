# Runs in the booted root, as a service itself. It writes nothing where all is well.
units=/run/systemd/system
mkdir -p $units/hcoop-backup.service.d
printf '[Service]\nReadWritePaths=/var/lib/app\n' >$units/hcoop-backup.service.d/app.conf

# like NAME COMMAND: a unit as confined as the backup's is, for a command of a shell.
like() {
    sed "s,^ExecStart=.*,ExecStart=/bin/sh -c '$2'," /usr/lib/systemd/system/hcoop-backup.service >"$units/$1.service"
}
like dry-run 'hcoop-backup -q --dry-run -0 >/var/lib/hcoop-backup/confined'
like report 'echo report | /usr/sbin/sendmail -odi root' # delivers before it ends
systemctl daemon-reload

# What there is before and after, without what comes and goes by itself, is what must be there in between.
hcoop-backup -q --dry-run -0 >/run/before
systemctl start dry-run.service
hcoop-backup -q --dry-run -0 >/run/after
comm -z -12 /run/before /run/after >/run/unconfined
comm -z -23 /run/unconfined /var/lib/hcoop-backup/confined | tr '\0' '\n'
for path in /home/ann/private /var/tmp/kept /usr/lib/modules/6.0/own.ko /root/attributed; do
    grep -qzFx $path /run/unconfined || echo "$path is not stored"
done

systemctl start hcoop-backup.service || { journalctl --no-pager -u hcoop-backup; cat /var/log/hcoop-backup/*.log; }
setpriv --reuid rsync --regid rsync --init-groups rsync-gate status --root /srv/backup/staging >/run/status 2>&1 ||
    grep -q '"warnings"' /run/status || cat /run/status
[ -z "$(find /srv/backup/staging/2* -type d ! -perm -050 -o -type f ! -perm -040 -o ! -group rsync)" ] || echo 'not readable for the group'
date=$(echo /srv/backup/staging/2*)
hcoop-restore -q --signer /var/lib/hcoop-backup/signing-key.pub -i /root/key.txt --to /run/restored "$date" /root/attributed
getfattr --absolute-names --only-values -n trusted.note /run/restored/root/attributed | grep -qx here || echo 'no attribute'

systemctl start report.service || journalctl --no-pager -u report.service
[ "$(exim4 -bpc)" -gt 0 ] || grep -qx report /var/mail/* || echo 'no mail'
