import { type ChildProcess, execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { temporaryDirectory } from './places.ts';
import { start, until } from './run.ts';

/** A server on loopback that stores in a directory what rclone gives it. */
export interface RcloneServer {
  readonly child: ChildProcess;
  /** A home directory whose rclone.conf calls the server `far`. */
  readonly home: string;
  /** Runs rclone against it. */
  rclone(...args: string[]): string;
}

const credentials = { sftp: ['--user', 'u', '--pass', 'secret'], webdav: [] } as const;

/** Starts one, until the test ends. */
export async function startRclone(kind: 'webdav' | 'sftp', directory: string): Promise<RcloneServer> {
  const home = temporaryDirectory();
  const served = ['--addr', '127.0.0.1:0', ...credentials[kind], directory];
  const { child, ended } = start(['rclone', 'serve', kind, ...served], { env: { HOME: home } });
  onTestFinished(async () => {
    child.kill();
    await ended;
  });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk;
  });
  const address = /(?:started on http:\/\/|listening on )127\.0\.0\.1:(\d+)/;
  await Promise.race([
    until(() => address.test(said)),
    ended.then(() => Promise.reject(new Error(`rclone serve did not start: ${said}`))),
  ]);
  const port = address.exec(said)?.[1] ?? '';
  mkdirSync(join(home, '.config/rclone'), { recursive: true });
  writeFileSync(join(home, '.config/rclone/rclone.conf'), `[far]\n${remoteOf(kind, port)}`);
  const env = { ...process.env, HOME: home };
  return { child, home, rclone: (...args) => execFileSync('rclone', args, { env, encoding: 'utf8' }) };
}

function remoteOf(kind: 'webdav' | 'sftp', port: string): string {
  if (kind === 'webdav') return `type = webdav\nurl = http://127.0.0.1:${port}\nvendor = other\n`;
  const password = execFileSync('rclone', ['obscure', 'secret'], { encoding: 'utf8' });
  return `type = sftp\nhost = 127.0.0.1\nport = ${port}\nuser = u\nshell_type = none\npass = ${password}`;
}
