import type { Servers } from './servers.ts';

/** How a block is run, in the shell, between what it needs and what must hold after it; `$out` is what it wrote. */
export interface Act {
  /** On which machine, where that is not the one of its page. */
  readonly on?: string;
  readonly before?: string;
  /** What is different in the test: names, days, and what would install packages. */
  readonly edit?: readonly (readonly [RegExp, string])[];
  /** In the place of the block, where that is no command but a piece of a file: its text is in "$example". */
  readonly instead?: string;
  readonly after?: string;
  /** Something that must be on stdout. */
  readonly shows?: RegExp;
}

/** Or why it cannot be run, and what is tested instead. */
export type Step = Act | { readonly not: string };

/** Pages and their blocks, by their first lines, in the order in which they are read. */
export interface Page {
  readonly on: string;
  readonly steps: readonly (readonly [first: string, step: Step])[];
}

export interface Reading {
  readonly servers?: Servers;
  readonly before?: string;
  /** Why it is run by `scripts/check --all` alone. */
  readonly onlyAll?: string;
}

export const readings: Readonly<Record<string, Reading>> = {
  'a host': {
    servers: { shells: ['shelob'] },
    before: 'export HOME=/root; echo own >/etc/local.conf; echo / >>/etc/fstab',
  },
  'a host that nobody pulls from': {
    before: `export HOME=/root RESTIC_REPOSITORY=/srv/far/restic RESTIC_PASSWORD_FILE=/root/password BORG_REPO=/srv/far/borg
      export BORG_PASSCOMMAND='cat /root/password'
      mkdir -p /srv/far /root/.config/rclone; echo secret >/root/password
      printf '[far]\\ntype = alias\\nremote = /srv/far\\n' >/root/.config/rclone/rclone.conf
      restic init >&2; borg init -e repokey-blake2`,
    onlyAll: 'needs repositories of restic and borg',
  },
  'the other side': { servers: { gates: ['shelob.example.org', 'mire.example.org'] } },
  'a host with databases': {
    servers: { sql: true },
    before: 'export HOME=/root',
    onlyAll: 'needs PostgreSQL and MariaDB',
  },
  'a client of a cell': {
    servers: { cell: true },
    before: `export HOME=/root
      printf '[afs]\\nserver = "afs1"\\n' >>/etc/hcoop-backup/config.toml; hcoop-backup --date 2026-11-23; cp key.txt /root`,
    onlyAll: 'needs an AFS cell',
  },
};

const dated = [/^hcoop-backup$/gm, 'hcoop-backup --date 2026-11-23'] as const;
const installed = [/^apt .*\n/gm, ''] as const;
const inDate = 'cp key.txt /root; cd /srv/backup/staging/2026-11-23';
const back = 'cd "$place/work"';
const configuration =
  'cp /etc/hcoop-backup/config.toml new.toml; echo "$example" >>new.toml; hcoop-backup --check-config --config new.toml';
const asPostgres = 'runuser -u postgres -- psql -Atc';
const threeOrders = (name: string): string =>
  `${asPostgres} 'SELECT count(*) FROM orders' ${name} | grep -x 3`;
const package_ = 'test/package-install.test.ts installs the package';

