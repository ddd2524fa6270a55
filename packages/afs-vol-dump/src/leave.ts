import { CommandError, type Report } from 'command-line';
import type { Volume } from './stock.ts';
import type { Vos } from './vos.ts';

/** What a dump has on a server at the moment, by what vos says while it goes on (UV_DumpClonedVolume of OpenAFS). */
export class Trail {
  /** Whether it has the volume itself: only until there is a clone. */
  holdsVolume = false;
  /** The clone that it has made. */
  clone: number | undefined;

  hear(line: string): void {
    if (/^Starting transaction on volume \d+.*done/.test(line)) this.holdsVolume = true;
    if (/^Ending the transaction on the volume \d+.*done/.test(line)) this.holdsVolume = false;
    const made = /^Cloning source volume \d+ to clone volume (\d+)/.exec(line)?.[1];
    if (made !== undefined) this.clone = Number(made);
    if (/^Deleting the cloned volume \d+.*done/.test(line)) this.clone = undefined;
  }
}

/**
 * Leaves a volume as it was before a dump that has failed: not busy, on-line, without the clone. vos does that itself where it can; where
 * it was killed, or its server was, this does. Touches only what the dump itself had.
 */
export async function leaveAsFound(vos: Vos, volume: Volume, trail: Trail, report: Report): Promise<void> {
  const { id, server, partition, name } = volume;
  const { clone, holdsVolume } = trail;
  const own = new Set([...(holdsVolume ? [id] : []), ...(clone === undefined ? [] : [clone])]);
  if (own.size === 0) return;
  try {
    for (const transaction of await vos.transactions(server))
      if (own.has(transaction.volume)) await vos.endTransaction(server, transaction);
    if (clone !== undefined) await removeClone(vos, { id: clone, server, partition });
    if (!holdsVolume || volume.condition !== 'online') return;
    const found = await vos.examine(id, server);
    if (found?.header?.online === false) await vos.bringOnline(volume);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const what = clone === undefined ? name : `${name}, or its clone ${clone}`;
    report.note(what, `may be left busy for some minutes: ${error.message}`);
  }
}

async function removeClone(
  vos: Vos,
  clone: { id: number; server: string; partition: string },
): Promise<void> {
  try {
    await vos.zap(clone);
  } catch (error) {
    if (!(error instanceof CommandError && /does not exist/.test(error.why))) throw error;
  }
}
