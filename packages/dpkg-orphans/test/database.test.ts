import { expect, test } from 'vitest';
import { canonical } from '../src/aliases.ts';
import { diverted, parseDiversions } from '../src/diversions.ts';
import { skippedMounts } from '../src/mounts.ts';
import { OwnedNode } from '../src/owned.ts';
import { parseStatus } from '../src/status.ts';

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
  expect(parseStatus(status)).toEqual([
    {
      name: 'adduser',
      fileStem: 'adduser',
      unpacked: true,
      conffiles: ['/etc/adduser.conf', '/etc/with space.conf', '/etc/new'],
    },
    { name: 'libc6', fileStem: 'libc6:amd64', unpacked: true, conffiles: [] },
    { name: 'gone', fileStem: 'gone', unpacked: false, conffiles: ['/etc/gone.conf'] },
  ]);
  expect(parseStatus('')).toEqual([]);
});

test('a diverted name belongs to the package that diverts, the other name to all others', () => {
  const diversions = parseDiversions('/bin/sh\n/bin/sh.distrib\ndash\n/etc/x\n/etc/x.local\n:\n');
  expect(diverted('/bin/sh', 'dash', diversions)).toBe('/bin/sh');
  expect(diverted('/bin/sh', 'bash', diversions)).toBe('/bin/sh.distrib');
  expect(diverted('/etc/x', 'x', diversions)).toBe('/etc/x.local');
  expect(diverted('/etc/y', 'x', diversions)).toBe('/etc/y');
});

test('names of before the /usr merge lead to those of after it', () => {
  const aliases = new Map([['/bin', '/usr/bin']]);
  expect(canonical('/bin/ls', aliases)).toBe('/usr/bin/ls');
  expect(canonical('/bin', aliases)).toBe('/bin');
  expect(canonical('/binary', aliases)).toBe('/binary');
});

test('every directory on the way to an owned path is owned', () => {
  const owned = new OwnedNode();
  owned.add('/.');
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
  });
});
