import { Transform } from 'node:stream';
import type { BytePath } from 'path-stream';
import { Lines } from './lines.ts';

/** Tells rows from statements, and statements from what is in them: see the trackers of the engines. */
interface Tracker {
  /** Whether the line that was asked about last is within a text. */
  readonly isText: boolean;
  isRow(buffer: Buffer, from: number, to: number): boolean;
}

/**
 * A stream that gives a dump as text another database to be loaded into. `rewrite` gets each line that starts with one of `starts` and is
 * no row, as bytes, for a dump can have any encoding, and returns what is to stand there; undefined where it may stay.
 */
export function rewriting(
  tracker: Tracker,
  starts: readonly string[],
  rewrite: (line: BytePath) => BytePath | undefined,
): Transform {
  const prefixes = starts.map((start) => Buffer.from(start));
  const isOfThose = (buffer: Buffer, from: number, to: number): boolean =>
    prefixes.some(
      (prefix) =>
        to - from >= prefix.length &&
        buffer.compare(prefix, 0, prefix.length, from, from + prefix.length) === 0,
    );
  const transform = new Transform({
    transform(chunk: Buffer, _, done) {
      lines.pass(chunk);
      done();
    },
    flush(done) {
      lines.finish();
      done();
    },
    highWaterMark: 1 << 20,
  });
  const lines = new Lines(
    (buffer, from, to) => {
      if (tracker.isRow(buffer, from, to) || tracker.isText || !isOfThose(buffer, from, to)) return 'keep';
      const line = buffer.toString('latin1', from, to);
      const other = rewrite(line);
      return other === undefined || other === line ? 'keep' : Buffer.from(other, 'latin1');
    },
    (piece) => transform.push(piece),
  );
  return transform;
}
