import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { temporaryDirectory } from 'test-kit';
import { expect, test } from 'vitest';
import { formatPax, parsePax } from '../src/pax.ts';
import { nanoseconds } from '../src/seconds.ts';
import { type Header, TarScanner } from '../src/tar-stream.ts';

/** What GNU tar makes of a tree, with the flags that encrypt-tar gives it. */
function archiveOf(directory: string, script: string): Buffer {
  execFileSync('bash', ['--norc', '-euc', script], { cwd: directory });
  return execFileSync(
    'bash',
    [
      '-c',
      'find . -mindepth 1 -print0 | LC_ALL=C sort -z | tar -c -f - --format=posix --sparse --acls --xattrs --no-recursion --null -T -',
    ],
    { cwd: directory, maxBuffer: 1 << 30 },
  );
}

interface Seen {
  readonly header: Header;
  readonly sha256: string | undefined;
}

/** Scans an archive in pieces of the sizes given, over and over. Also returns the bytes that went by, which must be all. */
function scan(archive: Buffer, sizes: readonly number[]): { seen: Seen[]; bytes: Buffer } {
  const seen: Seen[] = [];
  const bytes: Buffer[] = [];
  const scanner = new TarScanner({
    header: (_, raw) => bytes.push(Buffer.from(raw)),
    data: (piece) => bytes.push(Buffer.from(piece)),
    end: (header, sha256) => seen.push({ header, sha256 }),
  });
  for (let at = 0, i = 0; at < archive.length; i += 1) {
    const size = sizes[i % sizes.length] ?? 1;
    scanner.write(archive.subarray(at, at + size));
    at += size;
  }
  scanner.finish();
  return { seen, bytes: Buffer.concat(bytes) };
}

const awkward = String.raw`
  umask 022; printf content > plain; : > empty; mkdir dir; chmod 1777 dir
  head -c 700000 /dev/urandom > large; head -c 512 /dev/urandom > block; head -c 1024 /dev/zero > zeros
  ln plain zlink; ln -s plain symlink; ln -s "$(printf 'x%.0s' $(seq 200))" long-target; mkfifo fifo
  mkdir -p "$(printf 'd%.0s' $(seq 200))/$(printf 'e%.0s' $(seq 200))"; printf l > "$(printf 'd%.0s' $(seq 200))/$(printf 'e%.0s' $(seq 200))/f"
  printf 3 > $'latin\xe9'; printf 1 > $'new\nline'
  truncate -s 5000000 holes; printf start | dd of=holes conv=notrunc status=none; printf middle | dd of=holes bs=1 seek=3000000 conv=notrunc status=none
  truncate -s 3000000 all-hole
  for i in $(seq 0 400); do printf "$i" | dd of=many bs=1 seek=$((i * 8192)) conv=notrunc status=none; done
  printf a > acl; setfacl -m u:3000000:rwx acl; setfattr -n user.comment -v 0x0a000a31 plain; chown 3000000:3000001 empty
  touch -d '1969-12-31 23:00:00.25 UTC' block; touch -d '2100-01-01 00:00:00.123456789 UTC' large
`;

test('every member is seen as lstat has it, with the digest of its content, whatever the pieces', () => {
  const directory = temporaryDirectory();
  const archive = archiveOf(directory, awkward);
  const whole = scan(archive, [archive.length]);
  expect(whole.seen.length).toBe(19);
  expect(whole.bytes.equals(archive.subarray(0, whole.bytes.length))).toBe(true);
  for (const { header, sha256 } of whole.seen) {
    const file = Buffer.concat([Buffer.from(`${directory}/`), Buffer.from(header.path, 'latin1')]);
    const stats = lstatSync(file, { bigint: true });
    expect({ ...header, pax: null, mtime: nanoseconds(header.mtime) }, header.path).toMatchObject({
      mode: Number(stats.mode & 0o7777n),
      uid: Number(stats.uid),
      gid: Number(stats.gid),
      mtime: String(stats.mtimeNs),
      ...(header.type === 'file' && { size: Number(stats.size) }),
    });
    const content = stats.isFile() && header.type === 'file' ? readFileSync(file) : undefined;
    expect(sha256, header.path).toBe(content && createHash('sha256').update(content).digest('hex'));
  }
  const types = Object.fromEntries(whole.seen.map(({ header }) => [header.path, header.type]));
  expect(types).toMatchObject({
    './zlink': 'link',
    './symlink': 'symlink',
    './fifo': 'fifo',
    './dir/': 'directory',
  });
  expect(whole.seen.filter(({ header }) => header.sparse).map(({ header }) => header.path)).toEqual([
    './all-hole',
    './holes',
    './many',
  ]);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 20 }), (sizes) => {
      const parts = scan(archive, sizes);
      expect(parts.seen).toEqual(whole.seen);
      expect(parts.bytes.equals(whole.bytes)).toBe(true);
    }),
    { numRuns: 30 },
  );
  expect(scan(archive, [1]).seen).toEqual(whole.seen);
});

test('what is damaged, cut or no archive is an error, not a shorter archive', () => {
  const directory = temporaryDirectory();
  const archive = archiveOf(directory, 'printf 1 > one; head -c 5000 /dev/urandom > two');
  expect(scan(archive, [4096]).seen.length).toBe(2);
  for (const length of [1, 512, 1000, 1536, 5000])
    expect(() => scan(archive.subarray(0, length), [700])).toThrow();
  for (const at of [0, 100, 130, 150]) {
    const flipped = Buffer.from(archive);
    flipped[at] = (flipped[at] ?? 0) ^ 1;
    expect(() => scan(flipped, [700]), String(at)).toThrow();
  }
  expect(() => scan(readFileSync(join(directory, 'two')), [512])).toThrow('not a tar archive');
});

test('pax records are read as they were written', () => {
  const key = fc.stringMatching(/^[A-Za-z.]{1,40}$/);
  const value = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
  fc.assert(
    fc.property(fc.array(fc.tuple(key, value)), (pairs) => {
      const records = new Map(pairs);
      expect(parsePax(formatPax(records))).toEqual(records);
    }),
  );
});
