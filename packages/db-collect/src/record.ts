import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { failure, reason } from 'command-line';
import { type Opening, openSealed } from 'sealed-file';
import * as z from 'zod/mini'; // a tenth of zod: it is loaded at each start

/** The file of a directory of dumps that tells what they are of; sealed as they are, for it has names and numbers. */
export const recordName = 'databases.json';

const count = z.int().check(z.nonnegative());

/** A dump, as the record and the state have it. */
export const dumpSchema = z.strictObject({
  engine: z.enum(['postgresql', 'mariadb', 'mysql', 'sqlite', 'ldap', 'redis', 'directory']),
  item: z.string(),
  name: z.string(),
  kind: z.enum(['database', 'globals', 'file']),
  file: z.string().check(z.regex(/^[A-Za-z0-9_%-][A-Za-z0-9._%-]*$/)),
  /** `ok`: of this run. `kept`: it could not be dumped, and this is the last dump. `doubtful`: something is wrong with it, and was named. */
  status: z.enum(['ok', 'kept', 'doubtful']),
  /** When it was begun, in seconds since 1970. */
  begun: count,
  /** Of the plaintext. */
  bytes: count,
  /** Of what is the same in the plaintext when nothing has changed. */
  sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
  /** How many rows there are of each table, or entries. */
  rows: z.optional(z.record(z.string(), count)),
});

const schema = z.strictObject({
  format: z.literal('db-collect databases 1'),
  dumps: z.array(dumpSchema),
  /** What there is no dump of: why was told when it was made. */
  missing: z.array(z.string()),
  /** What somebody does not want. */
  excluded: z.array(z.string()),
});

export type DumpRecord = z.infer<typeof dumpSchema>;
export type DatabasesRecord = z.infer<typeof schema>;

/** Reads the record of a directory of dumps, which is sealed. */
export async function readRecord(directory: string, opening: Opening): Promise<DatabasesRecord> {
  const name = readdirSync(directory).find((entry) => entry.startsWith(`${recordName}.`));
  if (name === undefined) throw failure(directory, `has no ${recordName}`, 'is it a directory of dumps?');
  const file = join(directory, name);
  const chunks: Buffer[] = [];
  await openSealed(file, opening, [], async (content) => {
    for await (const chunk of content) chunks.push(chunk as Buffer);
  });
  try {
    return schema.parse(JSON.parse(Buffer.concat(chunks).toString()));
  } catch (error) {
    if (error instanceof z.core.$ZodError)
      throw failure(file, `not of its form: ${error.issues[0]?.path.join('.')}`);
    throw failure(file, error instanceof SyntaxError ? 'not JSON' : reason(error));
  }
}

/** As it stands in the file: a line for each dump. */
export function formatRecord({ format, dumps, missing, excluded }: DatabasesRecord): string {
  const lines = dumps.map((dump) => `    ${JSON.stringify(dump)}`).join(',\n');
  return `{
  "format": ${JSON.stringify(format)},
  "dumps": [\n${lines}\n  ],
  "missing": ${JSON.stringify(missing)},
  "excluded": ${JSON.stringify(excluded)}
}
`;
}
