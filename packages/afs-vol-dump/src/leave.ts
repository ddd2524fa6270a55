import { CommandError, failure, type Report } from 'command-line';
import type { Volume } from './stock.ts';
import type { Vos } from './vos.ts';

/** What a dump has on a server at the moment, by what vos says while it goes on (UV_DumpClonedVolume of OpenAFS). */
export class Trail {
  /** Whether it has the volume itself: only until there is a clone. */
  holdsVolume = false;
  /** The clone that it has made. */
  clone: number | undefined;

  /** Whether it has ended. One that has not cleans up by itself when its server answers; a server that was started anew does not know it. */
  hasEnded = false;

  hear(line: string): void {
    if (/^Starting transaction on volume \d+.*done/.test(line)) this.holdsVolume = true;
    if (/^Ending the transaction on the volume \d+.*done/.test(line)) this.holdsVolume = false;
    const made = /^Cloning source volume \d+ to clone volume (\d+)/.exec(line)?.[1];
    if (made !== undefined) this.clone = Number(made);
    if (/^Deleting the cloned volume \d+.*done/.test(line)) this.clone = undefined;
  }
}

/** What dumps that have failed may have left on their servers. */
export class LeftBehind {
  readonly #vos: Vos;
  readonly #report: Report;
  readonly #left: { readonly volume: Volume; readonly trail: Trail }[] = [];

  constructor(vos: Vos, report: Report) {
    this.#vos = vos;
    this.#report = report;
  }

  /** Cleans up after a dump; where that is not possible now, at the end. */
  async cleanUp(volume: Volume, trail: Trail): Promise<void> {
    const fault = await leaveAsFound(this.#vos, volume, trail);
    if (fault === undefined) return;
    this.#report.detail(volume.name, `not cleaned up yet: ${fault.message}`);
    this.#left.push({ volume, trail });
  }

  /** Tries once more what was not possible, and names what is not possible still. */
  async conclude(): Promise<void> {
    for (const { volume, trail } of this.#left) {
      const fault = await leaveAsFound(this.#vos, volume, trail);
      if (fault === undefined) continue;
      const what = trail.clone === undefined ? volume.name : `${volume.name}: its clone ${trail.clone}`;
      this.#report.note(what, `may be left on ${volume.server}, and busy for some minutes: ${fault.message}`);
    }
  }
}

/**
 * Leaves a volume as it was before a dump that has failed: not busy, on-line, without the clone. vos does that itself where it can; where
 * it was killed, or its server was, this does. Touches only what the dump itself had. Returns why it could not.
 */
async function leaveAsFound(vos: Vos, volume: Volume, trail: Trail): Promise<CommandError | undefined> {
  const { id, server, partition } = volume;
  const { clone, holdsVolume } = trail;
  const own = new Set([...(holdsVolume ? [id] : []), ...(clone === undefined ? [] : [clone])]);
  if (own.size === 0) return undefined;
  try {
    const transactions = (await vos.transactions(server)).filter(({ volume }) => own.has(volume));
    if (!trail.hasEnded && transactions.length > 0)
      return failure('vos', 'is at it still, and cleans up when it has an answer');
    for (const transaction of transactions) await vos.endTransaction(server, transaction);
    if (clone !== undefined) await removeClone(vos, { id: clone, server, partition });
    if (!holdsVolume || volume.condition !== 'online') return undefined;
    const found = await vos.examine(id, server);
    if (found?.header?.online === false) await vos.bringOnline(volume);
    return undefined;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return error;
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
