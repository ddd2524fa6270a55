import { readFileSync, statSync } from 'node:fs';
import { until } from 'test-kit';
import type { Namespaces } from './namespaces.ts';
import type { Programs } from './programs.ts';

/** A client that shows the volumes as files. */
export interface Mount {
  /** From outside of the cell. */
  readonly directory: string;
  /** Waits until it has nothing more to store. */
  settled(): Promise<void>;
}

/** The client without a kernel module, which asks unauthenticated. */
const client = 'afsd.fuse -dynroot -fakestat -waitclose -nosettime';

/**
 * Mounts /afs in the cell. A close of a file there returns before the client has been asked to store the rest of it; with
 * -waitclose, it answers that once all is stored. The kernel tells how many questions are not answered.
 */
export async function mountAfs(namespaces: Namespaces, programs: Programs): Promise<Mount> {
  const at = '-confdir /etc/openafs -cachedir /var/cache/openafs -mountdir /afs';
  await namespaces.daemon('afsd', `${client} ${at}`);
  await programs.eventually(/^\.:mount$/m, 'ls', '-a', '/afs');
  await programs.succeed('mkdir', '/fusectl');
  await programs.succeed('mount', '-t', 'fusectl', 'none', '/fusectl');
  const root = `/proc/${namespaces.pid}/root`;
  const { dev } = statSync(`${root}/afs`);
  const minor = (dev & 0xff) | ((dev >>> 12) & 0xfff00); // as glibc's minor()
  const waiting = `${root}/fusectl/${minor}/waiting`;
  return {
    directory: `${root}/afs`,
    settled: () => until(() => readFileSync(waiting, 'utf8').trim() === '0'),
  };
}
