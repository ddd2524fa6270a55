import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtCommand, node, run, temporaryDirectory } from 'test-kit';
import { expect, test } from 'vitest';
import { endMark, fullDumpHeader, vnodeHeader } from '../src/dump-format.ts';

// Volumes that no client can make: dumps are written by hand here.
const command = builtCommand('afs-vol-dump');

const int = (n: number): Buffer => {
  const b = Buffer.alloc(4);
  b.writeUInt32BE(n);
  return b;
};

/** A directory page with some entries, all in one hash chain. */
function directoryPages(entries: [name: string, vnode: number, unique: number][]): Buffer {
  const bytes = Buffer.alloc(4096);
  let piece = 13;
  let previous = 0;
  for (const [name, vnode, unique] of entries) {
    const at = piece * 32;
    bytes.writeUInt16BE(previous, at + 2);
    bytes.writeUInt32BE(vnode, at + 4);
    bytes.writeUInt32BE(unique, at + 8);
    bytes.write(`${name}\0`, at + 12, 'latin1');
    previous = piece;
    piece += Math.ceil((name.length + 13) / 32);
  }
  bytes.writeUInt16BE(previous, 160);
  return bytes;
}

function vnode(number: number, uniquifier: number, type: number, content: Buffer): Buffer {
  return Buffer.concat([
    vnodeHeader({ number, uniquifier }),
    Buffer.from([0x74, type]),
    Buffer.from('l\0\x01v'),
    int(1),
    Buffer.from('b\x01\xff', 'latin1'), // 0777, as the root of any volume
    ...(type === 2 ? [Buffer.from('A'), Buffer.alloc(192, 0x33)] : []),
    Buffer.from('f'),
    int(content.length),
    content,
  ]);
}

function dumpOf(...vnodes: Buffer[]): Buffer {
  return Buffer.concat([
    fullDumpHeader({ name: 'v.x', parent: 5, to: 10 }),
    Buffer.from('\x02i'),
    int(7),
    Buffer.from('v'),
    int(1),
    Buffer.from('p'),
    int(5),
    Buffer.from('C'),
    int(1),
    Buffer.from('U'),
    int(9),
    ...vnodes,
    endMark,
  ]);
}

/** A directory of dumps, not encrypted, with one volume. */
function dumpsOf(dump: Buffer): string {
  const directory = join(temporaryDirectory(), 'dumps');
  mkdirSync(directory);
  const file = 'v.x.000001.full.dump.zst';
  execFileSync('zstd', ['-q', '-o', join(directory, file)], { input: dump });
  writeFileSync(
    join(directory, 'volumes.json'),
    JSON.stringify({
      format: 'afs-vol-dump volumes 1',
      volumes: [{ name: 'v.x', id: 5, status: 'ok', dumps: [{ file, from: 0, to: 10, bytes: dump.length }] }],
      missing: [],
      excluded: [],
    }),
  );
  return directory;
}

const extract = (dumps: string, to: string): string[] => [
  command,
  '--extract',
  '-d',
  dumps,
  '--to',
  to,
  'v.x',
];

test('a file system that is full within the last block of the last file is named', async () => {
  const dumps = dumpsOf(
    dumpOf(vnode(1, 1, 2, directoryPages([['file', 2, 2]])), vnode(2, 2, 1, Buffer.alloc(900_000, 'x'))),
  );
  const to = mkdtempSync(join(tmpdir(), 'afs-full-'));
  // 900 kB of opened dump and 900 kB of file do not fit into 1400 kB.
  const script = `mount -t tmpfs -o size=1400k tmpfs "$1" && shift && "$@"`;
  const ended = await run(['unshare', '-m', 'sh', '-c', script, 'sh', to, node, ...extract(dumps, to)]);
  rmSync(to, { recursive: true });
  expect(ended).toMatchObject({ code: 2, stderr: 'afs-vol-dump: file: no space left on device\n' });
});

test('a file that no directory names is a loss', async () => {
  const dumps = dumpsOf(
    dumpOf(
      ...[vnode(1, 1, 2, directoryPages([['file', 2, 2]])), vnode(2, 2, 1, Buffer.from('x'))],
      vnode(4, 3, 1, Buffer.from('lost')),
    ),
  );
  const ended = await run(extract(dumps, join(temporaryDirectory(), 'to')));
  expect(ended.code).toBe(1);
  expect(ended.stderr).toMatch(
    /^afs-vol-dump: 1 files: no directory of the volume names them: not restored$/m,
  );
});

test('a directory that is in itself is made once', async () => {
  const dumps = dumpsOf(
    dumpOf(
      vnode(1, 1, 2, directoryPages([['sub', 3, 3]])),
      vnode(3, 3, 2, directoryPages([['again', 3, 3]])),
    ),
  );
  const ended = await run(extract(dumps, join(temporaryDirectory(), 'to')));
  expect(ended.code).toBe(1);
  expect(ended.stderr).toMatch(/^afs-vol-dump: sub\/again: .*a directory that is elsewhere, too: damaged$/m);
});

test('what only an access list has protected is not open to everybody', async () => {
  const dumps = dumpsOf(
    dumpOf(vnode(1, 1, 2, directoryPages([['secret', 2, 2]])), vnode(2, 2, 1, Buffer.from('x'))),
  );
  const to = join(temporaryDirectory(), 'to');
  expect(await run(extract(dumps, to))).toMatchObject({ code: 0 });
  expect([to, join(to, 'v.x')].map((directory) => statSync(directory).mode & 0o777)).toEqual([0o700, 0o700]);
});
