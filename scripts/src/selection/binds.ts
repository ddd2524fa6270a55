import { captureOutput, type Report } from 'command-line';
import { type BytePath, escapePath } from 'path-stream';
import type { Ledger } from './coverage.ts';
import { filterStage } from './rules.ts';

/**
 * Names the bind mounts whose content rules exclude under the name under which it is walked: it is in the backup under neither,
 * and no rule says so of the mount point. Returns whether there are none.
 */
export async function tellLostBinds(
  { binds }: Ledger,
  exclude: readonly string[],
  report: Report,
): Promise<boolean> {
  if (binds.length === 0) return true;
  const stage = filterStage(exclude, report, ['--invert']);
  const input = Buffer.from(`${binds.flat().join('\0')}\0`, 'latin1');
  const output = await captureOutput(stage, async (stdin) => void stdin.write(input));
  const excluded = new Set<BytePath>(output.toString('latin1').split('\0'));
  const lost = binds.filter(([path, shownAt]) => !excluded.has(path) && excluded.has(shownAt));
  for (const [path, shownAt] of lost)
    report.loss(
      escapePath(path),
      `not stored: a bind mount of ${escapePath(shownAt)}, which the rules exclude`,
      'exclude the mount point too, or neither',
    );
  return lost.length === 0;
}
