import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Report, runPipeline } from 'command-line';
import { ownCommand } from '../commands.ts';
import { newIndexCopy } from '../date/index-copies.ts';
import type { Selection } from '../selection/select.ts';
import type { Settings } from '../settings/schema.ts';
import type { Outcome } from './component.ts';
import { sealingOptions } from './sealing-options.ts';

/** encrypt-tar of what was selected. The host keeps a copy of the index for itself. */
export async function packFiles(
  settings: Settings,
  selection: Selection,
  directory: string,
  report: Report,
): Promise<Outcome> {
  const copy = newIndexCopy(settings.state);
  await mkdir(dirname(copy), { recursive: true, mode: 0o700 });
  const args = ['-0', '-d', directory, '--plain-index', copy, ...sealingOptions(settings)];
  const paths = await open(selection.paths);
  try {
    const [exitCode] = await runPipeline([ownCommand('encrypt-tar', args, report)], { input: paths.fd });
    const { coverage, count, complete } = selection;
    return { complete: exitCode === 0 && complete, paths: count, coverage };
  } finally {
    await paths.close();
  }
}
