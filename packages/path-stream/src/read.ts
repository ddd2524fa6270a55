import { once } from 'node:events';
import type { Readable } from 'node:stream';
import split2 from 'split2';
import type { BytePath } from './bytes.ts';

/** What ends a path: a newline, or NUL with `-0`. */
export type Terminator = '\n' | '\0';

/** Longer than any path a kernel takes; it bounds the memory that a wrong terminator can cost. */
export const longestRecord = 1 << 20;

/** A record that no path can be: longer than a mebibyte. */
export class RecordTooLong extends Error {
  constructor() {
    super('a path of more than 1 MiB');
    this.name = 'RecordTooLong';
  }
}

/**
 * Reads the paths of a byte stream, unchanged byte for byte, in batches as they arrive: what one chunk
 * completes is yielded at once, so nothing waits for a full buffer. The last path may lack its
 * terminator. An empty record is yielded as '': it is for the caller to name.
 *
 * split2 is given latin-1 text: left to itself it would decode UTF-8 (destroying other bytes) and take
 * `\r` for a part of the line's end.
 */
export async function* readPaths(
  source: Readable | AsyncIterable<Buffer>,
  terminator: Terminator,
): AsyncGenerator<BytePath[]> {
  let batch: BytePath[] = [];
  const take = (): BytePath[] => {
    const paths = batch;
    batch = [];
    return paths;
  };
  // The mapper keeps each path and passes nothing on: an object a path through the stream machinery
  // costs ten times what the split does.
  const collect = (path: BytePath): undefined => {
    batch.push(path);
  };
  const splitter = split2(terminator, collect, { decodeStrings: false, maxLength: longestRecord });
  splitter.on('error', () => {}); // reported by the check below and by once()
  for await (const chunk of source) {
    splitter.write((chunk as Buffer).toString('latin1'));
    if (batch.length > 0) yield take();
    if (splitter.errored) throw new RecordTooLong();
  }
  splitter.end();
  await once(splitter.resume(), 'end').catch(() => {
    throw new RecordTooLong();
  });
  if (batch.length > 0) yield take();
}
