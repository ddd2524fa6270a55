import { readFileSync } from 'node:fs';
import { errorCode, type Report, reason } from 'command-line';
import { isAsItWas, storeFile } from 'sealed-file';
import * as z from 'zod/mini';
import { type DumpRecord, dumpSchema } from './record.ts';

const schema = z.strictObject({
  format: z.literal('db-collect state 1'),
  /** Stands for the recipients, or the key: see sealingIdentity. */
  sealing: z.string(),
  dumps: z.array(
    z.strictObject({
      dump: dumpSchema,
      /** Of the sealed file. */
      ...{ size: z.int().check(z.nonnegative()), mtimeNs: z.string() },
    }),
  ),
});

/** A dump, and how its file was when it was made. */
export interface Known {
  readonly dump: DumpRecord;
  readonly size: number;
  readonly mtimeNs: string;
}

/** Earlier dumps that this run may link. */
export interface Earlier {
  readonly directory: string;
  /** By the names of their files. */
  readonly dumps: ReadonlyMap<string, Known>;
}

/**
 * Reads what is known of an earlier directory of dumps. Of no use is a state that is missing, damaged, or of other recipients, and a
 * dump whose file is not there as it was: that costs room, and what could not be dumped now has no dump; the reason is told.
 */
export function readState(
  file: string,
  directory: string,
  sealing: string,
  report: Report,
): Earlier | undefined {
  const tell = (why: string): undefined =>
    report.note(file, `${why}: no dump is a link of the last one`) as undefined;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return tell(errorCode(error) === 'ENOENT' ? 'no such file' : reason(error));
  }
  const state = parse(text);
  if (state === undefined) return tell('damaged');
  if (state.sealing !== sealing) return tell('of other recipients, or of another key');
  const whole = state.dumps.filter(({ dump: { file }, size, mtimeNs }) => {
    const isThere = isAsItWas(directory, { name: file, size, mtimeNs });
    if (!isThere) report.note(file, 'is not there any more as it was made');
    return isThere;
  });
  return { directory, dumps: new Map(whole.map((known) => [known.dump.file, known])) };
}

/** Replaces the state file. */
export async function writeState(file: string, sealing: string, dumps: readonly Known[]): Promise<void> {
  const state = { format: 'db-collect state 1', sealing, dumps };
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
