import { spawnSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Where a root has the conffiles of its packages, of those that it has. */
export function conffiles(root: string): string[] {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query fills it in
  const format = '${Conffiles}\\n';
  const listed = within(root, ['dpkg-query', '-W', '-f', format]).matchAll(/^ (\/.*?) \S+( [a-z-]+)*$/gm);
  const paths = [...listed].map(([, path = '']) => path);
  return placesOf(root, paths).filter((path) => lstatSync(bytes(root + path), { throwIfNoEntry: false }));
}

/** Where a root has what its packages own, but for conffiles, and for what dpkg itself finds to be modified. */
export function intactFiles(root: string): Set<string> {
  const owned = new Set(placesOf(root, listedFiles(root)));
  const verified = within(root, ['dpkg', '--verify']).matchAll(/^(?:missing|\S{9}) +(?:c )?(\/.*)$/gm);
  const modified = [...verified].map(([, path = '']) => path);
  for (const path of [...conffiles(root), ...placesOf(root, modified)]) owned.delete(path);
  return owned;
}

/** All names of all lists; a name that is diverted, as the one that it is diverted to. */
function listedFiles(root: string): string[] {
  const info = join(root, 'var/lib/dpkg/info');
  const diverted = diversions(root);
  const lists = readdirSync(info).filter((name) => name.endsWith('.list'));
  return lists.flatMap((list) => {
    const owner = list.replace(/(:[^:]*)?\.list$/, '');
    return lines(join(info, list)).map((path) => {
      const diversion = diverted.get(path);
      return diversion === undefined || diversion.by === owner ? path : diversion.to;
    });
  });
}

function diversions(root: string): Map<string, { to: string; by: string }> {
  const text = lines(join(root, 'var/lib/dpkg/diversions'));
  const found = new Map<string, { to: string; by: string }>();
  for (let at = 0; at + 2 < text.length; at += 3) {
    const [from = '', to = '', by = ''] = text.slice(at, at + 3);
    found.set(from, { to, by });
  }
  return found;
}

/** The same paths with no link on the way, by the root's own realpath(1). */
function placesOf(root: string, paths: readonly string[]): string[] {
  const directories = [...new Set(paths.map((path) => dirname(path)))];
  const input = Buffer.from(directories.map((directory) => `${directory}\0`).join(''), 'latin1');
  const real = within(root, ['xargs', '-0r', 'realpath', '-zm', '--'], input).split('\0');
  const places = new Map(directories.map((directory, at) => [directory, real[at] ?? directory]));
  return paths.map((path) => join(places.get(dirname(path)) ?? '/', basename(path)));
}

/** What a program of the root writes. 1 is what dpkg --verify says when it finds something. */
function within(root: string, argv: readonly string[], input: Buffer | string = ''): string {
  const env = { LC_ALL: 'C', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };
  const ended = spawnSync('chroot', [root, ...argv], { input, env, maxBuffer: 2 ** 28 });
  if (ended.status === null || ended.status > 1)
    throw new Error(`${argv[0]}: ${ended.error ?? ended.stderr}`);
  return ended.stdout.toString('latin1');
}

function lines(file: string): string[] {
  return readFileSync(file, 'latin1').split('\n').slice(0, -1);
}

function bytes(path: string): Buffer {
  return Buffer.from(path, 'latin1');
}
