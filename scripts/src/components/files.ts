import { open } from 'node:fs/promises';
import { type Report, runPipeline } from 'command-line';
import type { Selection } from '../selection/select.ts';
import type { Settings } from '../settings/schema.ts';
import type { Outcome } from './component.ts';
import { type DateToMake, packStage } from './pack-stage.ts';

/** encrypt-tar of what was selected. */
export async function packFiles(
  settings: Settings,
  making: DateToMake,
  selection: Selection,
  directory: string,
  report: Report,
): Promise<Outcome> {
  const pack = await packStage(settings, making, 'files', directory, report);
  const paths = await open(selection.paths);
  try {
    const [exitCode] = await runPipeline([pack], { input: paths.fd });
    const { coverage, count, complete } = selection;
    return { complete: exitCode === 0 && complete, paths: count, coverage };
  } finally {
    await paths.close();
  }
}
