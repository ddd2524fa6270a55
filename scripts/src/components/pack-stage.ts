import type { Report, Stage } from 'command-line';
import { homeEnvironment } from 'sealed-file';
import { ownCommand } from '../commands.ts';
import { reuseOptions } from '../date/archive-states.ts';
import type { Settings } from '../settings/schema.ts';
import { sealingOptions } from './sealing-options.ts';

/** The date that a run makes. */
export interface DateToMake {
  readonly date: string;
  readonly sequence: number;
}

/** encrypt-tar of one component of a date: into its directory, or over to the configured command. */
export async function packStage(
  settings: Settings,
  making: DateToMake,
  component: string,
  directory: string,
  report: Report,
): Promise<Stage> {
  const move = moveOptions(settings, making, component);
  const where = move
    ? ['--archive-size', settings.archives.size, ...move]
    : await reuseOptions(settings, making.sequence, component, report);
  const args = ['-0', '-d', directory, ...where, ...sealingOptions(settings)];
  return { ...ownCommand('encrypt-tar', args, report), env: homeEnvironment() };
}

/** What makes a component's files go over to the configured command, if there is one. */
export function moveOptions(
  { archives }: Settings,
  { date }: DateToMake,
  component: string,
): string[] | undefined {
  const { move_over } = archives;
  return move_over === undefined
    ? undefined
    : ['--move-over', move_over, '--move-prefix', `${date}/${component}/`];
}
