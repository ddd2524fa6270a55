import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError, interruption, type Report } from 'command-line';
import type { Component } from '../date/manifest.ts';
import type { Progress } from '../run-record.ts';
import type { Coverage } from '../selection/coverage.ts';
import { describeFiles, type Earlier } from './describe-files.ts';

/** What a component's work comes to, beside the files that it leaves in its directory. */
export interface Outcome {
  readonly complete: boolean;
  readonly paths?: number;
  readonly coverage?: Coverage;
  /** What there is no dump of: escaped for a message. */
  readonly undumped?: readonly string[];
}

/**
 * Runs one component of a backup in its directory of the date. Whatever happens in it is its own: it ends as `ok`,
 * `incomplete` or `failed`, and the next one runs. One that made no file has failed.
 */
export async function runComponent(
  name: string,
  place: string,
  report: Report,
  progress: Progress,
  earlier: Earlier,
  work: (directory: string) => Promise<Outcome>,
): Promise<Component> {
  const started = performance.now();
  const tell = (): void => progress(name, sealedSoFar(join(place, name)));
  tell();
  const ticker = setInterval(tell, 500);
  const seconds = (): number => Math.round((performance.now() - started) / 100) / 10;
  try {
    const outcome = await work(join(place, name));
    const files = await describeFiles(place, name, earlier);
    if (files.length === 0) throw new CommandError(2, name, 'nothing was made');
    if (outcome.complete) return { status: 'ok', ...counts(outcome), seconds: seconds(), files };
    report.loss(name, 'incomplete: what is missing is named above');
    const why = 'the log on the host names what is missing';
    return { status: 'incomplete', reason: why, ...counts(outcome), seconds: seconds(), files };
  } catch (error) {
    if (!(error instanceof CommandError) || interruption.aborted) throw error;
    report.loss(name, `failed: ${error.message}`, error.hint);
    return { status: 'failed', reason: 'the log on the host says why', seconds: seconds(), files: [] };
  } finally {
    clearInterval(ticker);
  }
}

/** How many bytes the component has sealed, from the files that grow in its directory. */
function sealedSoFar(directory: string): number {
  const sizes = existsSync(directory)
    ? readdirSync(directory).map(
        (file) => lstatSync(join(directory, file), { throwIfNoEntry: false })?.size ?? 0,
      )
    : [];
  return sizes.reduce((sum, size) => sum + size, 0);
}

export function skipped(reason: string): Component {
  return { status: 'skipped', reason, seconds: 0, files: [] };
}

function counts({ paths, coverage }: Outcome): Pick<Component, 'paths' | 'coverage'> {
  return { ...(paths !== undefined && { paths }), ...(coverage !== undefined && { coverage }) };
}
