import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { failure, type Report, runPipeline, type Stage } from 'command-line';
import type { Rehearsal } from '../rehearse.ts';
import { rewriting } from '../rewriting.ts';
import type { StoredDumps } from '../stored.ts';
import { LdifInspector } from './text.ts';

/** Has slapadd make a configuration, with its databases below `scratch`, and fill them; slapcat tells how many entries there are then. */
export async function rehearseLdap(
  scratch: string,
  stored: StoredDumps,
  _report: Report,
  use: (rehearsal: Rehearsal) => Promise<void>,
): Promise<void> {
  const config = join(scratch, 'config');
  await mkdir(config, { mode: 0o700 });
  let hasConfiguration = false;
  const slap = (command: 'slapadd' | 'slapcat', ...args: string[]): Stage => ({
    command,
    args: ['-F', config, ...args],
    cwd: '/',
  });
  await use({
    load: async (dump) => {
      if (dump.kind === 'globals') {
        const directories: string[] = [];
        const inScratch = rewriting({ isRow: () => false, isText: false }, ['olcDbDirectory:'], () => {
          directories.push(join(scratch, `data.${directories.length}`));
          return `olcDbDirectory: ${directories.at(-1)}`;
        });
        // slapadd wants the directories to be there, and they are known when all has been read.
        const chunks: Buffer[] = [];
        await stored.open(dump, async (plaintext) => {
          plaintext.removeAllListeners('readable'); // what keeps it for a late reader keeps it from flowing
          await pipeline(plaintext, inScratch, async (lines) => {
            for await (const chunk of lines) chunks.push(chunk as Buffer);
          });
        });
        for (const directory of directories) await mkdir(directory, { mode: 0o700 });
        await runPipeline([slap('slapadd', '-n', '0')], {
          input: async (stdin) => void stdin.end(Buffer.concat(chunks)),
        });
        hasConfiguration = true;
        return undefined;
      }
      if (!hasConfiguration)
        throw failure(
          dump.name,
          'its configuration is not among the dumps, so it cannot be loaded',
          'dump ldap:/// as a whole',
        );
      await stored.open(dump, async (plaintext) => {
        plaintext.removeAllListeners('readable'); // what keeps it for a late reader keeps it from flowing
        await runPipeline([slap('slapadd', '-q', '-b', dump.name)], {
          input: (stdin) => pipeline(plaintext, stdin),
        });
      });
      const inspector = new LdifInspector();
      await runPipeline([slap('slapcat', '-g', '-b', dump.name)], {
        output: async (ldif) => {
          for await (const chunk of ldif) inspector.pass(chunk as Buffer);
        },
      });
      const { rows = new Map<string, number>() } = inspector.finish();
      return () => rows;
    },
  });
}
