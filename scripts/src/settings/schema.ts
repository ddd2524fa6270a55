import { z } from 'zod';

// Rule files are lines of text: what stands in one, or is written into one, cannot hold a newline.
const path = z.string().regex(/^\/[^\n\0]*$/, 'an absolute path, without a newline');
const word = z.string().regex(/^[A-Za-z0-9._-]+$/, 'letters, digits, dot, dash, underscore');

/** config.toml: the one source of its defaults, its checks and its JSON Schema. */
export const schema = z.strictObject({
  staging: path.default('/srv/backup/staging').describe('where the dates are published'),
  group: word.default('rsync').describe('the group that may read them'),
  state: path.default('/var/lib/hcoop-backup').describe('what this host keeps for itself'),
  keep: z.int().min(1).default(2).describe('how many dates stay'),
  host: word.optional().describe("the name in the manifest; the host's own without it"),
  seal: z
    .strictObject({
      cipher: z.enum(['age', 'ccrypt', 'none']).default('age'),
      recipients: z.array(z.string()).default([]).describe('age or SSH public keys'),
      recipient_files: z.array(path).optional().describe('files of them'),
      key_file: path.optional().describe("ccrypt's key"),
    })
    .prefault({}),
  files: z
    .strictObject({
      roots: z.array(path).min(1).default(['/']).describe('the trees to walk'),
      exclude: z.array(path).optional().describe('rules: what is not stored'),
      expected: z.array(path).optional().describe('rules: what is stored and not reported'),
    })
    .prefault({}),
  system: z.strictObject({ enabled: z.boolean().default(true) }).prefault({}),
});

export type Settings = z.infer<typeof schema>;
