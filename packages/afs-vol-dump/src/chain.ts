import type { Header } from './listed.ts';

/** A dump in a file. Times are seconds since 1970, by the server's clock. */
export interface Dump {
  readonly file: string;
  /** What changed from then on is in it; from 0: all. */
  readonly from: number;
  /** When the volume was as it is here: a clone's time. */
  readonly to: number;
  /** Of the dump itself, before it was sealed. */
  readonly bytes: number;
}

/** What is known of a volume's last dump, beside the dumps. */
export interface LastSeen extends Pick<Header, 'created' | 'copied' | 'updated' | 'quota'> {
  /** Undefined where it may have been counted before the clone was made. */
  readonly updates: number | undefined;
  /** The server's clock less ours, when it was dumped, in seconds. */
  readonly skew: number;
}

/** What is to be done about a volume of which there are dumps. */
export type Step =
  | { readonly kind: 'link' }
  | { readonly kind: 'incremental'; readonly since: number }
  | { readonly kind: 'full'; readonly why: string };

/**
 * Decides what a volume costs this time. `chain` are its dumps, a full one first; `most`, how many incremental ones may stand on that.
 *
 * Nothing is dumped where it has not changed since the clone was made: what has its update time within that second may have
 * changed in it once more. Whatever makes the times say nothing (restored, recreated, moved, the server's clock set back) costs a full dump:
 * an incremental one has what its server's clock says is new (DumpVnodeIndex of OpenAFS).
 */
export function nextStep(chain: readonly Dump[], seen: LastSeen, now: Header, most: number): Step {
  const [full, ...increments] = chain;
  const last = chain.at(-1);
  if (full === undefined || last === undefined) return { kind: 'full', why: 'no earlier dump' };
  if (now.created !== seen.created || now.copied !== seen.copied)
    return { kind: 'full', why: 'created, restored or moved since' };
  const isSame = now.updated === seen.updated && now.updates === seen.updates;
  if (isSame && now.quota === seen.quota && now.updated < last.to) return { kind: 'link' };
  // A server that counts changes has 0 only where there was none.
  const counted = now.updates - (seen.updates ?? now.updates);
  if (
    counted < 0 ||
    (now.updates > 0 && counted === 0 && seen.updates !== undefined && now.updated !== seen.updated)
  )
    return {
      kind: 'full',
      why: 'changed by something that does not count as a change: restored, or salvaged',
    };
  if (now.updated < last.to && now.updated !== seen.updated)
    return {
      kind: 'full',
      why: 'changed at a time before the last dump: the clock of its server was set back',
    };
  if (increments.length >= most) return { kind: 'full', why: `${most} dumps stand on the last full one` };
  const weight = increments.reduce((sum, { bytes }) => sum + bytes, 0);
  if (weight * 2 > full.bytes) return { kind: 'full', why: 'those on the last full one outweigh half of it' };
  return { kind: 'incremental', since: last.to };
}
