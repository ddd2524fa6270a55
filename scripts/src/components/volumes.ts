import { hostname } from 'node:os';
import { findProgram, type Report, runPipeline } from 'command-line';
import { homeEnvironment } from 'sealed-file';
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
  return { complete: exitCode === 0 };
}

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
