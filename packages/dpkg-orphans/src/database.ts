import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, failure, type Report, reason } from 'command-line';
import type { BytePath } from 'path-stream';
import { canonical, readAliases } from './aliases.ts';
import { type Diversion, diverted, parseDiversions } from './diversions.ts';
import { OwnedNode } from './owned.ts';
import { parseStatus } from './status.ts';

/**
 * All that packages own, from dpkg's database, under the names that the file system has: /usr-merge and diversions
 * applied, conffiles marked. Files of packages that are removed, or never got as far as being unpacked, are not
 * owned.
 */
export function readDatabase(directory: string, report: Report): OwnedNode {
  const aliases = readAliases();
  const diversions = parseDiversions(read(join(directory, 'diversions')) ?? '');
  const status = read(join(directory, 'status'));
  if (status === undefined)
    throw failure(join(directory, 'status'), 'not there', 'this works on Debian only');
  const owned = new OwnedNode();
  for (const alias of aliases.keys()) owned.add(alias);
  for (const { name, fileStem, unpacked, conffiles } of parseStatus(status)) {
    if (!unpacked) continue;
    const place = (path: BytePath): BytePath =>
      canonical(divertedName(path, name, diversions, aliases), aliases);
    const list = read(join(directory, 'info', `${fileStem}.list`));
    if (list === undefined)
      report.note(name, 'its file list is missing, so none of its files count as its own');
    for (const path of (list ?? '').split('\n')) owned.add(place(path));
    for (const path of conffiles) owned.add(place(path)).conffile = true;
  }
  return owned;
}

/** A diversion may name either side of the /usr merge, whichever the package does. */
function divertedName(
  path: BytePath,
  packageName: string,
  diversions: ReadonlyMap<BytePath, Diversion>,
  aliases: ReadonlyMap<BytePath, BytePath>,
): BytePath {
  if (diversions.size === 0) return path;
  const direct = diverted(path, packageName, diversions);
  return direct === path ? diverted(canonical(path, aliases), packageName, diversions) : direct;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw failure(file, reason(error));
  }
}
