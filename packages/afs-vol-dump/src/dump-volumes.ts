import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Call, failure, Pace, reason, usageError } from 'command-line';
import { type BytePath, fromText } from 'path-stream';
import { checkSealing, sealingIdentity, sealingOf, syncDirectory } from 'sealed-file';
import type { Workshop } from './attempt.ts';
import { wantedNames } from './input.ts';
import { type command, directoryOf } from './options.ts';
import { recordName, type VolumesRecord, writeRecord } from './record.ts';
import { backUpAll } from './rounds.ts';
import { readState, writeState } from './state.ts';
import { planDumps, tellUnknown } from './survey.ts';
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
  const vos = new Vos(options);
  const names = await wantedNames(call);
  await prepare(directory);
  const plan = await planDumps(vos, options, names, report);
  if (!options.localauth && vos.withoutToken)
    throw failure(
      'vos',
      'has no AFS token, and without one it may dump nothing',
      'run it under k5start -t, or give --localauth',
    );
  const { volumes, excluded } = plan;
  tellUnknown(plan, report);
  if (volumes.length + excluded.length === 0)
    throw failure(
      options.server ?? 'volumes',
      'no read-write volume found',
      'vos listvol tells what is there',
    );
  if (excluded.length > 0) report.note('excluded', `${excluded.length} volumes, by their names`);

  const identity = sealingIdentity(sealing);
  const { reuse, state } = options;
  const earlier = reuse && state ? readState(state, reuse, identity, report) : undefined;
  const pace = new Pace();
  let [done, bytes] = [0, 0];
  const onBytes = (count: number): void => {
    bytes += count;
  };
  const { chain, timeout } = options;
  const workshop: Workshop = { vos, directory, earlier, sealing, chain, timeout, report, onBytes };
  const text = (): string => pace.text({ paths: done, unit: 'volumes', ofPaths: volumes.length, bytes });
  const results = await report.during(text, () =>
    backUpAll(volumes, workshop, options, () => {
      done += 1;
    }),
  );

  const records = results.flatMap(({ record }) => record ?? []).sort((a, b) => (a.name < b.name ? -1 : 1));
  if (records.length === 0 && volumes.length > 0)
    throw failure(directory, 'no volume was dumped', 'see what is named above');
  const record: VolumesRecord = {
    format: 'afs-vol-dump volumes 1',
    volumes: records,
    missing: [...results.flatMap(({ record, name }) => (record ? [] : [name])), ...plan.unknown],
    excluded: [...excluded],
  };
  await writeRecord(directory, record);
  await syncDirectory(directory);
  if (state !== undefined)
    await writeState(
      state,
      identity,
      results.flatMap(({ known }) => known ?? []),
    );
  const files = records.flatMap(({ dumps }) => dumps.map(({ file }) => file));
  return [...files, recordName].map((name) => fromText(join(directory, name)));
}

async function prepare(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw failure(directory, reason(error));
  });
  if (existsSync(join(directory, recordName)))
    throw failure(directory, 'has dumps in it already', 'give a directory that is empty, or not there yet');
}
