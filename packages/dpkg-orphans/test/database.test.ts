import type { Stats } from 'node:fs';
import { join } from 'node:path';
import type { Report } from 'command-line';
import { temporaryDirectory } from 'test-kit';
import { expect, test } from 'vitest';
import { canonical } from '../src/aliases.ts';
import { Places, parseDiversions } from '../src/diversions.ts';
import { unpackingOf, wasUnpacked } from '../src/evidence.ts';
import { parseUris } from '../src/local-sources.ts';
import { parseMd5sums } from '../src/md5sums.ts';
import { skippedMounts } from '../src/mountinfo.ts';
import { OwnedNode } from '../src/owned.ts';
import { parsePolicy } from '../src/policy.ts';
import { parseAlternative, parseUcf } from '../src/registered.ts';
import { parseOverrides } from '../src/statoverrides.ts';
import { parseStatus, readPackages } from '../src/status.ts';
import { fingerprint, VerifiedCache } from '../src/verified.ts';

const status = `Package: adduser
Status: install ok installed
Architecture: all
Conffiles:
 /etc/adduser.conf 0123456789abcdef0123456789abcdef
 /etc/with space.conf 0123456789abcdef0123456789abcdef obsolete
 /etc/new newconffile
Description: add and remove users
 Package: not a field

Package: libc6
Status: install ok unpacked
Architecture: amd64
Multi-Arch: same

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Conffiles:
 /etc/gone.conf 0123456789abcdef0123456789abcdef
`;

test('packages, their states, and their conffiles in every form', () => {
  const unversioned = { version: '', removed: false, broken: false, multiArchSame: false };
  expect(parseStatus(status)).toEqual([
    {
      ...unversioned,
      name: 'adduser',
      architecture: 'all',
      unpacked: true,
      conffiles: ['/etc/adduser.conf', '/etc/with space.conf', '/etc/new'],
    },
    {
      ...unversioned,
      name: 'libc6',
      architecture: 'amd64',
      multiArchSame: true,
      unpacked: true,
      conffiles: [],
    },
    {
      ...unversioned,
      name: 'gone',
      architecture: 'amd64',
      unpacked: false,
      removed: true,
      conffiles: ['/etc/gone.conf'],
    },
  ]);
  expect(parseStatus('')).toEqual([]);
});

test('what is to be reinstalled is not vouched for', () => {
  const [one] = parseStatus('Package: x\nStatus: install reinstreq half-installed\n');
  const [other] = parseStatus('Package: x\nStatus: install reinstreq unpacked\n');
  expect([one?.unpacked, other?.unpacked]).toEqual([false, false]);
});

test('the journal is newer than the status file, per architecture where a package has several', () => {
  const stanza = (name: string, architecture: string, state: string, extra = ''): string =>
    `Package: ${name}\nStatus: install ok ${state}\nArchitecture: ${architecture}\n${extra}\n`;
  const same = 'Multi-Arch: same\n';
  const first = [
    stanza('a', 'all', 'installed'),
    stanza('l', 'amd64', 'installed', same),
    stanza('l', 'i386', 'installed', same),
  ];
  const journal = [stanza('a', 'all', 'half-installed'), stanza('l', 'i386', 'half-installed', same)];
  expect(readPackages(first.join('\n'), journal).map((one) => one.unpacked)).toEqual([false, true, false]);
});

test('a diverted name belongs to the package that diverts, the other name to all others', () => {
  const lines = '/bin/sh\n/bin/sh.distrib\ndash\n/etc/x\n/etc/x.local\n:\n';
  const places = new Places(parseDiversions(lines), new Map([['/bin', '/usr/bin']]));
  expect(places.of('/bin/sh', 'dash')).toBe('/usr/bin/sh');
  expect(places.of('/bin/sh', 'bash')).toBe('/usr/bin/sh.distrib');
  expect(places.of('/usr/bin/sh', 'bash')).toBe('/usr/bin/sh.distrib');
  expect(places.of('/etc/x', 'x')).toBe('/etc/x.local');
  expect(places.of('/etc/y', 'y')).toBe('/etc/y');
});

test('where both names of a merged-/usr file are diverted, the diversion of the very name counts', () => {
  const lines = '/usr/bin/z\n/usr/bin/z.gzip\nzutils\n/bin/z\n/bin/z.usr-is-merged\nzutils\n';
  const places = new Places(parseDiversions(lines), new Map([['/bin', '/usr/bin']]));
  expect(places.of('/usr/bin/z', 'gzip')).toBe('/usr/bin/z.gzip');
  expect(places.of('/bin/z', 'gzip')).toBe('/usr/bin/z.usr-is-merged');
});

const digest = '0123456789abcdef0123456789abcdef';

