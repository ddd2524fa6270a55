import type { Servers } from './servers.ts';

/** How an example is run: in the shell, between what it needs and what must hold after it. */
export interface Run {
  /** Servers that it speaks to. */
  readonly servers?: Servers;
  readonly before?: string;
  /** In the place of the example itself, where that is no command but a file: its text is in "$example". */
  readonly instead?: string;
  readonly after?: string;
  /** Something that must be on stdout. */
  readonly shows?: RegExp;
}

/** Or why it cannot be run, and what is tested instead. */
export type Way = Run | { readonly not: string };

const ann = 'afs-vol-dump -R keys.txt -d dumps user.ann';
const date = 'hcoop-backup --date 2026-11-23';
const etc = 'find /etc -print0 | encrypt-tar -0 -R keys.txt -o etc.tar.zst.age';
const dumps = 'db-collect -R keys.txt -d dumps postgresql:///';
const asPostgres = 'runuser -u postgres -- psql -Atc';
const withDatabases = `printf '[databases]\\nno_dump = ["**"]\\nitems = ["postgresql:///"]\\n' >>/etc/hcoop-backup/config.toml`;

/** For each example of each page, by its first line. */
export const ways: Readonly<Record<string, Way>> = {
  'dpkg-orphans /etc': { shows: /^\/etc\/hcoop-backup\/config\.toml$/m },
  'find /etc -newer /etc/fstab | dpkg-orphans -': {
    before: "touch -d '1 hour ago' /etc/fstab",
    shows: /^\/etc\/hcoop-backup\/config\.toml$/m,
  },
  'dpkg-orphans --classes /usr/sbin | cut -f1 | sort | uniq -c': { shows: /^ *\d+ intact$/m },
  'find /etc | path-filter --exclude exclude.d': {
    before: 'echo /etc/default/ >exclude.d/site.rules',
    shows: /^\/etc\/passwd$/m,
  },
  'path-filter --explain --exclude exclude.d /var/cache/apt/': {
    shows: /^exclude\.d\/debian\.rules:\d+:\/var\/cache\/apt\/\t\/var\/cache\/apt\/$/m,
  },
  [etc]: { after: 'age -d -i key.txt etc.tar.zst.age | zstd -d | tar -t | grep -x etc/passwd' },
  "find /etc -print0 | encrypt-tar -0 -R keys.txt -o - | ssh host 'cat > etc.tar.zst.age'": {
    servers: { shells: ['host'] },
    after: 'age -d -i key.txt "$home/etc.tar.zst.age" | zstd -d | tar -t | grep -x etc/passwd',
  },
  'find /etc -print0 | encrypt-tar -0 -R keys.txt -d monday --state state': {
    after: 'encrypt-tar --check -i key.txt -d tuesday',
  },
  'age -d -i key.txt etc.tar.zst.age | zstd -d | tar -x -C restored': {
    before: `mkdir restored; ${etc}`,
    after: 'cmp /etc/passwd restored/etc/passwd',
  },
  'afs-vol-dump --list --server afs1 | grep ^user | afs-vol-dump -R keys.txt -d dumps': {
    servers: { cell: true },
    shows: /^dumps\/user\.ann\.000001\.full\.dump\.zst\.age$/m,
  },
  'afs-vol-dump --extract -i key.txt -d dumps user.ann | vos restore afs1 a user.ann.restored': {
    servers: { cell: true },
    before: ann,
    after: 'vos examine user.ann.restored',
  },
  'afs-vol-dump --localauth --server afs1 -R keys.txt -d monday --state state': {
    servers: { cell: true },
    after: 'afs-vol-dump --check -i key.txt -d tuesday',
  },
  'afs-vol-dump --extract -i key.txt -d tuesday --to /root/restored user.ann mail/inbox': {
    servers: { cell: true },
    before: `${ann}; mv dumps tuesday`,
    after: 'grep letter /root/restored/user.ann/mail/inbox',
  },
  'db-collect -R keys.txt -d dumps postgresql:/// mariadb:/// /var/backups/databases': {
    servers: { sql: true },
    before: 'mkdir -p /var/backups/databases; echo hello | gzip >/var/backups/databases/hello.gz',
    shows:
      /^dumps\/postgresql\.app\.sql\.zst\.age\n(?:.*\n)*dumps\/mariadb\.shop\.sql\.zst\.age\n(?:.*\n)*dumps\/directory.*hello/m,
  },
  'db-collect --restore -i key.txt -d dumps --as app_yesterday app': {
    servers: { sql: true },
    before: dumps,
    after: `${asPostgres} 'SELECT count(*) FROM orders' app_yesterday | grep -x 3`,
  },
  'age -d -i key.txt dumps/postgresql.app.sql.zst.age | zstd -d | runuser -u postgres psql': {
    servers: { sql: true },
    before: `${dumps}; ${asPostgres} 'DROP DATABASE app'`,
    after: `${asPostgres} 'SELECT count(*) FROM orders' app | grep -x 3`,
  },
  "echo 'rsync --server --sender -r . /etc' | rsync-gate check": { shows: /^deny\t/m },
  'command="rsync-gate --root /srv/backup/staging",restrict ssh-ed25519 AAAA...': {
    not: 'a line of authorized_keys: test/gate.test.ts logs in by one like it',
  },
  'path-filter -e expected.d < paths | notify-admins --to root': {
    before: 'cp -r /etc/hcoop-backup/expected.d .; printf "%s\\n" /opt/tool/run /home/ann/mail/inbox >paths',
    shows: /^\/opt\/tool\/run\n$/,
    after: 'grep -F /opt/tool/ "$place/mail"',
  },
  'find /srv -newer /etc/hostname -print0 |': {
    after: 'tr "\\0" "\\n" <reported | grep -x /srv/app/file; grep "^Subject: new in /srv" "$place/mail"',
  },
  'hcoop-backup -R recipients.txt --staging /srv/backup/staging': {
    shows: /^\/srv\/backup\/staging\/\d{4}-\d\d-\d\d\/$/m,
    after: 'hcoop-verify -i key.txt /srv/backup/staging/2*',
  },
  'hcoop-backup --dry-run | less': { shows: /^\/home\/ann\/mail\/inbox$/m },
  'hcoop-backup explain /etc/fstab': { before: `>>/etc/fstab; ${date}`, shows: /^\/etc\/fstab/m },
  'hcoop-backup expect /opt/app/': {
    before: 'hcoop-backup',
    after: 'grep -x /opt/app/ /etc/hcoop-backup/expected.d/local.rules',
  },
  'hcoop-backup report --html backup.html': {
    before: 'hcoop-backup',
    after: 'grep "<svg" backup.html >/dev/null',
  },
  'hcoop-backup hold "new disks on Monday"': {
    after: 'if hcoop-backup; then exit 1; fi; hcoop-backup release; hcoop-backup',
  },
  'sudo -n /usr/sbin/hcoop-backup-wrapper': {
    before: 'cp -P "$place/bin/"* /usr/sbin/',
    shows: /^\/srv\/backup\/staging\/\d{4}-\d\d-\d\d\/$/m,
  },
  'hcoop-pull --accept-new rsync@shelob.example.org /srv/backups': {
    servers: { gates: ['shelob.example.org'] },
    shows: /^\/srv\/backups\/rsync@shelob\.example\.org\/\d{4}-\d\d-\d\d\/$/m,
  },
  'hcoop-pull rsync@shelob rsync@mire /srv/backups': {
    servers: { gates: ['shelob', 'mire'] },
    before: 'for host in shelob mire; do hcoop-pull --accept-new rsync@$host /srv/backups; done',
    shows: /^(?:\/srv\/backups\/rsync@(?:shelob|mire)\/\d{4}-\d\d-\d\d\/\n){2}$/,
  },
  'hcoop-verify --signer shelob.pub /srv/backups/shelob/2026-11-23': {
    before: `${date}; mkdir -p /srv/backups/shelob; cp -r /srv/backup/staging/2* /srv/backups/shelob
             cp /var/lib/hcoop-backup/signing-key.pub shelob.pub`,
  },
  'hcoop-verify --drill -i key.txt 2026-11-23 | ssh root@shelob hcoop-backup record-drill': {
    servers: { shells: ['shelob'] },
    before: `ssh root@shelob ${date}; cp -r "$staging/2026-11-23" .; cp "$identity" key.txt
             cp "$state"/signing-key* /var/lib/hcoop-backup`,
    after: 'grep passed "$staging/.status/drill.json"',
  },
  'hcoop-restore': { before: date, shows: /2026-11-23/ },
  'hcoop-restore -i key.txt --to /root/restored 2026-11-23 /etc /home/ann/mail': {
    before: date,
    after:
      'cmp /home/ann/mail/inbox /root/restored/home/ann/mail/inbox; cmp /etc/passwd /root/restored/etc/passwd',
  },
  "hcoop-restore -i key.txt --find '*.conf' 2026-11-23": { before: date, shows: /^\/etc\/.*\.conf$/m },
  'hcoop-restore -i key.txt --database --as app_yesterday --at 2026-11-23 app': {
    servers: { sql: true },
    before: `${withDatabases}; ${date}`,
    after: `${asPostgres} 'SELECT count(*) FROM orders' app_yesterday | grep -x 3`,
  },
  'sha256sum --quiet -c SHA256SUMS': { before: `${date}; cd /srv/backup/staging/2*` },
  'for i in files/*.index.zst.age; do age -d -i key.txt $i | zstd -d; done': {
    before: `${date}; cp key.txt /srv/backup/staging/2*/; cd /srv/backup/staging/2*`,
    shows: /"path":"\/home\/ann\/mail\/inbox"/,
  },
  'for i in files/*.tar.zst.age; do age -d -i key.txt $i | zstd -d | tar -x -C restored; done': {
    before: `${date}; cp key.txt /srv/backup/staging/2*/; cd /srv/backup/staging/2*; mkdir restored`,
    after: 'cmp /home/ann/mail/inbox restored/home/ann/mail/inbox',
  },
  'dpkg-orphans -0 /etc /srv | path-filter -0 --exclude exclude.d |': {
    after: 'encrypt-tar --list -i key.txt host.tar.zst.age | grep -x /srv/app/file',
  },
  'staging = "/srv/backup/staging"': {
    instead: 'echo "$example" >example.toml; hcoop-backup --check-config --config example.toml',
  },
  '# fetched again by the jobs that need it': {
    instead: `echo "$example" >example.rules
      printf '%s\\n' /srv/build/cache/a /srv/mirror/a /srv/mirror/local/a /srv/app/a | path-filter --exclude example.rules`,
    shows: /^\/srv\/mirror\/local\/a\n\/srv\/app\/a\n$/,
  },
};
