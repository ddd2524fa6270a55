import { open } from 'node:fs/promises';
import { type Report, runPipeline } from 'command-line';
import { ownCommand } from '../commands.ts';
import { reuseOptions } from '../date/archive-states.ts';
import type { Selection } from '../selection/select.ts';
import type { Settings } from '../settings/schema.ts';
import type { Outcome } from './component.ts';
import { sealingOptions } from './sealing-options.ts';

/** encrypt-tar of what was selected. */
export async function packFiles(
  settings: Settings,
  sequence: number,
  selection: Selection,
  directory: string,
  report: Report,
): Promise<Outcome> {
  const reuse = await reuseOptions(settings, sequence, 'files', report);
  const pack = ownCommand(
    'encrypt-tar',
    ['-0', '-d', directory, ...reuse, ...sealingOptions(settings)],
    report,
  );
  const paths = await open(selection.paths);
  try {
    const [exitCode] = await runPipeline([pack], { input: paths.fd });
    const { coverage, count, complete } = selection;
    return { complete: exitCode === 0 && complete, paths: count, coverage };
  } finally {
    await paths.close();
  }
}
