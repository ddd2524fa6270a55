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
    const fault = (await this.#release(volume, trail)) ?? (await this.#removeClone(volume, trail));
    if (fault === undefined) return;
    this.#report.detail(volume.name, `not cleaned up yet: ${fault.message}`);
    if (trail.clone !== undefined) this.#left.push({ volume, trail });
  }

  /** Tries once more to remove clones, and names what is not possible still. */
  async conclude(): Promise<void> {
    for (const { volume, trail } of this.#left) {
      const fault = await this.#removeClone(volume, trail);
      if (fault === undefined) continue;
      const what = `${volume.name}: its clone ${trail.clone}`;
      this.#report.note(what, `may be left on ${volume.server}, and busy for some minutes: ${fault.message}`);
    }
  }

  /**
   * Ends the transaction on the volume itself that vos has left. Right after it has ended, and never later: by then it can be somebody
   * else's. A volume that is off-line now may be so because somebody wants it: that is only told.
   */
  #release(
    { id, server, name }: Volume,
    { holdsVolume, hasEnded }: Trail,
  ): Promise<CommandError | undefined> {
    if (!holdsVolume || !hasEnded) return Promise.resolve(undefined);
    return orFault(async () => {
      await this.#endTransactions(server, id);
      const found = await this.#vos.examine(id, server);
      if (found?.header?.online === false) this.#report.note(name, 'off-line now: vos online brings it back');
    });
  }

  /** Removes the clone that this very dump has made. vos does that itself where it can, and is not hindered. */
  #removeClone({ server, partition }: Volume, { clone, hasEnded }: Trail): Promise<CommandError | undefined> {
    if (clone === undefined) return Promise.resolve(undefined);
    return orFault(async () => {
      const transactions = await this.#vos.transactions(server);
      if (!hasEnded && transactions.some(({ volume }) => volume === clone))
        throw failure('vos', 'is at it still, and cleans up when it has an answer');
      await this.#endTransactions(server, clone);
      await this.#zap({ id: clone, server, partition });
    });
  }

  async #endTransactions(server: string, volume: number): Promise<void> {
    for (const transaction of await this.#vos.transactions(server))
      if (transaction.volume === volume) await this.#vos.endTransaction(server, transaction);
  }

  async #zap(clone: { id: number; server: string; partition: string }): Promise<void> {
    try {
      await this.#vos.zap(clone);
    } catch (error) {
      if (!(error instanceof CommandError && /does not exist/.test(error.why))) throw error;
    }
  }
}

async function orFault(work: () => Promise<void>): Promise<CommandError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return error;
  }
}
