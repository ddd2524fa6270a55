import { statSync } from 'node:fs';
import { captureOutput, type User } from 'command-line';

/** Who owns a file, as whom root's programs can work on it; undefined where that is this process itself, or nobody can be. */
export async function ownerOf(path: string | Buffer): Promise<User | undefined> {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (process.getuid?.() !== 0 || stats === undefined || stats.uid === 0) return undefined;
  const { uid, gid } = stats;
  const entry = await captureOutput({
    command: 'getent',
    args: ['passwd', String(uid)],
    accept: (code) => code === 0 || code === 2,
  });
  const own = /^[^:]*:[^:]*:\d+:(\d+):/.exec(entry.toString('latin1'))?.[1];
  return { uid, gid: own === undefined ? gid : Number(own), isKnown: own !== undefined };
}
