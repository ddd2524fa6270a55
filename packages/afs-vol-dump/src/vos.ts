import type { Readable } from 'node:stream';
import { ChildFailure, captureOutput, failure, runPipeline, type Stage } from 'command-line';
import type { Trail } from './leave.ts';
import { type Listed, parseList, parseListing } from './listed.ts';
import { parseTransactions, type Transaction } from './transactions.ts';
import { parseVldb, type VldbEntry } from './vldb.ts';

/** How vos is to authenticate, whom it asks, and how long it may wait. */
export interface VosOptions {
  readonly localauth: boolean;
  readonly encrypt: boolean;
  readonly cell: string | undefined;
  /** Seconds in which a server has to answer: vos itself waits for minutes, and for some things for ever. */
  readonly timeout: number;
}

/** What it says of a token it does not have. It goes on without. */
const unauthenticated = /could not get afs tokens/i;
/** Neither that, nor its announcement of a failure, says why something failed. */
const noise = /could not get afs tokens|^Error in vos |^\s*$/i;

/** timeout(1): the time was over, or it had to kill. */
const timedOut = [124, 137];

/** So long vos may take to end when nobody reads its dump any more, in ms: it deletes its clone. Where its server is silent, it ends later. */
const cleanupPatience = 10_000;

/** The end of any dump: vos waits for some things for ever, and nobody waits for it then. In timeout's words. */
const longestDump = '2d';

/** vos(1), with a limit on each call. */
export class Vos {
  readonly #options: VosOptions;
  /** Whether it has said that it had no token. */
  withoutToken = false;

  constructor(options: VosOptions) {
    this.#options = options;
  }

  /** What the VLDB has: all of it, of the volumes with a site on a server, or of one volume. */
  async vldb(of: { server?: string | undefined; volume?: string } = {}): Promise<VldbEntry[]> {
    const { server, volume } = of;
    const which =
      volume === undefined ? (server === undefined ? [] : ['-server', server]) : ['-name', volume];
    return parseVldb(await this.#ask('listvldb', [...which, '-noresolve']));
  }

  /** The addresses that a file server has registered. */
  async addresses(server: string): Promise<string[]> {
    const text = await this.#ask('listaddrs', ['-host', server, '-noresolve']);
    return text.split(/\s+/).filter((word) => word !== '');
  }

  /** All volumes on a server, or on one of its partitions. */
  async list(server: string, partition: string | undefined): Promise<Listed[]> {
    const where = partition === undefined ? [] : ['-partition', partition];
    return parseList(await this.#ask('listvol', ['-server', server, ...where, '-format']), server);
  }

  /** One volume as its server has it; undefined where it is not there. */
  async examine(id: number, server: string): Promise<Listed | undefined> {
    const listed = parseListing(await this.#ask('examine', ['-id', String(id), '-format']), server);
    return listed.find((one) => one.id === id);
  }

  async transactions(server: string): Promise<Transaction[]> {
    return parseTransactions(await this.#ask('status', ['-server', server]));
  }

  async endTransaction(server: string, { number }: Transaction): Promise<void> {
    await this.#ask('endtrans', ['-server', server, '-transaction', String(number)]);
  }

  /** Removes a volume from its server's disk, and nothing from the VLDB. */
  async zap(volume: { id: number; server: string; partition: string }): Promise<void> {
    await this.#ask('zap', where(volume));
  }

  /** Whether a server answers at all. */
  answers(server: string): Promise<boolean> {
    return this.#ask('listpart', ['-server', server]).then(
      () => true,
      () => false,
    );
  }

  /**
   * Dumps a clone of a volume, or the volume itself: what has changed since some time, or all from 0. `read` gets the dump; where it throws, vos is left to
   * delete its clone. `trail` is what it has on the server.
   */
  async dump(
    volume: { id: number; server: string; partition: string },
    { since, clone, omitDirectories }: { since: number; clone: boolean; omitDirectories: boolean },
    read: (dump: Readable) => Promise<void>,
    trail: Trail,
  ): Promise<void> {
    const { encrypt } = this.#options;
    const flags = { '-clone': clone, '-omitdirs': omitDirectories, '-encrypt': encrypt };
    const how = Object.entries(flags).flatMap(([flag, isSet]) => (isSet ? [flag] : []));
    const what = ['-time', String(since), '-verbose', ...how];
    const stage: Stage = {
      ...{ command: 'timeout', name: 'vos dump', endsUnread: cleanupPatience },
      args: ['-s', 'KILL', longestDump, 'vos', 'dump', ...where(volume), ...what, ...this.#always()],
      ...this.#hearing((line) => trail.hear(line)),
      onEnd: () => {
        trail.hasEnded = true;
      },
    };
    await runPipeline([stage], { output: read });
  }

  async #ask(what: string, args: readonly string[]): Promise<string> {
    const { timeout } = this.#options;
    const limit = ['-k', '5', String(timeout), 'vos', what];
    const stage: Stage = {
      ...{ command: 'timeout', name: `vos ${what}`, args: [...limit, ...args, ...this.#always()] },
      ...this.#hearing(() => {}),
    };
    try {
      return (await captureOutput(stage)).toString('latin1');
    } catch (error) {
      if (error instanceof ChildFailure && timedOut.includes(error.childExitCode ?? 0))
        throw failure(`vos ${what}`, `no answer within ${timeout} s`, silentHint);
      throw error;
    }
  }

  #always(): string[] {
    const { localauth, cell } = this.#options;
    return [...(localauth ? ['-localauth'] : []), ...(cell === undefined ? [] : ['-cell', cell])];
  }

  #hearing(hear: (line: string) => void): Pick<Stage, 'noise' | 'onMessage'> {
    const onMessage = (line: string): void => {
      if (unauthenticated.test(line)) this.withoutToken = true;
      hear(line);
    };
    return { noise, onMessage };
  }
}

export const silentHint = 'is the server up, and do its packets come through?';

function where({ id, server, partition }: { id: number; server: string; partition: string }): string[] {
  return ['-id', String(id), '-server', server, '-partition', partition];
}
