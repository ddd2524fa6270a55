import { setTimeout } from 'node:timers/promises';
import { CommandError, failure, inParallel, interruption } from 'command-line';
import { backUpVolume, keepEarlier, type Result, type Workshop } from './attempt.ts';
import type { Listed } from './listed.ts';
import type { Options } from './options.ts';
import { conditionOf, handlingOf, type Volume } from './stock.ts';
import { silentHint } from './vos.ts';

/** Between one round of tries and the next, in ms: at first, and at most. */
const pauses = { first: 2000, longest: 60_000 } as const;

/** What may be over in a while, as vos tells it. */
const passing = /busy|salvag|restart|not attached/i;

/**
 * Backs up all volumes, some of them at once, and tries those that are busy again and again while that may help. What cannot be
 * dumped is a loss; of such a volume, the last dump is kept.
 */
export async function backUpAll(
  volumes: readonly Volume[],
  workshop: Workshop,
  { parallel, retry }: Pick<Options, 'parallel' | 'retry'>,
): Promise<Result[]> {
  const results: Result[] = [];
  const deadline = performance.now() + retry * 1000;
  const silent = new Set<string>();
  let refusal: CommandError | undefined;
  let pending = volumes;
  for (let pause: number = pauses.first; ; pause = Math.min(pause * 2, pauses.longest)) {
    const isLast = performance.now() + pause > deadline;
    const again: Volume[] = [];
    await inParallel(parallel, pending, async (volume) => {
      if (refusal !== undefined) return;
      const result = await tryVolume(volume, workshop, silent, isLast);
      if (result instanceof CommandError) {
        refusal = result;
        return;
      }
      if (result === 'again') return void again.push(volume);
      results.push(result);
      workshop.progress.pass();
    });
    if (refusal !== undefined) return tellRefused(refusal, volumes, results, workshop);
    if (again.length === 0) return results;
    workshop.report.detail('busy', `${again.length} volumes are tried again in ${pause / 1000} s`);
    await setTimeout(pause, undefined, { signal: interruption });
    pending = await lookAgain(again, workshop);
  }
}

/** One try. Servers that have stopped to answer are not asked again. What is refused will be for every volume: that error is returned. */
async function tryVolume(
  volume: Volume,
  workshop: Workshop,
  silent: Set<string>,
  isLast: boolean,
): Promise<Result | 'again' | CommandError> {
  const { name, server } = volume;
  const { wait, loss } = handlingOf(volume);
  try {
    if (silent.has(server)) throw failure(server, 'does not answer any more', silentHint);
    if (wait !== undefined) throw failure(name, ...wait);
    const result = await backUpVolume(volume, workshop);
    if (loss !== undefined) tellLoss(...loss, result, workshop);
    return result;
  } catch (error) {
    if (!(error instanceof CommandError) || interruption.aborted) throw error;
    if (/VOLSER: permission denied/i.test(error.why))
      return failure(
        'vos dump',
        error.why,
        'its principal must be in the UserList of the server: bos adduser',
      );
    const mayPass = wait !== undefined || passing.test(error.why);
    if (mayPass && !isLast && !silent.has(server)) return 'again';
    if (wait === undefined && !silent.has(server) && !(await workshop.vos.answers(server)))
      silent.add(server);
    const result = keepOrNothing(volume, workshop);
    tellLoss(error.what === name ? error.why : error.message, error.hint, result, workshop);
    return result;
  }
}

/** What has been dumped by then is kept. Where nothing was, there is one thing to say, not as many as volumes. */
function tellRefused(
  refusal: CommandError,
  volumes: readonly Volume[],
  results: readonly Result[],
  workshop: Workshop,
): Result[] {
  if (results.every(({ record }) => record?.status !== 'ok')) throw refusal;
  const done = new Set(results.map(({ name }) => name));
  const refused = volumes
    .filter(({ name }) => !done.has(name))
    .map((volume) => keepOrNothing(volume, workshop));
  for (const result of refused) tellLoss(refusal.message, refusal.hint, result, workshop);
  return [...results, ...refused];
}

/** The last dumps of a volume, if they can be linked. */
function keepOrNothing(volume: Volume, workshop: Workshop): Result {
  try {
    return keepEarlier(volume, workshop);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    workshop.report.loss(volume.name, `its last dump cannot be kept: ${error.message}`, error.hint);
    return { name: volume.name, record: undefined, known: undefined };
  }
}

/** What is said by now of volumes that could not be dumped before. */
async function lookAgain(volumes: readonly Volume[], { vos, report }: Workshop): Promise<Volume[]> {
  const servers = new Set(volumes.filter((volume) => handlingOf(volume).wait).map(({ server }) => server));
  const listed = new Map<string, Listed>();
  for (const server of servers)
    try {
      for (const one of await vos.list(server, undefined)) listed.set(placeOf(one), one);
    } catch (error) {
      if (!(error instanceof CommandError) || interruption.aborted) throw error;
      report.note(server, `no list of its volumes: ${error.message}`);
    }
  return volumes.map((volume) => {
    const found = handlingOf(volume).wait && listed.get(placeOf(volume));
    return found ? { ...volume, header: found.header, condition: conditionOf(volume.name, found) } : volume;
  });
}

function placeOf({ server, partition, id }: Pick<Volume, 'server' | 'partition' | 'id'>): string {
  return `${server} ${partition} ${id}`;
}

function tellLoss(
  why: string,
  hint: string | undefined,
  { name, record }: Result,
  { report }: Workshop,
): void {
  report.loss(name, record?.status === 'kept' ? `${why}; its last dump is kept` : why, hint);
}
