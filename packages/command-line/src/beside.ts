import { setTimeout } from 'node:timers/promises';
import { failure } from './errors.ts';
import { runPipeline, type Stage } from './pipeline.ts';

/** Seconds in which a program that serves others has to be ready. */
const patience = 120;

/**
 * Runs a program beside some work that needs it: a server of one's own. It is ready when it says a line on stderr that `isReady` knows; the
 * work is done then, and the program ended, by SIGTERM. It dies with this process.
 */
export async function withProgram<T>(
  stage: Stage,
  isReady: (line: string) => boolean,
  work: () => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const name = stage.name ?? stage.command;
  let tellReady = (): void => {};
  const ready = new Promise<void>((resolve) => {
    tellReady = resolve;
  });
  const onMessage = (line: string): void => {
    if (isReady(line)) tellReady();
  };
  const running = runPipeline([{ ...stage, onMessage }], { stop: stop.signal });
  const gaveUp = running.then(() => {
    throw failure(name, 'ended before it was ready');
  });
  const over = new AbortController();
  const late = setTimeout(patience * 1000, undefined, { signal: over.signal }).then(() => {
    throw failure(name, `was not ready within ${patience} s`);
  });
  late.catch(() => {});
  gaveUp.catch(() => {});
  try {
    await Promise.race([ready, gaveUp, late]);
    over.abort();
    return await work();
  } finally {
    over.abort();
    stop.abort();
    await running.catch(() => {}); // how it ended, once it is not needed, is nobody's business
  }
}
