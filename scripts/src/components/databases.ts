import {
  CommandError,
  captureOutput,
  interruption,
  type Report,
  runPipeline,
  type Stage,
} from 'command-line';
import { escapePath } from 'path-stream';
import { homeEnvironment } from 'sealed-file';
import { ownCommand } from '../commands.ts';
import { reuseState } from '../date/archive-states.ts';
import type { Settings } from '../settings/schema.ts';
import type { Outcome } from './component.ts';
import { type DateToMake, moveOptions } from './pack-stage.ts';
import { sealingOptions } from './sealing-options.ts';

type Databases = NonNullable<Settings['databases']>;

/** db-collect of all that is configured; and a database server that runs here and is not, is a loss. */
export async function packDatabases(
  settings: Settings,
  databases: Databases,
  making: DateToMake,
  directory: string,
  report: Report,
): Promise<Outcome> {
  const { items, exclude, stale, timeout } = databases;
  const where =
    moveOptions(settings, making, 'databases') ??
    (await reuseState(settings, making.sequence, 'databases', report));
  const options = [
    ...Object.entries({ stale, timeout }).flatMap(([name, n]) => [`--${name}`, String(n)]),
    ...exclude.flatMap((pattern) => ['--exclude', pattern]),
  ];
  const args = ['-0', '-d', directory, ...where, ...options, ...sealingOptions(settings), '--', ...items];
  const uncovered = await undumpedServers(databases, report);
  for (const url of uncovered)
    report.loss(url, 'a database server that has no dump', 'add it to items, or to no_dump');
  const [exitCode] = await runPipeline([collector(args, report)]);
  return { complete: exitCode === 0 && uncovered.length === 0, undumped: uncovered };
}

/** Where none is configured: the servers that run here. Not to find out is no reason not to back up the rest. */
export async function unconfiguredServers(report: Report): Promise<string[]> {
  try {
    return await undumpedServers(undefined, report);
  } catch (error) {
    if (!(error instanceof CommandError) || interruption.aborted) throw error;
    report.note('databases', `whether any run here is not known: ${error.message}`);
    return [];
  }
}

/** The database servers that run here and are not configured to be dumped: the URLs that would be items. */
async function undumpedServers(databases: Databases | undefined, report: Report): Promise<string[]> {
  const { items = [], no_dump = [] } = databases ?? {};
  const args = ['-0', '--discover', ...no_dump.flatMap((pattern) => ['--exclude', pattern]), '--', ...items];
  const found = (await captureOutput(collector(args, report))).toString('latin1');
  return found.split('\0').slice(0, -1).map(escapePath);
}

/** Its temporary files are where the users that it works as may come: see db-collect's decision note. */
function collector(args: readonly string[], report: Report): Stage {
  return { ...ownCommand('db-collect', args, report), env: { ...homeEnvironment(), TMPDIR: '/var/tmp' } };
}
