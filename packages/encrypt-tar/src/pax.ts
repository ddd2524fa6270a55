import { failure } from 'command-line';

/** The records of a pax extended header: names and values, as bytes. */
export type Pax = Map<string, string>;

/**
 * Reads the data of a pax extended header: records of the form `LENGTH KEY=VALUE\n`, where LENGTH counts all of the record
 * (POSIX, pax: "pax Extended Header"). A value may hold any byte.
 */
export function parsePax(data: string): Pax {
  const records: Pax = new Map();
  for (let at = 0; at < data.length; ) {
    const blank = data.indexOf(' ', at);
    const length = Number(data.slice(at, blank));
    const record = data.slice(blank + 1, at + length);
    const equals = record.indexOf('=');
    if (!Number.isSafeInteger(length) || length < 5 || equals < 1 || !record.endsWith('\n'))
      throw failure('archive', 'a header that is not of the pax format');
    records.set(record.slice(0, equals), record.slice(equals + 1, -1));
    at += length;
  }
  return records;
}

/** Writes them, as `parsePax` reads them. */
export function formatPax(records: Pax): string {
  return [...records].map(([key, value]) => formatRecord(`${key}=${value}\n`)).join('');
}

/** The length counts its own digits. */
function formatRecord(text: string): string {
  let length = text.length + 2;
  while (`${length} ${text}`.length !== length) length = `${length} ${text}`.length;
  return `${length} ${text}`;
}
