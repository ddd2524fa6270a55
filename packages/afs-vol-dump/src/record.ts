import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { failure, reason } from 'command-line';
import * as z from 'zod/mini'; // a tenth of zod: it is loaded at each start

/** The file of a directory of dumps that tells which of them make up which volume. */
export const recordName = 'volumes.json';

const count = z.int().check(z.nonnegative());

const dump = z.strictObject({
  file: z.string().check(z.regex(/^[A-Za-z0-9_%-][A-Za-z0-9._%-]*$/)),
  from: count,
  to: count,
  bytes: count,
});

const volume = z.strictObject({
  name: z.string().check(z.minLength(1)),
  id: z.int().check(z.positive()),
  /** `ok`: as it was in this run. `kept`: it could not be dumped, and the dumps are the last ones. `doubtful`: dumped in a state that it should not have been in. */
  status: z.enum(['ok', 'kept', 'doubtful']),
  /** A full dump, then those that stand on it, each from where the one before ends. */
  dumps: z.array(dump).check(z.minLength(1)),
});

const schema = z.strictObject({
  format: z.literal('afs-vol-dump volumes 1'),
  volumes: z.array(volume),
  /** Volumes that there is no dump of: why was told when it was made. */
  missing: z.array(z.string()),
  /** Volumes that somebody does not want. */
  excluded: z.array(z.string()),
});

export type VolumesRecord = z.infer<typeof schema>;
export type VolumeRecord = z.infer<typeof volume>;

/** Reads the record of a directory of dumps. */
export function readRecord(directory: string): VolumesRecord {
  const file = join(directory, recordName);
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    if (error instanceof z.core.$ZodError)
      throw failure(file, `not of its form: ${error.issues[0]?.path.join('.')}`);
    throw failure(file, error instanceof SyntaxError ? 'not JSON' : reason(error));
  }
}

/** As it stands in the file: a line for each volume. */
export function formatRecord({ format, volumes, missing, excluded }: VolumesRecord): string {
  const lines = (items: readonly object[]): string => {
    if (items.length === 0) return '[]';
    return `[\n${items.map((item) => `    ${JSON.stringify(item)}`).join(',\n')}\n  ]`;
  };
  return `{
  "format": ${JSON.stringify(format)},
  "volumes": ${lines(volumes)},
  "missing": ${JSON.stringify(missing)},
  "excluded": ${JSON.stringify(excluded)}
}
`;
}
