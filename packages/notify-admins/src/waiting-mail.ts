import * as z from 'zod/mini';
import type { Mail } from './mail.ts';

const schema = z.strictObject({
  format: z.literal('notify-admins mail 1'),
  id: z.string(),
  from: z.string(),
  to: z.array(z.string()).check(z.minLength(1)),
});

/** A mail as a file: a line of JSON with what the mail itself does not tell, and the mail. */
export function formatMail({ id, from, to, raw }: Mail): Buffer {
  const line = JSON.stringify({ format: 'notify-admins mail 1', id, from, to });
  return Buffer.concat([Buffer.from(`${line}\n`), raw]);
}

/** Reads it back; undefined for anything else. */
export function parseMail(bytes: Buffer): Mail | undefined {
  const end = bytes.indexOf('\n');
  try {
    const { id, from, to } = schema.parse(JSON.parse(bytes.subarray(0, end).toString()));
    return { id, from, to, raw: bytes.subarray(end + 1) };
  } catch {
    return undefined;
  }
}
