import { setTimeout } from 'node:timers/promises';
import { CommandError, failure, inParallel, interruption } from 'command-line';
import { backUpVolume, keepEarlier, type Result, type Workshop } from './attempt.ts';
import type { Options } from './options.ts';
import { conditionOf, handlingOf, type Volume } from './stock.ts';
import { silentHint } from './vos.ts';

/** Between one round of tries and the next, in ms: at first, and at most. */
const pauses = { first: 2000, longest: 60_000 } as const;

/** What may well be over in a while. */
const passing = /busy|salvag|restart|not attached/i;

/**
 * Backs up all volumes, some of them at once, and tries those that are busy again and again while that may help. What cannot be
 * dumped is a loss; of such a volume, the last dump is kept.
 */
export async function backUpAll(
  volumes: readonly Volume[],
  workshop: Workshop,
  { parallel, retry }: Pick<Options, 'parallel' | 'retry'>,
  onDone: () => void,
): Promise<(Result & { readonly volume: Volume })[]> {
  const results = new Map<Volume, Result>();
  const deadline = performance.now() + retry * 1000;
  const silent = new Set<string>();
  let pause: number = pauses.first;
  for (let pending = volumes; pending.length > 0; ) {
    const isLast = performance.now() + pause > deadline;
    const again: Volume[] = [];
    await inParallel(parallel, pending, async (volume) => {
      const result = await tryVolume(volume, workshop, silent, isLast);
      if (result === 'again') again.push(volume);
      else {
        results.set(volume, result);
        onDone();
      }
    });
    pending = again;
    if (pending.length === 0) break;
    workshop.report.detail('busy', `${pending.length} volumes are tried again in ${pause / 1000} s`);
    await setTimeout(pause, undefined, { signal: interruption });
    pause = Math.min(pause * 2, pauses.longest);
  }
  return volumes.flatMap((volume) => {
    const result = results.get(volume);
    return result ? [{ ...result, volume }] : [];
  });
}

/** One try. Servers that have stopped to answer are not asked again. */
async function tryVolume(
  listed: Volume,
  workshop: Workshop,
  silent: Set<string>,
  isLast: boolean,
): Promise<Result | 'again'> {
  const { report, vos } = workshop;
  const { name, server } = listed;
  try {
    if (silent.has(server)) throw failure(server, 'does not answer any more', silentHint);
    const volume = await lookAgain(listed, workshop);
    const result = await backUpVolume(volume, workshop);
    const { loss } = handlingOf(volume);
    if (loss !== undefined) tellLoss(volume, ...loss, result, workshop);
    return result;
  } catch (error) {
    if (!(error instanceof CommandError) || interruption.aborted) throw error;
    if (!isLast && passing.test(error.why)) return 'again';
    if (!silent.has(server) && !(await vos.answers(server))) silent.add(server);
    const result = keepEarlier(listed, workshop);
    tellLoss(listed, error.what === name ? error.why : error.message, error.hint, result, workshop);
    return result;
  } finally {
    report.progress(() => name);
  }
}

/** What a volume is like by now that its server could tell nothing of. */
async function lookAgain(volume: Volume, { vos }: Workshop): Promise<Volume> {
  const { name, id, server, condition } = volume;
  if (condition !== 'busy' && condition !== 'unattachable') return volume;
  const found = await vos.examine(id, server);
  if (found?.status === 'BUSY')
    throw failure(name, 'busy: another operation has it', 'vos status tells which');
  if (found?.header === undefined)
    throw failure(name, 'cannot be attached: it may need to be salvaged', 'bos salvage');
  return { ...volume, header: found.header, condition: conditionOf(name, found) };
}

function tellLoss(
  { name }: Volume,
  why: string,
  hint: string | undefined,
  result: Result,
  { report }: Workshop,
): void {
  const kept = result.record?.status === 'kept' ? '; its last dump is kept' : '';
  report.loss(name, `${why}${kept}`, hint);
}
