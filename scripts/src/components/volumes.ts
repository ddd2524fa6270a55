import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { findProgram, type Report, runPipeline } from 'command-line';
import { escapeText } from 'path-stream';
import { homeEnvironment } from 'sealed-file';
import { z } from 'zod';
import { ownCommand } from '../commands.ts';
import { reuseState } from '../date/archive-states.ts';
import type { Settings } from '../settings/schema.ts';
import type { Outcome } from './component.ts';
import { type DateToMake, moveOptions } from './pack-stage.ts';
import { sealingOptions } from './sealing-options.ts';

/** afs-vol-dump of all volumes of the configured server. */
export async function packVolumes(
  settings: Settings,
  afs: NonNullable<Settings['afs']>,
  making: DateToMake,
  directory: string,
  report: Report,
): Promise<Outcome> {
  findProgram('vos'); // what is configured and not installed is told as that
  const where =
    moveOptions(settings, making, 'volumes') ??
    (await reuseState(settings, making.sequence, 'volumes', report));
  const args = ['-d', directory, ...where, ...volumeOptions(afs), ...sealingOptions(settings)];
  const dump = { ...ownCommand('afs-vol-dump', args, report), env: homeEnvironment() };
  const [exitCode] = await runPipeline([dump]);
  return { complete: exitCode === 0, undumped: missingVolumes(directory) };
}

/** The names of volumes that there is no dump of, as the record of the dumps has them; where that went over to a command, it was said on stderr. */
function missingVolumes(directory: string): string[] {
  const record = join(directory, 'volumes.json');
  if (!existsSync(record)) return [];
  const { missing } = recordSchema.parse(JSON.parse(readFileSync(record, 'utf8')));
  return missing.map((name) => escapeText(name));
}

const recordSchema = z.looseObject({ missing: z.array(z.string()) });

/** No volume is called so: with it, none is excluded, where with no pattern the command's own would be. */
const noName = '/';

function volumeOptions(afs: NonNullable<Settings['afs']>): string[] {
  const { server, partition, cell, exclude, chain, parallel, timeout, retry } = afs;
  return [
    ...['--server', server ?? hostname(), ...(partition === undefined ? [] : ['--partition', partition])],
    ...(exclude.length > 0 ? exclude : [noName]).flatMap((pattern) => ['--exclude', pattern]),
    ...Object.entries({ chain, parallel, timeout, retry }).flatMap(([name, n]) => [`--${name}`, String(n)]),
    ...(cell === undefined ? [] : ['--cell', cell]),
    ...(['localauth', 'encrypt'] as const).filter((name) => afs[name]).map((name) => `--${name}`),
  ];
}
