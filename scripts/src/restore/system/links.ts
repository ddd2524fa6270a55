import { lstatSync, readdirSync } from 'node:fs';
import { posix } from 'node:path';
import { runPipeline } from 'command-line';
import { type BytePath, escapePath, readPaths, toFs, toText } from 'path-stream';
import { ownCommand } from '../../commands.ts';
import { type Keys, keyOptions } from '../../date/archives.ts';
import { type IndexEntry, readEntries } from './index-entries.ts';
import { listedDirectories } from './records.ts';
import { attempt, type Restoration } from './restoration.ts';
import { readBytes } from './root.ts';

/** A symbolic link of the backup where a new root, or a package, has a directory. */
export interface DirectoryLink {
  readonly path: BytePath;
  readonly target: BytePath;
}

/**
 * The administrator's links in place of directories: of all links those where a package has files below, or where the new root
 * has a directory.
 */
export function asDirectoryLink(
  { path, target }: IndexEntry,
  listed: ReadonlySet<BytePath>,
  isDirectory: (path: BytePath) => boolean,
): DirectoryLink | undefined {
  return target !== undefined && (listed.has(path) || isDirectory(path)) ? { path, target } : undefined;
}

/** The directories that dpkg's lists in the backup need. */
export function directoriesOfPackages({ machine, workshop }: Restoration): ReadonlySet<BytePath> {
  const info = machine.at(`${workshop}/var/lib/dpkg/info`);
  const names = readdirSync(info).filter((name) => name.endsWith('.list'));
  return listedDirectories(names.map((name) => readBytes(`${info}/${name}`)));
}

/**
 * Makes each link before packages are unpacked: dpkg unpacks through it then (dpkg(1), of directories replaced by links).
 * What the new root has in the directory goes to where the link leads.
 */
export async function restoreLinks(restoration: Restoration, files: string, keys: Keys): Promise<void> {
  const { machine, report } = restoration;
  const isDirectory = (path: BytePath): boolean => typeAt(machine.at('/'), path) === 'directory';
  const listed = directoriesOfPackages(restoration);
  const links = new Map<BytePath, DirectoryLink>();
  await readEntries(files, keys, (entry) => {
    const link = asDirectoryLink(entry, listed, isDirectory);
    if (link !== undefined) links.set(link.path, link);
    else links.delete(entry.path); // a directory by a later word
  });
  if (links.size === 0) return;
  const there = new Set<BytePath>();
  const list = ownCommand('encrypt-tar', ['--list', '-0', ...keyOptions(keys), '-d', files], report);
  await runPipeline([list], {
    output: async (stdout) => {
      for await (const paths of readPaths(stdout, '\0'))
        for (const path of paths) if (links.has(path)) there.add(path); // not what is gone by now
    },
  });
  for (const link of [...links.values()].filter(({ path }) => there.has(path))) {
    const [path, target] = [toText(link.path), toText(link.target)];
    // The merged /usr, say: it is there.
    if (typeAt(machine.at('/'), link.path) === 'link') continue;
    if (path === undefined || target === undefined)
      report.loss(escapePath(link.path), 'a link in place of a directory, whose name is not UTF-8: not made');
    else await attempt(report, path, () => makeLink(restoration, path, target));
  }
}

async function makeLink({ machine, report }: Restoration, path: string, target: string): Promise<void> {
  const place = posix.resolve(posix.dirname(path), target);
  // In the machine itself, for only there do absolute links lead where they should.
  if (typeAt(machine.at('/'), path) === 'directory') {
    if (typeAt(machine.at('/'), place) === undefined) {
      await machine.run('mkdir', ['-p', '--', posix.dirname(place)]);
      await machine.run('mv', ['-T', '--', path, place]);
    } else {
      await machine.run('cp', ['-a', '--', `${path}/.`, place]);
      await machine.run('rm', ['-rf', '--one-file-system', '--', path]);
    }
  } else await machine.run('mkdir', ['-p', '--', place, posix.dirname(path)]);
  await machine.run('ln', ['-s', '-T', '--', target, path]);
  report.note(path, `a link to ${target} again`);
}

/** What is at a path; a path that leads through a file is not there. */
function typeAt(root: string, path: BytePath): 'directory' | 'link' | 'other' | undefined {
  try {
    const stats = lstatSync(toFs(root === '/' ? path : root + path), { throwIfNoEntry: false });
    if (stats === undefined) return undefined;
    return stats.isDirectory() ? 'directory' : stats.isSymbolicLink() ? 'link' : 'other';
  } catch {
    return undefined; // ENOTDIR
  }
}
