import { CommandError, errorCode, failure, inputPaths, outputPaths, reason } from 'command-line';
import { groupId, makeTree, placeDate, settle, shareTree } from 'date-tree';
import { escapePath, fromText, toText, withoutSlash } from 'path-stream';
import type { GateCall } from './options.ts';
import type { GateSettings } from './settings.ts';

/**
 * Publishes finished dates: directories named YYYY-MM-DD on the root's file system. Each gets its owner and its modes, is made
 * durable, and is renamed into the root as the last act; its new path is written.
 */
export async function publish(call: GateCall, { root, group }: GateSettings): Promise<void> {
  const gid = await groupId(group, call.report);
  makeTree(root);
  await shareTree(root, gid, call.report);
  const output = outputPaths(call, call.options);
  for await (const batch of inputPaths(call, call.options))
    for (const path of batch) {
      const staged = toText(withoutSlash(path));
      if (staged === undefined) throw failure(escapePath(path), 'not the path of a date');
      await output.add(fromText(`${await publishOne(staged, root, gid ?? process.getgid?.() ?? 0)}/`));
      await output.flush();
    }
}

async function publishOne(staged: string, root: string, gid: number): Promise<string> {
  try {
    await settle(staged, gid);
    return await placeDate(staged, root);
  } catch (error) {
    if (error instanceof CommandError || errorCode(error) === undefined) throw error;
    const hint = errorCode(error) === 'EXDEV' ? `stage it on the file system of ${root}` : undefined;
    throw failure(staged, reason(error), hint);
  }
}
