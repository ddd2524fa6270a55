import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { failure, reason } from 'command-line';
import { isDate, manifestName } from 'date-tree';
import { z } from 'zod';
import { coverageSchema } from '../selection/coverage.ts';
import { pathPattern } from './sums.ts';

const file = z.strictObject({
  /** Relative to the date's directory. */
  path: z.string().regex(new RegExp(`^${pathPattern}$`)),
  size: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Of a file that an earlier date has as well: the one that had it first. */
  since: z.string().refine(isDate, 'a date').optional(),
});

const component = z.strictObject({
  status: z.enum(['ok', 'incomplete', 'failed', 'skipped']),
  /** Why it is not ok; never a path of the host: the manifest is not encrypted. */
  reason: z.string().optional(),
  /** What went in: paths, for the components that have them. */
  paths: z.int().nonnegative().optional(),
  /** What became of every entry that was looked at. */
  coverage: coverageSchema.optional(),
  seconds: z.number().nonnegative(),
  files: z.array(file),
});

const schema = z.strictObject({
  format: z.literal('hcoop-backup date 1'),
  version: z.string(),
  host: z.string().regex(/^[A-Za-z0-9._-]{1,255}$/),
  date: z.string().refine(isDate, 'a date'),
  /** Counts the published dates of this host: an older one cannot pass for a newer. */
  sequence: z.int().positive(),
  /** The SHA-256 of the manifest published before this one. */
  previous: z.string().nullable(),
  started: z.iso.datetime(),
  finished: z.iso.datetime(),
  components: z.record(z.string(), component),
});

export type Component = z.infer<typeof component>;
export type Manifest = z.infer<typeof schema>;

/** Reads a date's manifest; every field is checked, for whoever wrote it is not trusted yet. */
export function readManifest(directory: string): Manifest {
  const path = join(directory, manifestName);
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    if (error instanceof z.ZodError) {
      const [issue] = error.issues;
      throw failure(path, `${issue?.path.join('.')}: ${issue?.message}`);
    }
    throw failure(path, error instanceof SyntaxError ? 'not JSON' : reason(error));
  }
}

export function formatManifest(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
