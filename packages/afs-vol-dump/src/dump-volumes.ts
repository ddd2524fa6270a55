import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Call,
  CommandError,
  failure,
  interruption,
  type Report,
  reason,
  usageError,
} from 'command-line';
import { type BytePath, fromText } from 'path-stream';
import { checkSealing, destinationOf, movedName, moveOf, sealingIdentity, sealingOf } from 'sealed-file';
import type { Result, Workshop } from './attempt.ts';
import { wantedNames } from './input.ts';
import { LeftBehind } from './leave.ts';
import { type command, directoryOf } from './options.ts';
import { VolumeProgress } from './progress.ts';
import { formatRecord, recordName, type VolumesRecord } from './record.ts';
import { backUpAll } from './rounds.ts';
import { readState, writeState } from './state.ts';
import { type Plan, planDumps, stillNameless, tellNameless, tellUnknown } from './survey.ts';
import { Vos } from './vos.ts';

type DumpCall = Call<(typeof command)['options']>;

/** Dumps the volumes that the call asks for into a directory. Returns the files of the directory. */
export async function dumpVolumes(call: DumpCall): Promise<BytePath[]> {
  const { options, report } = call;
  const directory = directoryOf(options);
  const sealing = sealingOf(options);
  checkSealing(sealing);
  if (options.reuse !== undefined && options.state === undefined)
    throw usageError('--reuse', 'given without what is known of it', 'give --state FILE, here and before');
  const destination = destinationOf(moveOf(options), directory);
  const vos = new Vos(options);
  const names = await wantedNames(call);
  await prepare(directory);
  const plan = await planDumps(vos, options, names, report);
  requireToken(vos, options);
  requireVolumes(plan, options, report);

  const identity = sealingIdentity(sealing);
  const { reuse, state, chain, timeout } = options;
  const earlier = reuse && state ? readState(state, reuse, identity, report) : undefined;
  const asked = new Set(plan.volumes.map(({ id }) => id));
  const gone = [...(earlier?.volumes.values() ?? [])].filter(({ id }) => !asked.has(id));
  tellSome(
    'in the last dumps, and not any more',
    gone.map(({ name }) => name),
    report,
  );
  const left = new LeftBehind(vos, report);
  const progress = new VolumeProgress(plan.volumes.length);
  const workshop: Workshop = {
    vos,
    directory,
    destination,
    earlier,
    sealing,
    chain,
    timeout,
    report,
    left,
    progress,
  };
  const results = await report
    .during(
      () => progress.text(),
      () => backUpAll(plan.volumes, workshop, options),
    )
    .finally(() => (interruption.aborted ? undefined : left.conclude()));
  await tellNamelessAtEnd(vos, plan.nameless, report);

  const record = recordOf(results, plan);
  if (record.volumes.length === 0 && plan.volumes.length > 0)
    throw failure(directory, 'no volume was dumped', 'see what is named above');
  await destination.put(recordName, formatRecord(record));
  await destination.conclude();
  const known = results.flatMap((result) => result.known ?? []);
  if (state !== undefined) await writeState(state, identity, known);
  const files = record.volumes.flatMap(({ dumps }) => dumps.map(({ file }) => file));
  return [...files, recordName].map((name) => fromText(destination.address(name)));
}

/** What could not be asked at the end was there at the start. */
async function tellNamelessAtEnd(vos: Vos, nameless: Plan['nameless'], report: Report): Promise<void> {
  try {
    tellNameless(await stillNameless(vos, nameless), report);
  } catch (error) {
    if (!(error instanceof CommandError) || interruption.aborted) throw error;
    tellNameless(nameless, report);
  }
}

/** vos goes on without a token, and is refused everything, one volume after the other. */
function requireToken(vos: Vos, { localauth }: DumpCall['options']): void {
  if (!localauth && vos.withoutToken)
    throw failure(
      'vos',
      'has no AFS token, and without one it may dump nothing',
      'run it under k5start -t, or give --localauth',
    );
}

function requireVolumes(
  { volumes, excluded, others, unknown }: Plan,
  { server }: DumpCall['options'],
  report: Report,
): void {
  tellUnknown(unknown, report);
  tellSome('excluded by their names', excluded, report);
  tellSome('not asked for', others, report);
  if (volumes.length > 0) return;
  const why = excluded.length > 0 ? 'every volume is excluded by its name' : 'no read-write volume found';
  throw failure(server ?? 'volumes', why, 'vos listvol tells what is there');
}

/** A run is read by people: they see some names, and how many more there are. */
function tellSome(what: string, names: readonly string[], report: Report): void {
  const [some, rest] = [names.slice(0, 10), names.length - 10];
  if (names.length > 0) report.note(what, some.join(' ') + (rest > 0 ? ` and ${rest} more` : ''));
}

function recordOf(results: readonly Result[], { unknown, excluded }: Plan): VolumesRecord {
  const volumes = results.flatMap(({ record }) => record ?? []);
  const missing = results.flatMap(({ record, name }) => (record ? [] : [name]));
  return {
    format: 'afs-vol-dump volumes 1',
    volumes: volumes.sort((a, b) => (a.name < b.name ? -1 : 1)),
    missing: [...missing, ...unknown].sort(),
    excluded: [...excluded],
  };
}

async function prepare(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw failure(directory, reason(error));
  });
  if ([recordName, movedName].some((name) => existsSync(join(directory, name))))
    throw failure(directory, 'has dumps in it already', 'give a directory that is empty, or not there yet');
}
