import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, failure, type Report, reason } from 'command-line';
import { isDate, manifestDigest } from 'date-tree';
import { storeFile } from 'sealed-file';
import { z } from 'zod';
import type { Settings } from '../settings/schema.ts';
import { keptDates } from './kept.ts';
import type { Manifest } from './manifest.ts';

const schema = z.object({
  sequence: z.int().nonnegative(),
  /** The SHA-256 of its manifest. */
  manifest: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  /** The newest date that went over to a command. */
  moved: z.string().refine(isDate, 'a date').optional(),
});

/** What this host remembers of the last date that it gave out: it holds even where every published date is gone. */
export type Last = z.infer<typeof schema>;

/** Without such a memory, number 0. */
export function readLast(state: string): Last {
  const file = lastFile(state);
  const hint = 'mend or remove it: the published dates have the number too';
  try {
    const result = schema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    if (result.success) return result.data;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return { sequence: 0 };
    throw failure(file, reason(error), hint);
  }
  throw failure(file, 'no sequence number in it', hint);
}

/** Remembers a date that has been given out; `place` is where it lies, `movedOver` whether it went over to a command. */
export async function rememberLast(
  state: string,
  place: string,
  { sequence, date }: Manifest,
  movedOver: boolean,
): Promise<void> {
  const moved = movedOver ? date : readLast(state).moved;
  const last: Last = { sequence, manifest: manifestDigest(place), ...(moved !== undefined && { moved }) };
  await storeFile(lastFile(state), async (handle) => {
    await handle.writeFile(`${JSON.stringify(last)}\n`);
  });
}

/** The number of the date that a run makes: higher than any that was given out. */
export function nextSequence({ staging, state }: Settings, report: Report): number {
  const [newest] = keptDates(staging, report);
  return Math.max(newest?.manifest.sequence ?? 0, readLast(state).sequence) + 1;
}

/** The digest of the manifest that was given out last: that of the newest published date, where none went over after it. */
export function previousManifest({ staging, state }: Settings, report: Report): string | null {
  const [newest] = keptDates(staging, report);
  const last = readLast(state);
  if (last.manifest !== undefined && last.sequence > (newest?.manifest.sequence ?? 0)) return last.manifest;
  return newest ? manifestDigest(join(staging, newest.date)) : null;
}

function lastFile(state: string): string {
  return join(state, 'last.json');
}
