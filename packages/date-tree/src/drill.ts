import { isDate } from './calendar.ts';
import { fieldLines, signedForm, timePattern } from './signed-lines.ts';

/** A date that was restored with the key, to see whether that works. Whoever did it signs this. */
export interface Drill {
  readonly host: string;
  readonly date: string;
  readonly sequence: number;
  /** SHA-256 of that date's manifest, in hexadecimal. */
  readonly manifest: string;
  /** When it was over: ISO 8601, in UTC. */
  readonly finished: string;
  /** How long it took to bring everything back, without comparing it. */
  readonly seconds: number;
  readonly result: 'passed' | 'failed';
}

/** A drill with its parts as they were signed. */
export interface SignedDrill {
  readonly drill: Drill;
  readonly body: string;
  readonly signature: string;
}

/** The record of the last drills, in the status directory: the one that passed, and one that has failed since. */
export const drillName = 'drill.json';

// These lines in this order, then the signature: nothing else is the result of a drill.
const read = signedForm([
  'hcoop-backup drill 1',
  ...Object.values(fieldLines),
  `finished (?<finished>${timePattern})`,
  String.raw`seconds (?<seconds>\d{1,9})`,
  'result (?<result>passed|failed)',
]);

/** The text to sign. */
export function formatDrill({ host, date, sequence, manifest, finished, seconds, result }: Drill): string {
  return `hcoop-backup drill 1
host ${host}
date ${date}
sequence ${sequence}
manifest ${manifest}
finished ${finished}
seconds ${seconds}
result ${result}
`;
}

/** Reads the result of a drill; undefined for whatever is not one to the letter. The signature is not checked here. */
export function parseDrill(text: string): SignedDrill | undefined {
  const signed = read(text);
  if (signed === undefined) return undefined;
  const { body, signature, fields } = signed;
  const { host = '', date = '', sequence, manifest = '', finished = '', seconds, result } = fields;
  if (!isDate(date) || Number.isNaN(Date.parse(finished))) return undefined;
  const drill = {
    ...{ host, date, sequence: Number(sequence), manifest, finished, seconds: Number(seconds) },
    result: result === 'passed' ? 'passed' : 'failed',
  } as const;
  return { drill, body, signature };
}
