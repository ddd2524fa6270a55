import { type BigIntStats, lstatSync } from 'node:fs';
import { readlink } from 'node:fs/promises';
import { type Report, reason } from 'command-line';
import { type BytePath, escapePath, fromText, type PathWriter, toFs, withoutSlash } from 'path-stream';
import { digest, type Opening } from 'sealed-file';
import { choose } from './choice.ts';
import type { Entry } from './entry.ts';
import { typeOf } from './found.ts';
import { readIndex } from './parts.ts';
import { fromNanoseconds } from './seconds.ts';

/** What a path is to be: as an entry of the index has it, under the name and with the link that unpacking gives it. */
interface Expected {
  readonly entry: Entry;
  readonly path: BytePath;
  /** The path that it is to be a hard link to. */
  readonly link: BytePath | undefined;
}

/**
 * Compares a tree with what the index of a directory of archives says of it: type, mode, owner, size, time, target, hard links, and the
 * digest of the content. Each path that is missing or other is a loss, and goes to `output`. What the tree has and the directory
 * does not is not looked at.
 */
export async function compareTree(
  directory: string,
  tree: string,
  opening: Opening,
  output: PathWriter,
  report: Report,
): Promise<void> {
  const root = withoutSlash(fromText(tree));
  for (const { part, decide } of await choose(directory, opening, undefined)) {
    report.progress(() => `comparing with ${part.archive}`);
    let place = 0;
    await readIndex(part.index, opening, async (batches) => {
      for await (const batch of batches)
        for (const entry of batch) {
          if (!('archive' in entry)) continue;
          const { pass, path, target } = decide(place++);
          if (!pass || entry.path === '/') continue; // the top is whoever's tree that is
          const expected = {
            entry,
            path: path === undefined ? withoutSlash(entry.path) : `/${path}`,
            link: target === undefined ? entry.link : `/${target}`,
          };
          const why = await differences(root, expected);
          for (const one of why) report.loss(escapePath(expected.path), one);
          if (why.length > 0) await output.add(expected.path);
        }
    });
  }
  await output.flush();
}

async function differences(root: BytePath, expected: Expected): Promise<string[]> {
  try {
    const at = below(root, expected.path);
    const stats = lstatSync(toFs(at), { bigint: true });
    const why = differentFacts(stats, expected.entry);
    if (why.length > 0) return why;
    if (expected.link !== undefined) return differentInode(stats, below(root, expected.link));
    return await differentContent(at, expected.entry);
  } catch (error) {
    return [reason(error)];
  }
}

function below(root: BytePath, path: BytePath): BytePath {
  return root === '/' ? path : withoutSlash(root + path);
}

function differentFacts(stats: BigIntStats, { type, mode, uid, gid, size, mtime }: Entry): string[] {
  const expectedType = type === 'link' ? undefined : type;
  const facts: [string, string, string][] = [
    ['type', typeOf(stats), expectedType ?? typeOf(stats)],
    ['mode', (stats.mode & 0o7777n).toString(8).padStart(4, '0'), mode],
    ['owner', `${stats.uid}:${stats.gid}`, `${uid}:${gid}`],
    ['mtime', fromNanoseconds(stats.mtimeNs), mtime],
    ...(type === 'file' ? [['size', `${stats.size}`, `${size}`] as [string, string, string]] : []),
  ];
  return facts
    .filter(([, found, expected]) => found !== expected)
    .map(([what, found, expected]) => `${what} ${found}, expected ${expected}`);
}

/** A hard link has no content of its own: that is compared where it is a file. */
function differentInode({ dev, ino }: BigIntStats, link: BytePath): string[] {
  const other = lstatSync(toFs(link), { bigint: true });
  return other.ino === ino && other.dev === dev ? [] : [`not the same file as ${escapePath(link)}`];
}

async function differentContent(at: BytePath, { type, target, sha256 }: Entry): Promise<string[]> {
  if (type === 'symlink') {
    const found = (await readlink(toFs(at), { encoding: 'buffer' })).toString('latin1');
    return found === target ? [] : [`target ${escapePath(found)}, expected ${escapePath(target ?? '')}`];
  }
  if (type !== 'file' || sha256 === undefined) return [];
  const found = await digest(toFs(at));
  return found.sha256 === sha256 ? [] : ['its content is not what was stored'];
}
