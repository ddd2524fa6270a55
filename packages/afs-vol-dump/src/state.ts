import { readFileSync } from 'node:fs';
import { errorCode, type Report, reason } from 'command-line';
import { type FileState, isAsItWas, storeFile } from 'sealed-file';
import * as z from 'zod/mini';
import type { Dump, LastSeen } from './chain.ts';
import { readClock, wasSet } from './clock.ts';

const count = z.int().check(z.nonnegative());

const known = z.strictObject({
  name: z.string(),
  id: z.int().check(z.positive()),
  seen: z.strictObject({
    created: count,
    copied: count,
    updated: count,
    quota: count,
    skew: z.int(),
    updates: z.optional(count),
  }),
  dumps: z.array(
    z.strictObject({
      ...{ file: z.string(), from: count, to: count, bytes: count },
      /** Of the sealed file. */
      ...{ size: count, mtimeNs: z.string() },
    }),
  ),
});

const schema = z.strictObject({
  format: z.literal('afs-vol-dump state 1'),
  /** Stands for the recipients, or the key: see sealingIdentity. */
  sealing: z.string(),
  clock: z.strictObject({ boot: z.string(), wall: z.number(), uptime: z.number() }),
  volumes: z.array(known),
});

/** A dump, and how its file was when it was made. */
export interface StoredDump extends Dump, Omit<FileState, 'name'> {}

/** What is known of a volume: enough to tell whether it has changed, and what a dump can stand on. */
export interface Known {
  readonly name: string;
  readonly id: number;
  readonly seen: LastSeen;
  readonly dumps: readonly StoredDump[];
}

/** Earlier dumps that this run may build on. */
export interface Earlier {
  readonly directory: string;
  readonly volumes: ReadonlyMap<number, Known>;
}

/**
 * Reads what is known of an earlier directory of dumps. Of no use is a state that is missing, damaged, or of other recipients, and of a
 * volume, a chain of which a file is not there as it was: all that costs full dumps, and the reason is told.
 */
export function readState(
  file: string,
  directory: string,
  sealing: string,
  report: Report,
): Earlier | undefined {
  const tell = (why: string): undefined =>
    report.note(file, `${why}: every volume is dumped in full`) as undefined;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return tell(errorCode(error) === 'ENOENT' ? 'no such file' : reason(error));
  }
  const state = parse(text);
  if (state === undefined) return tell('damaged');
  if (state.sealing !== sealing) return tell('of other recipients, or of another key');
  if (wasSet(state.clock, readClock())) return tell('the clock of this host was set since');
  const whole = state.volumes.filter(({ name, dumps }) => {
    const broken = dumps.find((dump) => !isAsItWas(directory, { ...dump, name: dump.file }));
    if (broken) report.note(name, `${broken.file} is not there as it was: dumped in full`);
    return broken === undefined;
  });
  return {
    directory,
    volumes: new Map(
      whole.map(({ seen, ...rest }) => [rest.id, { ...rest, seen: { updates: undefined, ...seen } }]),
    ),
  };
}

/** Replaces the state file. */
export async function writeState(file: string, sealing: string, volumes: readonly Known[]): Promise<void> {
  const state = { format: 'afs-vol-dump state 1', sealing, clock: readClock(), volumes };
  await storeFile(file, async (handle) => {
    await handle.writeFile(`${JSON.stringify(state)}\n`);
  });
}

function parse(text: string): z.infer<typeof schema> | undefined {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
