import { isDate } from './calendar.ts';
import { fieldLines, signedForm, timePattern } from './signed-lines.ts';

/** What the other side says that it holds. It signs this, and the host keeps the latest one of each signer. */
export interface Receipt {
  readonly host: string;
  /** The newest date that it has verified, and what was in it. */
  readonly date: string;
  readonly sequence: number;
  /** SHA-256 of that date's manifest, in hexadecimal. */
  readonly manifest: string;
  /** When it was verified: ISO 8601, in UTC. */
  readonly verified: string;
  /** All the dates that it holds, oldest first. */
  readonly holds: readonly string[];
}

/** A receipt with its parts as they were signed. */
export interface SignedReceipt {
  readonly receipt: Receipt;
  readonly body: string;
  readonly signature: string;
}

/** No receipt with its signature is longer, in bytes. */
export const longestReceipt = 8192;

// These lines in this order, then the signature: nothing else is a receipt.
const read = signedForm([
  'hcoop-backup receipt 1',
  ...Object.values(fieldLines),
  `verified (?<verified>${timePattern})`,
  String.raw`holds(?<holds>(?: \d{4}-\d\d-\d\d){1,64})`,
]);

/** The text to sign. */
export function formatReceipt({ host, date, sequence, manifest, verified, holds }: Receipt): string {
  return `hcoop-backup receipt 1
host ${host}
date ${date}
sequence ${sequence}
manifest ${manifest}
verified ${verified}
holds ${holds.join(' ')}
`;
}

/** Reads a receipt; undefined for whatever is not one to the letter. The signature is not checked here. */
export function parseReceipt(text: string): SignedReceipt | undefined {
  const signed = read(text);
  if (signed === undefined) return undefined;
  const { body, signature, fields } = signed;
  const { host = '', date = '', sequence, manifest = '', verified = '', holds = '' } = fields;
  const held = holds.trim().split(' ');
  if (![date, ...held].every(isDate) || Number.isNaN(Date.parse(verified))) return undefined;
  return {
    receipt: { host, date, sequence: Number(sequence), manifest, verified, holds: held },
    body,
    signature,
  };
}
