import { join } from 'node:path';
import { failure, hasProgram, type Report, runPipeline } from 'command-line';
import type { Rehearsal } from '../rehearse.ts';
import type { StoredDumps } from '../stored.ts';

/** Has Redis's own checker read every key of a snapshot, and compare its checksum: no server says more of it. */
export async function rehearseRedis(
  scratch: string,
  stored: StoredDumps,
  _report: Report,
  use: (rehearsal: Rehearsal) => Promise<void>,
): Promise<void> {
  if (!hasProgram('redis-check-rdb'))
    throw failure(
      'redis-check-rdb',
      'no such program: a snapshot of Redis cannot be read',
      'apt install redis-tools',
    );
  const file = join(scratch, 'dump.rdb');
  await use({
    load: async (dump) => {
      await stored.extract(dump, file);
      await runPipeline([{ command: 'redis-check-rdb', args: [file], cwd: '/' }]);
      return undefined;
    },
  });
}