test('md5sums of every make are understood', () => {
  const lines = [
    `${digest}  usr/bin/a b`,
    `${digest} ./usr/one-space`,
    `${digest} *usr/binary`,
    `${digest.toUpperCase()}  /usr/absolute`,
    `${digest}  ./DEBIAN/control`,
    `${digest}  usr/caf\xe9\r`,
    `\\${digest}  usr/a\\\\b\\nc`,
    `${digest}  usr/a\\nb`,
    'nonsense',
    '',
  ];
  const paths = [
    '/usr/bin/a b',
    '/usr/one-space',
    '/usr/binary',
    '/usr/absolute',
    '/usr/caf\xe9\r',
    '/usr/a\\b\nc',
    '/usr/a\\nb',
  ];
  expect([...parseMd5sums(lines.join('\n'))]).toEqual(paths.map((path) => [path, digest]));
});

test('statoverrides name owners that the same tree knows', () => {
  const content = 'root www 4750 /bin/x y\n#7 #8 0755 /etc/z\nnobody root 644 /a\nnonsense\n';
  const overrides = parseOverrides(
    content,
    'root:x:0:0::/:\n',
    'root:x:0:\nwww:x:33:\n',
    new Map([['/bin', '/usr/bin']]),
  );
  expect([...overrides]).toEqual([
    ['/usr/bin/x y', { uid: 0, gid: 33, mode: 0o4750 }],
    ['/etc/z', { uid: 7, gid: 8, mode: 0o755 }],
    ['/a', { uid: undefined, gid: 0, mode: 0o644 }],
  ]);
});

test('what ucf and update-alternatives have on record', () => {
  expect(parseUcf('php /etc/php/php.ini\nssh   /etc/a b\n\n')).toEqual(['/etc/php/php.ini', '/etc/a b']);
  const alternative =
    'auto\n/usr/bin/awk\nawk.1.gz\n/usr/share/man/man1/awk.1.gz\n\n/usr/bin/mawk\n5\n/usr/share/man/mawk\n\n';
  expect(parseAlternative(alternative)).toEqual(['/usr/bin/awk', '/usr/share/man/man1/awk.1.gz']);
  expect(parseAlternative('')).toEqual([]);
});

test('what apt says of where versions come from', () => {
  const mirror = '        500 http://archive.invalid/debian stable/main amd64 Packages';
  const here = '        500 file:/srv/repository ./ Packages';
  const status = '        100 /var/lib/dpkg/status';
  const output = [
    ...['both:', '  Installed: 1', '  Version table:', '     2 500', mirror, ' *** 1 100', here, status],
    ...[
      'other:i386:',
      '     2 -1',
      mirror.replace('500', ' -1'),
      ' *** 1 100',
      `${status.slice(0, -7)} x/status`,
    ],
    ...['none:', ' *** 1 100', status],
    ...['rebuilt:', '     1 500', mirror, ' *** 1 100', status],
    ...['journal:', '  Installed: (none)', '     1 500', mirror],
  ];
  const policy = parsePolicy(output.join('\n'), () => '1');
  expect(Object.fromEntries(policy)).toEqual({
    both: { installed: 'here', versions: new Set(['2', '1']) },
    'other:i386': { installed: 'nowhere', versions: new Set(['2']) },
    none: { installed: 'nowhere', versions: new Set() },
    rebuilt: { installed: 'nowhere', versions: new Set(['1']) },
    journal: { installed: 'elsewhere', versions: new Set(['1']) },
  });
});

test('where apt would take local archives from', () => {
  const output =
    "'file:/srv/my%20repo/./x_1%3a2.deb' x_1%3a2_all.deb 636 SHA256:00\n'http://m.invalid/y.deb' y_1_all.deb 1 SHA256:0\n";
  expect(parseUris(output)).toEqual([{ name: 'x', path: '/srv/my repo/x_1%3a2.deb' }]);
});

test('the record of an unpacking is what lies between two inodes of the database', () => {
  const stats = (times: Partial<Stats>): Stats => times as Stats;
  const list = stats({ mtimeMs: 200, birthtimeMs: 199 });
  const unpacking = unpackingOf(list, stats({ birthtimeMs: 100, ctimeMs: 210 }));
  expect(unpacking).toEqual({ from: 100, until: 199 });
  // Written anew for a takeover, copied or edited later, without digests, on a file system without births.
  expect(
    unpackingOf(stats({ mtimeMs: 900, birthtimeMs: 899 }), stats({ birthtimeMs: 100, ctimeMs: 210 }))?.until,
  ).toBe(210);
  expect(unpackingOf(list, stats({ birthtimeMs: 500, ctimeMs: 500 }))).toBeUndefined();
  expect(unpackingOf(list, undefined)).toBeUndefined();
  expect(unpackingOf(list, stats({ birthtimeMs: 0, ctimeMs: 210 }))).toBeUndefined();
  const at = (ctimeMs: number, mtimeMs: number) =>
    wasUnpacked({ ctimeMs, mtimeMs }, unpacking ? [unpacking] : []);
  expect([at(150, 1), at(50, 1), at(250, 1), at(150, 150)]).toEqual([true, false, false, false]);
  expect(wasUnpacked({ ctimeMs: 1, mtimeMs: 0 }, [])).toBe(false);
});

