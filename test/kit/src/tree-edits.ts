import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { posix } from 'node:path';
import fc from 'fast-check';

type Path = Buffer;

/** Changes to a tree: two paths, and a number that means whatever the change wants of it. */
const actions = {
  write: (at: Path, _: Path, n: number) => put(at, n),
  append: (at: Path, _: Path, n: number) => writeTo(at, constants.O_APPEND, Buffer.alloc(n % 3000, n)),
  rename: (at: Path, to: Path) => renameSync(at, to),
  remove: (at: Path) => rmSync(at, { recursive: true, force: true }),
  mkdir: (at: Path) => mkdirSync(at, { recursive: true }),
  link: (at: Path, to: Path) => linkSync(at, to),
  symlink: (at: Path, to: Path) => symlinkSync(at, to),
  fifo: (at: Path) => withPath(['mkfifo'], at),
  chmod: (at: Path, _: Path, n: number) => chmodSync(at, [0o600, 0o755, 0o4711, 0o1777][n % 4] ?? 0),
  chown: (at: Path, _: Path, n: number) => chownSync(at, n, n),
  attribute: (at: Path, _: Path, n: number) =>
    withPath(['setfattr', '-h', '-n', 'user.test', '-v', `${n}`], at),
  time: (at: Path, _: Path, n: number) => lutimesSync(at, n - 1000, n - 1000),
  sneak: (at: Path, _: Path, n: number) => sneak(at, n),
  holes: (at: Path, _: Path, n: number) => truncateSync(at, n + 300_000),
};

export type Edit = readonly [keyof typeof actions, string, string, number];

const names = ['a', 'b', 'c', 'new\nline', 'latin\xe9', 'a.d', 'a-d', ' x '];
const path = fc
  .array(fc.constantFrom(...names), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.map((part) => `/${part}`).join(''));
const usual = ['write', 'rename', 'remove', 'link', 'write', 'write', 'mkdir'] as const;
const kind = fc.oneof(
  fc.constantFrom(...usual),
  fc.constantFrom(...(Object.keys(actions) as (keyof typeof actions)[])),
);

/** A change to a tree, drawn at random. */
export const anEdit: fc.Arbitrary<Edit> = fc.tuple(kind, path, path, fc.integer({ min: 0, max: 60_000 }));

/** Does one, as somebody would who does not look where he goes: what is not possible is not done. */
export function applyEdit([action, at, to, n]: Edit, tree: string): void {
  const bytes = (name: string): Path => Buffer.from(tree + name, 'latin1');
  try {
    actions[action](bytes(at), bytes(to), n);
  } catch (error) {
    if (!(error instanceof Error && ('code' in error || 'status' in error))) throw error;
  }
}

function put(at: Path, n: number): void {
  mkdirSync(Buffer.from(posix.dirname(at.toString('latin1')), 'latin1'), { recursive: true });
  writeTo(at, constants.O_TRUNC, Buffer.alloc(n, n));
}

/** Nobody reads a fifo here: opening one in order to write would never return, unless it is not to wait. */
function writeTo(at: Path, how: number, content: Buffer): void {
  const descriptor = openSync(at, constants.O_WRONLY | constants.O_CREAT | constants.O_NONBLOCK | how, 0o644);
  try {
    writeFileSync(descriptor, content);
  } finally {
    closeSync(descriptor);
  }
}

/** Programs take no bytes that are not UTF-8 from node, but from xargs. */
function withPath([command = '', ...args]: string[], at: Path): void {
  const input = Buffer.concat([at, Buffer.from('\0')]);
  execFileSync('xargs', ['-0', command, ...args], { input, stdio: ['pipe', 'ignore', 'ignore'] });
}

/** Other content, and the size and mtime of before. */
function sneak(at: Path, n: number): void {
  const { size, mtime } = lstatSync(at);
  writeFileSync(at, Buffer.alloc(size, n), { flag: 'r+' });
  lutimesSync(at, mtime, mtime);
}
