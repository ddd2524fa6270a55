import { chmodSync, chownSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { failure, inputPaths, outputPaths } from 'command-line';
import { groupId, placeDate, shareTree } from 'date-tree';
import { escapePath, fromText, toText, withoutSlash } from 'path-stream';
import { syncDirectory } from 'sealed-file';
import type { GateCall } from './options.ts';
import type { GateSettings } from './settings.ts';

/**
 * Publishes finished dates: directories named YYYY-MM-DD on the root's file system. Each gets its owner and its modes, is made
 * durable, and is renamed into the root as the last act; its new path is written.
 */
export async function publish(call: GateCall, { root, group }: GateSettings): Promise<void> {
  const gid = await groupId(group, call.report);
  shareTree(root, gid);
  const output = outputPaths(call, call.options);
  for await (const batch of inputPaths(call, call.options))
    for (const path of batch) {
      const staged = toText(withoutSlash(path));
      if (staged === undefined) throw failure(escapePath(path), 'not the path of a date');
      await settle(staged, gid ?? process.getgid?.() ?? 0);
      await output.add(fromText(`${await placeDate(staged, root)}/`));
      await output.flush();
    }
}

/** Directories 0750, files 0640, owned by this user and the pulling group; every directory made durable. */
async function settle(path: string, gid: number): Promise<void> {
  const uid = process.getuid?.() ?? 0;
  const stats = lstatSync(path);
  if (!stats.isDirectory() && !stats.isFile())
    throw failure(path, 'neither a file nor a directory: not published');
  if (stats.isDirectory()) for (const name of readdirSync(path)) await settle(join(path, name), gid);
  chownSync(path, uid, gid);
  chmodSync(path, stats.isDirectory() ? 0o750 : 0o640);
  if (stats.isDirectory()) await syncDirectory(path);
}
