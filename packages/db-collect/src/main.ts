import { tmpdir } from 'node:os';
import { isMainThread } from 'node:worker_threads';
import { type Call, outputPaths, runCommand } from 'command-line';
import { fromText } from 'path-stream';
import { openingOf } from 'sealed-file';
import { collect } from './collect.ts';
import { runInspection } from './inspection.ts';
import { command, directoryOf, modeOf } from './options.ts';
import { rehearse } from './rehearse.ts';
import { extractDump, restoreDump } from './restore.ts';
import { StoredDumps } from './stored.ts';
import { listDatabases, listUncovered } from './survey.ts';

if (isMainThread) runCommand(command, dbCollect);
else runInspection();

async function dbCollect(call: Call<(typeof command)['options']>): Promise<void> {
  const { options, report } = call;
  const stored = (): Promise<StoredDumps> => StoredDumps.in(directoryOf(options), openingOf(options));
  switch (modeOf(options)) {
    case 'dump':
      return write(call, await collect(call));
    case 'list':
      return write(call, (await listDatabases(call)).map(fromText));
    case 'discover':
      return write(call, (await listUncovered(call)).map(fromText));
    case 'extract':
      return extractDump(call);
    case 'restore':
      return restoreDump(call);
    case 'check': {
      const dumps = await stored();
      return dumps.checkAll(report);
    }
    case 'rehearse':
      return rehearse(await stored(), options.scratch ?? tmpdir(), report);
  }
}

/** Writes records to stdout. */
async function write(call: Call<(typeof command)['options']>, records: readonly string[]): Promise<void> {
  const output = outputPaths(call, call.options);
  for (const record of records) await output.add(record);
  await output.flush();
}
