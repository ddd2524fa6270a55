/** Lines of one fixed form, and a signature of exactly them (ssh-keygen -Y). */
export interface SignedLines {
  readonly body: string;
  readonly signature: string;
  /** The named groups of the lines. */
  readonly fields: Readonly<Record<string, string | undefined>>;
}

const signature =
  '-----BEGIN SSH SIGNATURE-----\n(?:[A-Za-z0-9+/=]{1,76}\n){1,40}-----END SSH SIGNATURE-----\n';

/** What lines of several forms have: patterns with named groups. */
export const fieldLines = {
  host: 'host (?<host>[A-Za-z0-9._-]{1,255})',
  date: String.raw`date (?<date>\d{4}-\d\d-\d\d)`,
  sequence: String.raw`sequence (?<sequence>[1-9]\d{0,14})`,
  manifest: 'manifest (?<manifest>[0-9a-f]{64})',
} as const;

/** A time in UTC, as Date.prototype.toISOString writes it. */
export const timePattern: string = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z`;

/** The reader of texts of one form, whose lines are the patterns given; it returns undefined for whatever is not one to the letter. */
export function signedForm(lines: readonly string[]): (text: string) => SignedLines | undefined {
  const body = lines.map((line) => `${line}\n`).join('');
  const form = new RegExp(`^(?<body>${body})(?<signature>${signature})$`);
  return (text) => {
    const groups = form.exec(text)?.groups;
    if (groups === undefined) return undefined;
    return { body: groups.body ?? '', signature: groups.signature ?? '', fields: groups };
  };
}
