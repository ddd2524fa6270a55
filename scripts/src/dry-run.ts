import { type Call, formatBytes, outputPaths } from 'command-line';
import type { command } from './backup-options.ts';
import { describeCoverage } from './selection/coverage.ts';
import { sizeOf } from './selection/dropped.ts';
import { readList } from './selection/lists.ts';
import type { Selection } from './selection/select.ts';
import { tellDropped } from './summary.ts';

/** Writes the paths that a run would store, and on stderr how many and how much they are. */
export async function writeDryRun(
  call: Call<(typeof command)['options']>,
  selection: Selection,
): Promise<void> {
  const output = outputPaths(call, call.options);
  let bytes = 0;
  for await (const batch of readList(selection.paths)) {
    for (const path of batch) {
      bytes += sizeOf(path, call.report);
      await output.add(path);
    }
  }
  await output.flush();
  tellDropped(selection.dropped, call.report);
  call.report.note('coverage', describeCoverage(selection.coverage));
  call.report.note('would be stored', `${selection.count} paths, ${formatBytes(bytes)} before compression`);
  call.report.note('annoying files', `${selection.annoyingCount}, listed in ${selection.annoying}`);
  if (!selection.complete) call.report.loss('selection', 'incomplete: what could not be read is named above');
}
