import { statSync } from 'node:fs';
import { captureOutput, failure, type User } from 'command-line';

/** Who owns a file, as whom root's programs can work on it; undefined where that is this process itself, or nobody can be. */
export async function ownerOf(path: string | Buffer): Promise<User | undefined> {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (process.getuid?.() !== 0 || stats === undefined || stats.uid === 0) return undefined;
  return (await findUser(String(stats.uid))) ?? { uid: stats.uid, gid: stats.gid, isKnown: false };
}

/** A user by name, as whom a server is started; undefined where this process is not root's, and starts it as itself. */
export async function userNamed(name: string): Promise<User | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const user = await findUser(name);
  if (user === undefined) throw failure(name, 'there is no such user');
  return user;
}

/** Asks passwd(5), or where the names come from: by name or number. */
async function findUser(key: string): Promise<User | undefined> {
  const stage = {
    command: 'getent',
    args: ['passwd', key],
    accept: (code: number) => code === 0 || code === 2,
  };
  const entry = (await captureOutput(stage)).toString('latin1');
  const [, uid, gid] = /^[^:]*:[^:]*:(\d+):(\d+):/.exec(entry) ?? [];
  return uid === undefined ? undefined : { uid: Number(uid), gid: Number(gid), isKnown: true };
}
