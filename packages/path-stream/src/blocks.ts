import { longestRecord, RecordTooLong, type Terminator } from './read.ts';

/**
 * Reads the records of a byte stream as they came, in blocks of whole ones, each with its terminator: for who looks at
 * millions of paths and passes most of them on. The last path is given a terminator where it lacks one.
 * The reader may change the bytes of a block.
 */
export async function* readBlocks(
  source: AsyncIterable<Buffer>,
  terminator: Terminator,
): AsyncGenerator<Buffer> {
  let begun: Buffer[] = [];
  let length = 0;
  for await (const chunk of source) {
    const end = chunk.lastIndexOf(terminator) + 1;
    if (end > 0) {
      yield begun.length === 0 ? chunk.subarray(0, end) : Buffer.concat([...begun, chunk.subarray(0, end)]);
      begun = [];
      length = 0;
    }
    if (end < chunk.length) begun.push(chunk.subarray(end));
    length += chunk.length - end;
    if (length > longestRecord) throw new RecordTooLong();
  }
  if (length > 0) yield Buffer.concat([...begun, Buffer.from(terminator)]);
}
