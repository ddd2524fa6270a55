import { closeSync, existsSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { failure, reason, tryLock, usageError } from 'command-line';
import { type BytePath, escapeText, fromText } from 'path-stream';
import { storeFile } from 'sealed-file';
import { shippedDirectory } from '../commands.ts';
import type { Settings } from '../settings/schema.ts';

/** Which rules: of what is stored and not told, or of what is not stored. */
export type Kind = 'expect' | 'exclude';

const localName = 'local.rules';

/** The file for rules that people add: in the first directory of those that hold, else the last file of them. */
export function localRules({ files }: Settings, kind: Kind): string {
  const [key, shipped] =
    kind === 'expect' ? (['expected', 'expected.d'] as const) : (['exclude', 'exclude.d'] as const);
  const configured = files[key];
  if (configured === undefined)
    return join(shippedDirectory(shipped) ?? `/etc/hcoop-backup/${shipped}`, localName);
  const directory = configured.find((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory());
  if (directory !== undefined) return join(directory, localName);
  const file = configured.at(-1);
  if (file === undefined)
    throw usageError(
      `files.${key}`,
      'no rule file is configured',
      `set it to a directory like /etc/hcoop-backup/${shipped}`,
    );
  return file;
}

/** Appends lines to a rule file below a comment, whole or not at all; its owner and mode stay. */
export async function appendRules(file: string, comment: string, rules: readonly BytePath[]): Promise<void> {
  const directory = dirname(file);
  let lock: number;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o755 });
    lock = openSync(directory, 'r');
  } catch (error) {
    throw failure(directory, reason(error));
  }
  try {
    if (!tryLock(lock, 'exclusive')) throw failure(directory, 'somebody else writes rules', 'try again');
    await append(file, `# ${fromText(escapeText(comment))}\n${rules.map((rule) => `${rule}\n`).join('')}`);
  } finally {
    closeSync(lock);
  }
}

async function append(file: string, lines: BytePath): Promise<void> {
  const isThere = existsSync(file);
  const before = isThere ? readFileSync(file, 'latin1') : '';
  const stats = isThere ? statSync(file) : undefined;
  const gap = before === '' ? '' : before.endsWith('\n') ? '\n' : '\n\n';
  await storeFile(file, async (handle) => {
    await handle.writeFile(Buffer.from(before + gap + lines, 'latin1'));
    if (stats !== undefined) await handle.chown(stats.uid, stats.gid);
    await handle.chmod(stats === undefined ? 0o644 : stats.mode & 0o7777);
  });
}
