import { hostname } from 'node:os';
import { findProgram, type Report, runPipeline } from 'command-line';
import { ownCommand } from '../commands.ts';
import { reuseState } from '../date/archive-states.ts';
import type { Settings } from '../settings/schema.ts';
import type { Outcome } from './component.ts';
import type { DateToMake } from './pack-stage.ts';
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
  const reuse = await reuseState(settings, making.sequence, 'volumes', report);
  const args = ['-d', directory, ...reuse, ...volumeOptions(afs), ...sealingOptions(settings)];
  const [exitCode] = await runPipeline([ownCommand('afs-vol-dump', args, report)]);
  return { complete: exitCode === 0 };
}

function volumeOptions(afs: NonNullable<Settings['afs']>): string[] {
  const { server, partition, cell, exclude, chain, parallel, timeout, retry } = afs;
  return [
    ...['--server', server ?? hostname(), ...(partition === undefined ? [] : ['--partition', partition])],
    ...exclude.flatMap((pattern) => ['--exclude', pattern]),
    ...Object.entries({ chain, parallel, timeout, retry }).flatMap(([name, n]) => [`--${name}`, String(n)]),
    ...(cell === undefined ? [] : ['--cell', cell]),
    ...(['localauth', 'encrypt'] as const).filter((name) => afs[name]).map((name) => `--${name}`),
  ];
}
