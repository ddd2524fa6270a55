import { plainPath } from 'date-tree';
import { z } from 'zod';

// Rule files are lines of text: what stands in one, or is written into one, cannot hold a newline.
const path = z.string().regex(/^\/[^\n\0]*$/, 'an absolute path, without a newline');
const word = z.string().regex(/^[A-Za-z0-9._-]+$/, 'letters, digits, dot, dash, underscore');
const lockTimeout = z.int().min(1).max(86_400).default(300).describe('seconds that the lock is waited for');

/** A component is called so, and its directory in each date; the names of the others are taken. */
const componentName = z
  .string()
  .regex(
    /^(?!(?:files|system|volumes|databases|spamd)$)[a-z][a-z0-9-]*$/,
    'a name: lower-case letters, digits, dashes, and not that of another component',
  );

/** config.toml: the one source of its defaults, its checks and its JSON Schema. */
export const schema = z.strictObject({
  staging: z
    .string()
    .regex(plainPath, 'an absolute path of plain names, without a slash at its end')
    .default('/srv/backup/staging')
    .describe('where the dates are published'),
  group: word.default('rsync').describe('the group that may read them'),
  state: path.default('/var/lib/hcoop-backup').describe('what this host keeps for itself'),
  keep: z.int().min(1).default(2).describe('how many dates stay'),
  drill_signers: path
    .optional()
    .describe("public keys, beside this host's own, that results of drills may be signed by"),
  host: word.optional().describe("the name in the manifest; the host's own without it"),
  seal: z
    .strictObject({
      cipher: z.enum(['age', 'ccrypt', 'none']).default('age').describe('what encrypts'),
      recipients: z.array(z.string()).default([]).describe('public keys of age or SSH'),
      recipient_files: z.array(path).optional().describe('files of such keys'),
      key_file: path.optional().describe("the file with ccrypt's key, for that cipher"),
    })
    .prefault({})
    .describe('for whom everything is encrypted'),
  files: z
    .strictObject({
      roots: z.array(path).min(1).default(['/']).describe('the trees to walk'),
      exclude: z.array(path).optional().describe('rules: what is not stored'),
      verify: z
        .enum(['full', 'ctime', 'none'])
        .default('full')
        .describe("how package files are told from changed ones: dpkg-orphans' --verify"),
      expected: z.array(path).optional().describe('rules: what is stored and not reported'),
    })
    .prefault({})
    .describe('which files are stored, and which of them are reported'),
  archives: z
    .strictObject({
      reuse: z
        .boolean()
        .default(true)
        .describe('what has not changed stays in the archives of the last date'),
      size: z
        .string()
        .regex(/^\d+[KMG]?$/, 'a size like 256M')
        .default('256M')
        .describe('what goes into one archive, before compression'),
      min_live: z
        .number()
        .min(0)
        .max(1)
        .default(0.5)
        .describe('an archive of which a smaller share is still needed is made anew'),
      settle: z
        .int()
        .min(0)
        .max(1_000_000)
        .default(60)
        .describe('what changed so many seconds before it was read is packed again by the next run'),
      move_over: z
        .string()
        .regex(
          /^[ \t]*[^ \t\n\0]+[ \t][^\n\0]*\{\}[^\n\0]*$/,
          'a command with {} among its arguments, where names go',
        )
        .optional()
        .describe('every file goes to the stdin of this command, and nothing is published here'),
    })
    .prefault({})
    .describe('how they are packed'),
  logs: path.default('/var/log/hcoop-backup').describe('a log for each run that the wrapper started'),
  gate: z
    .strictObject({
      log: path.optional().describe('one line an event [/var/log/rsync-gate.log]'),
      state: path
        .optional()
        .describe('the last pull, and receipts; owned by who pulls [/var/lib/rsync-gate]'),
      rsync: path.optional().describe('the rsync to serve with [/usr/bin/rsync]'),
      wrapper: path.optional().describe('what `backup` starts [/usr/sbin/hcoop-backup-wrapper]'),
      sandbox: z
        .enum(['auto', 'bubblewrap', 'landlock', 'none'])
        .optional()
        .describe('what rsync runs in [auto]'),
      timeout: z
        .int()
        .min(1)
        .max(2_147_483)
        .optional()
        .describe('seconds in which nothing moves that end a pull [600]'),
      longest: z.int().min(1).max(2_147_483).optional().describe('seconds that end any pull [86400]'),
      warn_after: z
        .int()
        .min(1)
        .max(2_147_483)
        .optional()
        .describe('hours after which the status warns [96]'),
      drill_after: z
        .int()
        .min(1)
        .max(36_500)
        .optional()
        .describe('days after which the status misses a drill that passed; never without it'),
      receipt_signers: path.optional().describe('public keys that receipts must be signed by'),
    })
    .prefault({})
    .describe('rsync-gate: it reads this itself'),
  afs: z
    .strictObject({
      server: z
        .string()
        .regex(/^[A-Za-z0-9][A-Za-z0-9.:-]*$/, 'the name or address of a host')
        .optional()
        .describe("the file server whose volumes are dumped; this host's name without it"),
      partition: z
        .string()
        .regex(/^[a-z/]+$/, 'a partition: /vicepa')
        .optional()
        .describe('only this partition'),
      exclude: z
        .array(z.string())
        .default(['*not-backed-up*'])
        .describe('globs: volumes that are not dumped'),
      keytab: path.optional().describe('the key of the principal that may dump volumes: for the wrapper'),
      principal: z
        .string()
        .regex(/^[A-Za-z0-9][A-Za-z0-9._/@-]*$/, 'a Kerberos principal')
        .optional()
        .describe('that principal; the first one in the keytab without it'),
      localauth: z.boolean().default(false).describe("with the server's own key, on the server itself"),
      cell: word.optional().describe('another cell than that of this host'),
      encrypt: z.boolean().default(false).describe('encrypt what goes over the network: slow'),
      on_failure: z
        .enum(['continue', 'stop'])
        .default('continue')
        .describe('without a token: back up all but the volumes, or nothing'),
      chain: z.int().min(0).max(1000).default(6).describe('so many incremental dumps at most on a full one'),
      parallel: z.int().min(1).max(64).default(2).describe('how many volumes at once'),
      timeout: z.int().min(1).max(86_400).default(120).describe('seconds that a server may be silent'),
      retry: z
        .int()
        .min(0)
        .max(86_400)
        .default(300)
        .describe('seconds in which busy volumes are tried again'),
    })
    .optional()
    .describe('AFS volumes, and how to get at them'),
  databases: z
    .strictObject({
      items: z
        .array(
          z
            .string()
            .regex(/^(?:[a-z]+:\/\/|\/)[^\n\0]*$/, 'a URL like postgresql:///, or the path of a directory'),
        )
        .min(1)
        .describe('what is dumped: servers, databases, files of SQLite, directories of dumps'),
      exclude: z.array(z.string()).default([]).describe('globs: databases and files that are not dumped'),
      no_dump: z.array(z.string()).default([]).describe('globs: servers that run here and need no dump'),
      stale: z
        .int()
        .min(0)
        .max(100_000)
        .default(36)
        .describe('hours after which a file of a directory is too old; 0: never'),
      timeout: z.int().min(1).max(86_400).default(600).describe('seconds that a server may be silent'),
    })
    .optional()
    .describe('databases, and directories of their dumps'),
  spamd: z
    .strictObject({
      user: word.default('debian-spamd').describe('as whom SpamAssassin runs: whose databases these are'),
      preferences: path
        .optional()
        .describe("a file of SpamAssassin's preferences; without it, the user's own"),
      paths: z.array(path).default(['/var/lib/spamassassin']).describe('beside the databases'),
      timeout: lockTimeout,
    })
    .optional()
    .describe("SpamAssassin's state, under its lock"),
  locked: z
    .record(
      componentName,
      z
        .strictObject({
          paths: z.array(path).min(1).describe('what is stored, with all that is below'),
          lock_file: path.optional().describe('a file that is locked with flock(2)'),
          lock_command: z
            .tuple([path], z.string().regex(/^[^\0]*$/, 'without a NUL'))
            .optional()
            .describe(
              'or a program that writes a line when it has the lock, and keeps it until its stdin ends',
            ),
          timeout: lockTimeout,
        })
        .refine(
          ({ lock_file, lock_command }) => (lock_file === undefined) !== (lock_command === undefined),
          'either lock_file or lock_command',
        ),
    )
    .default({})
    .describe('components of your own: paths that are stored while a lock is held'),
  system: z
    .strictObject({ enabled: z.boolean().default(true).describe('whether it is packed') })
    .prefault({})
    .describe('what a reinstall needs: lists of packages, accounts, sources and keys of apt'),
});

export type Settings = z.infer<typeof schema>;
