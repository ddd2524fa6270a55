import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Entry, formatRecord, parseRecord } from '../src/entry.ts';
import { escapeName, memberDifference } from '../src/member.ts';
import { readTarMessage, unescapeName } from '../src/tar-messages.ts';

const anyName = fc
  .array(fc.integer({ min: 1, max: 255 }), { minLength: 1, maxLength: 20 })
  .map((bytes) => String.fromCharCode(...bytes));

const entry: Entry = {
  path: '/home/a',
  type: 'file',
  size: 12,
  mtime: '1700000000.123400000',
  mode: '4755',
  uid: 3000000,
  gid: 5,
  archive: '0001.tar.zst.age',
};
const line = '-rwsr-xr-x 3000000/5        12 2023-11-14 22:13:20.1234    home/a';

test('names come back from the form that tar gives them', () => {
  fc.assert(fc.property(anyName, (name) => unescapeName(escapeName(name)) === name));
});

test('records come back from their line in the index, whatever the bytes of path and target', () => {
  fc.assert(
    fc.property(anyName, anyName, (name, target) => {
      const record: Entry = { ...entry, path: `/${name}`, type: 'symlink', target, link: `/${target}` };
      expect(parseRecord(formatRecord(record))).toEqual(record);
      expect(formatRecord(record)).not.toContain('\n');
    }),
  );
});

test('a member that is as its record says', () => {
  expect(memberDifference(line, entry)).toBeUndefined();
  expect(
    memberDifference('hrwsr-xr-x 3000000/5 0 2023-11-14 22:13:20.1234 home/a link to b', entry),
  ).toBeUndefined();
});

test.each([
  [{ size: 13 }, 'size 12, expected 13'],
  [{ mode: '0755' }, 'mode 4755, expected 0755'],
  [{ uid: 0 }, 'owner 3000000:5, expected 0:5'],
  [{ mtime: '1700000000.123500000' }, 'time 2023-11-14 22:13:20, expected 1700000000.123500000'],
  [{ path: '/home/b' }, 'expected next, found home/a'],
  [{ type: 'fifo' as const }, 'is a file, expected a fifo'],
])('a member that differs in %j', (change, difference) => {
  expect(memberDifference(line, { ...entry, ...change })).toBe(difference);
});

test.each([
  ['tar: a: file changed as we read it', { kind: 'changed', path: 'a', why: 'file changed as we read it' }],
  ['tar: a: File shrank by 5 bytes; padding with zeros', { kind: 'shrank' }],
  ['tar: a\\nb\\351: Cannot stat: No such file or directory', { kind: 'vanished', path: 'a\nb\xe9' }],
  ['tar: a: File removed before we read it', { kind: 'vanished' }],
  [
    'tar: a: b: Cannot open: Permission denied',
    { kind: 'lost', path: 'a: b', why: 'cannot open: permission denied' },
  ],
  [
    '/usr/bin/tar: a: Read error at byte 0, while reading 512 bytes: Input/output error',
    { kind: 'lost', path: 'a' },
  ],
  ['tar: Exiting with failure status due to previous errors', { kind: 'finished' }],
  ['tar: -: Wrote only 2048 of 10240 bytes', { kind: 'fatal' }],
  ['tar: something new', { kind: 'other', text: 'something new' }],
])('%j is understood', (message, meaning) => {
  expect(readTarMessage(message)).toMatchObject(meaning);
});
