# Runs in a root where the package is installed. Makes what a careless confinement would leave out: what only its owner can read,
# temporary files that stay, kernel modules, attributes, databases. And a key.
useradd -m -k /dev/null ann
chmod 700 /home/ann
install -o ann -g ann -m 600 /dev/null /home/ann/private
touch /var/tmp/kept
mkdir -p /usr/lib/modules/6.0
touch /usr/lib/modules/6.0/own.ko
touch /root/attributed
setfattr -n trusted.note -v here /root/attributed

mkdir /var/lib/app
chown www-data: /var/lib/app
for mode in delete wal; do
    setpriv --reuid www-data --clear-groups sqlite3 /var/lib/app/$mode.db "pragma journal_mode=$mode; create table t(a)"
done
cat >>/etc/hcoop-backup/config.toml <<'TOML'
[databases]
items = ["sqlite:///var/lib/app/delete.db", "sqlite:///var/lib/app/wal.db"]
TOML

age-keygen -o /root/key.txt 2>/dev/null
age-keygen -y /root/key.txt >/etc/hcoop-backup/recipients.txt