export const pages: Readonly<Record<string, Page>> = {
  install: {
    on: 'a host',
    steps: [
      [
        'scripts/deb                                       # writes where the package is: dist/hcoop-backup_…_all.deb',
        { not: package_ },
      ],
      ['scripts/deb-nodejs                                # dist/nodejs_…_amd64.deb', { not: package_ }],
      ['apt install age', { before: 'rm key.txt', edit: [installed], shows: /^age1\w+$/m }],
      [
        'echo age1… >> /etc/hcoop-backup/recipients.txt',
        {
          before: 'rm /etc/hcoop-backup/recipients.txt',
          instead: `eval "\${example/age1…/$(age-keygen -y key.txt)}"`,
        },
      ],
      [
        'apt update',
        {
          edit: [installed, dated],
          shows: /^\/home\/ann\/mail\/inbox\n(?:.*\n)*\/srv\/backup\/staging\/2026-11-23\/$/m,
        },
      ],
      ['hcoop-backup explain /etc/fstab', { shows: /^\/etc\/fstab/m }],
      ['hcoop-verify /srv/backup/staging/2026-11-23', { shows: /SHA256:/ }],
      [
        'hcoop-verify -i key.txt --signer signing-key.pub 2026-11-23',
        {
          before: `cp -r /srv/backup/staging/2026-11-23 /var/lib/hcoop-backup/signing-key.pub .`,
          after: 'cmp /etc/fstab /root/restored/etc/fstab',
        },
      ],
      [
        'systemctl enable --now hcoop-backup.timer',
        { not: 'needs systemd: test/package-install.test.ts starts the service' },
      ],
      ['[Service]', { not: 'for systemd: test/package.test.ts has it judge the service' }],
      ['hcoop-backup hold "new disks on Monday"', {}],
    ],
  },
  mail: {
    on: 'a host',
    steps: [
      [
        'hcoop-backup expect /opt/app/            # stored, and not reported any more',
        {
          after:
            'grep -x /opt/app/ /etc/hcoop-backup/expected.d/local.rules; grep -x /srv/cache/ /etc/hcoop-backup/exclude.d/local.rules',
        },
      ],
      [
        "tr '\\0' '\\n' < /var/lib/hcoop-backup/lists/annoying        # all of them",
        { shows: /^\/etc\/local\.conf\n(?:.*\n)*\/etc\/local\.conf/m },
      ],
      ['[notify]', { instead: configuration }],
      ['notify-admins --flush', {}],
      [
        '17 9 * * *  /usr/sbin/hcoop-backup report --overdue --quiet',
        { instead: `hcoop-backup \${example#*/hcoop-backup}` },
      ],
    ],
  },
  monitoring: {
    on: 'a host',
    steps: [
      [
        'hcoop-backup status',
        {
          edit: [[/status/g, 'status || [ $? = 1 ]']],
          after: 'grep "<svg" backup.html >/dev/null',
          shows: /2026-11-23/,
        },
      ],
      [
        '[monitor]',
        {
          instead:
            'echo "$example" >>/etc/hcoop-backup/config.toml; mkdir -p /var/lib/prometheus/node-exporter; hcoop-backup --check-config',
        },
      ],
      [
        'install -m 0600 /dev/stdin /etc/hcoop-backup/ping-url <<< https://hc-ping.com/…',
        { after: '[ "$(stat -c %a /etc/hcoop-backup/ping-url)" = 600 ]' },
      ],
    ],
  },
  destinations: {
    on: 'a host that nobody pulls from',
    steps: [
      [
        '[archives]',
        {
          instead: `cp /etc/hcoop-backup/config.toml new.toml; echo "$example" >>new.toml; hcoop-backup --config new.toml --date 2026-11-23`,
          shows: /^far:backup\/2026-11-23\/$/m,
          after:
            'cp /var/lib/hcoop-backup/signing-key.pub .; test -s /srv/far/backup/2026-11-23/SHA256SUMS.sig',
        },
      ],
      [
        "rclone copy far:backup/2026-11-23 2026-11-23 --include 'SHA256SUMS*'",
        {
          before: 'touch /srv/far/backup/2026-11-23/files/of-a-failed-run',
          after: 'test -e 2026-11-23/files/000001.tar.zst.age',
        },
      ],
      [
        'rclone copy /srv/backup/staging/2026-11-23 far:dates/2026-11-23',
        {
          before: 'cp -r 2026-11-23 /srv/backup/staging',
          after: 'diff -r 2026-11-23 /srv/far/dates/2026-11-23',
        },
      ],
      [
        'dpkg-orphans -0 /etc /home | path-filter -0 --exclude exclude.d |',
        { shows: /^home\/ann\/mail\/inbox$/m },
      ],
      [
        "dpkg-orphans -0 /etc /home | path-filter -0 --exclude exclude.d | grep -zv '/$' > paths",
        {
          after:
            'restic restore latest --target /root/restored; cmp /home/ann/mail/inbox /root/restored/home/ann/mail/inbox; test ! -e /root/restored/proc',
        },
      ],
      [
        'dpkg-orphans -0 /etc /home | path-filter -0 --exclude exclude.d |',
        { after: 'borg list --short "::$(borg list --last 1 --short)" | grep -x home/ann/mail/inbox' },
      ],
      [
        'dpkg-orphans -0 /etc /home | path-filter -0 --exclude exclude.d |',
        {
          after:
            'borg list --short "::$(borg list --last 1 --short)" | grep -x home/ann/mail/inbox; borg list --short | grep ^files-',
        },
      ],
    ],
  },
  pull: {
    on: 'the other side',
    steps: [
      [
        'cp /usr/share/doc/hcoop-backup/examples/sshd_config.d/hcoop-backup.conf /etc/ssh/sshd_config.d/',
        { not: 'test/gate.test.ts runs a sshd that has this' },
      ],
      [
        'command="rsync-gate --root /srv/backup/staging",restrict ssh-ed25519 AAAA…',
        { not: 'a line of authorized_keys: test/gate.test.ts logs in by one like it' },
      ],
      [
        "echo 'rsync --server --sender -logDtpre.iLsfxCIvu . /srv/backup/staging/2026-11-23' | rsync-gate check",
        {
          before:
            'mkdir -p /srv/backup/staging/2026-11-23; touch /srv/backup/staging/2026-11-23/MANIFEST.json',
          edit: [[/\n(ssh.*)/g, '\n$1 | grep -o "hcoop-backup status 1" || [ $? = 1 ]']],
          shows: /^allow\nhcoop-backup status 1\n$/,
        },
      ],
      [
        'cd /srv/backups/shelob',
        {
          before: 'mkdir -p /srv/backups/shelob',
          after: `bash -euo pipefail "\${out%.out}.sh"; cd /srv/backups/shelob/2*; sha256sum -c --quiet SHA256SUMS; cd "$place/work"`,
        },
      ],
      [
        'cd /srv/backups/shelob/2026-11-23',
        {
          before: `ssh rsync@shelob.example.org status >status || [ $? = 1 ]
            grep -o 'ssh-ed25519 [^"]*' status >/srv/backups/shelob/signing-key.pub
            root=$(grep -om1 '/[^"]*/staging' status)
            if rsync -a "rsync@shelob.example.org:$root" .; then exit 1; fi`,
          edit: [[/2026-11-23/g, '2*']],
          shows: /^Good "hcoop-backup" signature for host/,
        },
      ],
      [
        '0 12 * * *  rsync -a --link-dest=/srv/backups/shelob/$(date -d yesterday +\\%F) rsync@shelob.example.org:/srv/backup/staging/$(date +\\%F)/ /srv/backups/shelob/$(date +\\%F)/',
        {
          before:
            'today=$(basename /srv/backups/shelob/2*); mkdir /srv/backups/shelob/2000-01-01; mv /srv/backups/shelob/$today/* /srv/backups/shelob/2000-01-01; export today',
          instead: `date() { case $* in *yesterday*) echo 2000-01-01 ;; *) echo "$today" ;; esac; }
            line=\${example#'0 12 * * *  '}; line=\${line//\\\\%/%}
            eval "\${line/'/srv/backup/staging'/$(grep -om1 '/[^"]*/staging' status)}"`,
          after:
            'cd /srv/backups/shelob/$today; sha256sum --quiet -c SHA256SUMS; [ "$(stat -c %h files/000001.tar.zst.age)" = 2 ]; cd "$place/work"',
        },
      ],
      [
        'hcoop-pull --accept-new rsync@shelob.example.org /srv/backups      # once: compare the key that it shows',
        {
          before: 'hcoop-pull --accept-new rsync@mire.example.org /srv/backups',
          edit: [[/hcoop-pull/g, 'hcoop-pull --no-backup']],
          shows: /^(?:\/srv\/backups\/rsync@(?:shelob|mire)\.example\.org\/\d{4}-\d\d-\d\d\/\n){3}$/,
        },
      ],
      [
        'hcoop-pull --html /srv/backups/index.html /srv/backups',
        { after: 'grep shelob.example.org /srv/backups/index.html >/dev/null' },
      ],
    ],
  },
  keys: {
    on: 'a host',
    steps: [
      ['age-keygen -o key.txt', { before: 'mkdir made; cd made', after: 'cd ..', shows: /^age1\w+$/m }],
      [
        '# ann, and the safe at the bank',
        {
          before: "ssh-keygen -q -t ed25519 -N '' -f bob",
          instead: `all=\${example/age1…/$(age-keygen -y key.txt)}; echo "\${all/ssh-ed25519 AAAA…/$(cat bob.pub)}" >both.txt
            for key in key.txt bob; do encrypt-tar -R both.txt -o - /etc/passwd | age -d -i $key | zstd -d | tar -t; done`,
          shows: /^(?:etc\/passwd\n){2}$/,
        },
      ],
      ['age -p -o key.txt.age key.txt', { not: 'asks for a passphrase at a terminal' }],
      ['grep AGE-SECRET-KEY key.txt', { shows: /^[A-Z0-9-]{74}\n$/ }],
      [
        'age-keygen -y typed.txt',
        {
          before: 'cp key.txt typed.txt',
          after:
            'grep -x "$(cat "$out")" /etc/hcoop-backup/recipients.txt; tr Q P <typed.txt >wrong.txt; if age-keygen -y wrong.txt; then cmp typed.txt wrong.txt; fi',
        },
      ],
      ['qrencode -o key.png -r key.txt', { after: 'age-keygen -y key.txt | cmp - "$out"' }],
      [
        'hcoop-verify -i key.txt --signer signing-key.pub 2026-11-23',
        { before: 'rm -r 2026-11-23; cp -r /srv/backup/staging/2026-11-23 .' },
      ],
      [
        'hcoop-verify --drill -i key.txt --signer shelob.pub --sign-with ~/.ssh/id_ed25519 2026-11-23 |',
        {
          before: `mkdir drill ~/.ssh; cd drill; ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/id_ed25519; cp ~/.ssh/id_ed25519.pub "$state.signers"
            ssh root@shelob sed -i "'1i drill_signers = \\"$state.signers\\"'" /etc/hcoop-backup/config.toml
            ssh root@shelob hcoop-backup --date 2026-11-23; cp -r "$staging/2026-11-23" .; cp "$identity" key.txt; cp "$state/signing-key.pub" shelob.pub`,
          after: 'grep passed "$staging/.status/drill.json"; cd ..',
        },
      ],
      [
        'age-keygen -o new.txt',
        {
          edit: [dated],
          after: `hcoop-verify -i key.txt /srv/backup/staging/2026-11-23
            promtool check metrics </var/lib/prometheus/node-exporter/hcoop-backup.prom`,
        },
      ],
      [
        'cp signing-key.pub /srv/backups/rsync@mire.example.org/signer.pub',
        {
          on: 'the other side',
          before: `rm "$state"/signing-key*; ssh rsync@mire.example.org backup
            if hcoop-pull --no-backup rsync@mire.example.org /srv/backups; then exit 1; fi; cp "$state/signing-key.pub" .`,
          after: 'hcoop-pull --no-backup rsync@mire.example.org /srv/backups',
        },
      ],
      [
        'mv /srv/backups/rsync@mire.example.org /srv/backups/mire-before',
        {
          on: 'the other side',
          before: `rm -r "$state" "$staging"/2*; ssh rsync@mire.example.org backup
            cp "$state/signing-key.pub" /srv/backups/rsync@mire.example.org/signer.pub
            if hcoop-pull --no-backup rsync@mire.example.org /srv/backups 2>refused; then exit 1; fi; grep 'number 1 came, and number 2 is here' refused`,
          edit: [[/hcoop-pull/g, 'hcoop-pull --no-backup']],
          shows: /^\/srv\/backups\/rsync@mire\.example\.org\/\d{4}-\d\d-\d\d\/$/m,
        },
      ],
    ],
  },
  databases: {
    on: 'a host with databases',
    steps: [
      [
        '[databases]',
        {
          before:
            'mkdir -p /var/backups/databases; echo hello | gzip >/var/backups/databases/hello.gz; sed -i "/^\\[system\\]/,+1d" /etc/hcoop-backup/config.toml',
          instead: `printf '%s\\nno_dump = ["**"]\\n' "$example" >>/etc/hcoop-backup/config.toml; hcoop-backup --date 2026-11-23`,
        },
      ],
      [
        "hcoop-restore -i key.txt --database 2026-11-23 globals                        # PostgreSQL's roles: before its databases",
        {
          edit: [
            [/ globals /g, ' postgresql.%%globals.sql '],
            [
              /--into 'mariadb.*other.sock'/g,
              "--overwrite --into 'mariadb:///?socket=/run/mysqld/mysqld.sock'",
            ],
          ],
          after: threeOrders('app_yesterday'),
        },
      ],
      [
        '#!/bin/sh',
        {
          instead: `echo "\${example//\\/var\\/lib\\/tickets/$PWD}" >lock.sh; sh lock.sh </dev/null`,
          shows: /^locked\n$/,
          after: 'test ! -e lock',
        },
      ],
      [
        'systemctl stop spamd                                       # and what else learns: sa-learn in crontabs, the IMAP server',
        { not: 'test/spamd.test.ts brings it back' },
      ],
    ],
  },
  restore: {
    on: 'a host with databases',
    steps: [
      [
        'rsync -a rsync@shelob.example.org:/srv/backup/staging/2026-11-23 .',
        { edit: [[/rsync@shelob\.example\.org:/g, '']] },
      ],
      [
        'apt install age zstd tar openssh-client',
        { before: inDate, edit: [installed], after: back, shows: /^Good "hcoop-backup" signature/ },
      ],
      [
        "hcoop-restore -i key.txt --find '*fstab*' 2026-11-23",
        {
          before:
            '>>/etc/fstab; sed -i "s|^roots.*|roots = [\\"/etc\\", \\"/home\\"]|" /etc/hcoop-backup/config.toml',
          shows: /^\/etc\/fstab$/m,
        },
      ],
      [
        'mkdir -p /root/restored',
        {
          before: `rm -rf /root/restored; ${inDate}`,
          after: `cmp /home/ann/mail/inbox /root/restored/home/ann/mail/inbox; ${back}`,
        },
      ],
      [
        'hcoop-restore -i key.txt --database --as app_yesterday 2026-11-23 app',
        { before: `${asPostgres} 'DROP DATABASE app_yesterday'`, after: threeOrders('app_yesterday') },
      ],
      [
        'age -d -i /root/key.txt databases/postgresql.app.sql.zst.age | zstd -d | runuser -u postgres -- psql -X -v ON_ERROR_STOP=1 -d postgres',
        {
          before: `${asPostgres} 'ALTER DATABASE app RENAME TO app_before'; mariadb -e 'DROP DATABASE shop'; ${inDate}`,
          after: `${threeOrders('app')}; mariadb -e 'DESCRIBE shop.orders'; ${back}`,
        },
      ],
      [
        'hcoop-restore -i key.txt --volume user.ann --to /root/restored 2026-11-23',
        {
          on: 'a client of a cell',
          before: 'rm -rf /root/restored',
          after:
            'grep letter /root/restored/user.ann/mail/inbox; vos examine user.ann.old; vos remove -id user.ann.old',
        },
      ],
      [
        'for dump in volumes/user.ann.??????.*; do',
        { on: 'a client of a cell', before: inDate, after: `vos examine user.ann.old; ${back}` },
      ],
      ['debootstrap bookworm /mnt', { not: 'test/system-restore.test.ts makes a machine of a date' }],
      ['mkdir -p /root/system', { before: inDate, after: `test -s /root/system/etc/shadow; ${back}` }],
      [
        'hcoop-restore                                              # which dates there are',
        {
          before: 'rm -rf /root/restored',
          shows: /2026-11-23/,
          after: 'cmp /home/ann/mail/inbox /root/everything/home/ann/mail/inbox',
        },
      ],
      [
        'for file in passwd group shadow gshadow; do',
        {
          before: "sed -i '/^games:/d' /etc/passwd",
          after: 'grep ^games: /etc/passwd; [ "$(grep -c ^root: /etc/passwd)" = 1 ]',
        },
      ],
      [
        "awk -F '\\t' '$4 ~ /^.i/ { print $1 }' /root/system/var/lib/hcoop-backup/system/packages.tsv > packages",
        {
          edit: [[/xargs apt install/g, 'xargs apt-get -qq -s install']],
          after: 'grep -x age packages; grep -x zlib1g:amd64 packages',
        },
      ],
    ],
  },
  afs: {
    on: 'a client of a cell',
    steps: [
      [
        'apt install openafs-client openafs-krb5 kstart',
        { not: 'needs administrators of a realm and a cell: test/servers makes both' },
      ],
      [
        'hcoop-restore -i key.txt --volume user.ann --to /root/restored 2026-11-23                  # its files, with no cell at all',
        {
          before: 'rm -rf /root/restored',
          edit: [
            [/--localauth --at 2026-11-22/g, '--at 2026-11-23'],
            [/user\.ann\.old/g, 'user.ann.older'],
          ],
          after: 'grep letter /root/restored/user.ann/mail/inbox',
        },
      ],
    ],
  },
};
