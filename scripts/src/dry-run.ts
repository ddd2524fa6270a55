import { createReadStream, lstatSync } from 'node:fs';
import { type Call, outputPaths, type Report, reason } from 'command-line';
import { type BytePath, escapePath, readPaths, toFs } from 'path-stream';
import type { command } from './backup-options.ts';
import type { Selection } from './components/files.ts';
import { megabytes } from './summary.ts';

/** Writes the paths that a run would store, and on stderr how many and how much they are. */
export async function writeDryRun(
  call: Call<(typeof command)['options']>,
  selection: Selection,
): Promise<void> {
  const output = outputPaths(call, call.options);
  let bytes = 0;
  for await (const batch of readPaths(createReadStream(selection.paths), '\0')) {
    for (const path of batch) {
      bytes += sizeOf(path, call.report);
      await output.add(path);
    }
  }
  await output.flush();
  call.report.note('would be stored', `${selection.count} paths, ${megabytes(bytes)} before compression`);
  call.report.note('annoying files', `${selection.annoyingCount}, listed in ${selection.annoying}`);
  if (!selection.complete) call.report.loss('selection', 'incomplete: what could not be read is named above');
}

function sizeOf(path: BytePath, report: Report): number {
  try {
    const stats = lstatSync(toFs(path), { throwIfNoEntry: false });
    return stats?.isFile() ? stats.size : 0;
  } catch (error) {
    report.loss(escapePath(path), reason(error));
    return 0;
  }
}
