import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { interruption } from './interrupt.ts';
import { type Outcome, settle } from './outcome.ts';
import type { Stage } from './pipeline.ts';
import { openUnnamed } from './unnamed.ts';

/*
 * Programs that leave things behind when a signal ends them, and clean up when nobody reads what they write any more. Such a one
 * is in a session of its own, for the terminal's signals; the kernel is not asked to kill it with this process; and its stderr is
 * a file, for one that breaks under it would keep it from cleaning up.
 */

/** A file for what it says. */
export function openMessages(): number {
  return openUnnamed(join(tmpdir(), `hcoop-messages-${randomBytes(8).toString('hex')}`));
}

type Child = Pick<ChildProcess, 'stdout' | 'unref'> & PromiseLike<{ exitCode?: number; signal?: string }>;

/**
 * Waits for its end, and hears then what it has said. When `stop` aborts, what it writes to is closed; if it is still there so many ms later, or
 * when this process is to end, it is left alone, and what it has said by then is heard: it ends when it notices.
 */
export async function settleUnread(
  stage: Stage,
  child: Child,
  messages: number,
  patience: number,
  stop: AbortSignal,
): Promise<Outcome> {
  const over = new AbortController();
  const leave = async (): Promise<boolean> => {
    if (!stop.aborted) await once(stop, 'abort', { signal: over.signal });
    child.stdout?.destroy();
    await setTimeout(patience, undefined, { signal: AbortSignal.any([over.signal, interruption]) }).catch(
      () => {},
    );
    return false;
  };
  const left = leave();
  left.catch(() => {}); // it has ended before that
  const hasEnded = await Promise.race([child.then(() => true), left]);
  over.abort();
  if (!hasEnded) child.unref();
  return settle(stage, readMessages(messages), hasEnded ? child : Promise.resolve({}));
}

function readMessages(file: number): Readable {
  return createReadStream('', { fd: file, start: 0 });
}
