import { isDate } from 'date-tree';
import { z } from 'zod';

const count = z.int().nonnegative();
const time = z.iso.datetime();

/** What was named on stderr as lost: already escaped for a terminal. */
export const lossSchema = z.strictObject({ what: z.string(), why: z.string(), hint: z.string().optional() });

const component = z.strictObject({
  status: z.enum(['ok', 'incomplete', 'failed', 'skipped']),
  reason: z.string().optional(),
  paths: count.optional(),
  /** Sealed, of all its files in the date. */
  bytes: count,
  /** Of those that no earlier date has: what a puller takes. */
  newBytes: count,
  seconds: z.number().nonnegative(),
});

const annoyingFile = z.strictObject({ name: z.string(), size: count, owner: z.string(), mtime: time });

const annoyingGroup = z.strictObject({
  /** Escaped for a terminal; ends in a slash. */
  directory: z.string(),
  count,
  /** Those that the last date did not report. */
  newCount: count,
  bytes: count,
  /** Names of users, most files first, at most 3. */
  owners: z.array(z.string()).max(3),
  newest: time,
  oldest: time,
  /** Only new ones, newest first, at most 20. */
  files: z.array(annoyingFile).max(20),
  /** A line for a rule file that takes in all of them: empty where only a command can name it (bytes that are no text). */
  rule: z.string(),
  /** Whether that takes in more than these: then it is fit to be expected, not to be excluded. */
  mixed: z.boolean().optional(),
  /** Where that is so and they are few: a line for each of them, and the path as a word of a command line. */
  lines: z
    .array(z.strictObject({ rule: z.string(), word: z.string() }))
    .max(20)
    .optional(),
  /** The directory as a word of a command line, where `rule` is one for it. */
  word: z.string().optional(),
});

/**
 * All that is told of one run: the mail, the metrics, the pings, the event and the page are made from this alone. Names from the
 * disk are in it as `escapePath` shows them.
 */
export const runReportSchema = z.strictObject({
  format: z.literal('hcoop-backup run 1'),
  version: z.string(),
  host: z.string(),
  /** What it was to be published as. */
  date: z.string().refine(isDate, 'a date'),
  /** Of the date that was given out; null where none was. */
  sequence: z.int().positive().nullable(),
  started: time,
  finished: time,
  seconds: z.number().nonnegative(),
  status: z.enum(['ok', 'incomplete', 'failed']),
  exitCode: z.int().min(0).max(255),
  /** The directory of the date; null where there is none, or it was moved over. */
  published: z.string().nullable(),
  movedOver: z.boolean(),
  /** Why it failed as a whole. */
  failure: lossSchema.nullable(),
  losses: z.strictObject({ count, first: z.array(lossSchema).max(100) }),
  /** By the names that they have in the manifest. */
  components: z.record(z.string(), component),
  annoying: z.strictObject({
    count,
    bytes: count,
    newCount: count,
    /** By directory, those with the newest files first. */
    groups: z.array(annoyingGroup).max(200),
    /** What has no place in `groups`. */
    others: z.strictObject({ groups: count, count }),
  }),
  /** Classes of the ledger, as in the manifest. */
  coverage: z.record(z.string(), count),
  /** What new rules exclude that the last date has. */
  dropped: z.strictObject({ paths: count, bytes: count }),
  /** Database servers that have no dump, by URL; volumes that nobody dumps, by name. */
  undumped: z.array(z.string()),
  /** What is not as it used to be: a sentence each. */
  doubts: z.array(z.string()),
  /** When somebody pulled, signed a receipt, restored a date to see whether it can be. */
  last: z.strictObject({ pull: time.nullable(), receipt: time.nullable(), drill: time.nullable() }),
});

export type RunReport = z.infer<typeof runReportSchema>;
export type Loss = z.infer<typeof lossSchema>;
export type ComponentReport = z.infer<typeof component>;
export type AnnoyingGroup = z.infer<typeof annoyingGroup>;
export type AnnoyingFile = z.infer<typeof annoyingFile>;