test('the cache keeps what was read, but for what has changed lately and may do so again', async () => {
  const file = join(temporaryDirectory(), 'verified');
  const stats = (ino: number, age: number): Stats =>
    ({ dev: 1, ino, size: 2, mtimeMs: 3, ctimeMs: Date.now() - age }) as Stats;
  const [old, young] = [stats(1, 60_000), stats(2, 20_000)];
  const cache = new VerifiedCache(file);
  expect([cache.isYoung(old), cache.isYoung(young)]).toEqual([false, true]);
  cache.add(fingerprint(old, digest));
  cache.add(undefined);
  const report = { note: () => expect.unreachable('it can be written') } as unknown as Report;
  await cache.save(true, report);
  const [again, others] = [new VerifiedCache(file), new VerifiedCache(file)];
  expect([again.has(fingerprint(old, digest)), again.has(fingerprint(young, digest))]).toEqual([true, false]);
  // A run that saw other files keeps it, unless it saw all.
  others.add(fingerprint(stats(3, 60_000), digest));
  await others.save(false, report);
  expect(new VerifiedCache(file).has(fingerprint(old, digest))).toBe(true);
  const all = new VerifiedCache(file);
  all.add(fingerprint(stats(4, 60_000), digest));
  await all.save(true, report);
  expect(new VerifiedCache(file).has(fingerprint(old, digest))).toBe(false);
});

test('lines made to keep a parser busy are read at once', () => {
  const blanks = ' '.repeat(200_000);
  const status = `Package: x\nStatus: install ok installed\nConffiles:\n /${blanks}x\n /etc/a ${digest}\n`;
  expect(parseStatus(status)[0]?.conffiles).toEqual(['/etc/a']);
  expect(parseUcf(`x /${blanks}y\nx ${blanks}/etc/b${blanks}\n`)).toEqual([`/${blanks}y`, '/etc/b']);
  expect(parseStatus('Package: ../x\nStatus: install ok installed\n')).toEqual([]);
});

test('names of before the /usr merge lead to those of after it', () => {
  const aliases = new Map([['/bin', '/usr/bin']]);
  expect(canonical('/bin/ls', aliases)).toBe('/usr/bin/ls');
  expect(canonical('/bin', aliases)).toBe('/bin');
  expect(canonical('/binary', aliases)).toBe('/binary');
});

test('every directory on the way to a path is in the tree', () => {
  const owned = new OwnedNode();
  owned.add('/usr/share/doc');
  expect(owned.find('/')).toBe(owned);
  expect(owned.find('/usr/share')).toBeDefined();
  expect(owned.find('/usr/share/man')).toBeUndefined();
  expect(owned.find('/usr/share/doc/x')).toBeUndefined();
});

test('pseudo, network and bind mounts are not walked; other local file systems are', () => {
  const mountinfo = [
    '1 0 8:1 / / rw - ext4 /dev/sda1 rw',
    '2 1 0:5 / /proc rw shared:1 - proc proc rw',
    '3 1 0:6 / /tmp rw - tmpfs tmpfs rw',
    '4 1 0:7 / /afs rw - afs AFS rw',
    '5 1 0:8 / /mnt/nfs\\040share rw - nfs4 host:/x rw',
    '6 1 8:2 / /home rw - ext4 /dev/sda2 rw',
    '7 1 8:2 /ann /srv/ann rw - ext4 /dev/sda2 rw',
    '12 1 8:1 /srv/self /srv/self rw - ext4 /dev/sda1 rw',
    '13 1 0:20 / /srv/merged rw - overlay overlay rw,lowerdir=/l\\0401:/l2,upperdir=/srv/up,workdir=/w',
    '14 1 0:21 / /srv/readonly rw - overlay overlay ro,lowerdir=/l\\0401:/l2',
    '8 1 0:9 /@var /var rw - btrfs /dev/sdb rw',
    '9 1 0:9 /@srv /srv rw - btrfs /dev/sdb rw',
    '10 1 0:10 / /mnt/ssh rw - fuse.sshfs host: rw',
    '11 1 0:11 / /media/usb rw - fuseblk /dev/sdc rw',
    '',
  ].join('\n');
  expect(Object.fromEntries(skippedMounts(mountinfo))).toEqual({
    '/proc': { why: 'a proc file system' },
    '/tmp': { why: 'a tmpfs file system' },
    '/afs': { why: 'a afs file system' },
    '/mnt/nfs share': { why: 'a nfs4 file system' },
    '/srv/ann': { why: 'a bind mount of /home/ann', shownAt: '/home/ann' },
    '/mnt/ssh': { why: 'a fuse.sshfs file system' },
    '/srv/merged': { why: 'an overlay of /l 1, /l2, /srv/up', layers: ['/l 1', '/l2', '/srv/up'] },
    '/srv/readonly': { why: 'an overlay of /l 1, /l2', layers: ['/l 1', '/l2'] },
  });
});
