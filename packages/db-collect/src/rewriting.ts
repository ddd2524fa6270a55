import { Transform } from 'node:stream';
import { Lines } from './lines.ts';

/** Tells rows from statements: see the trackers of the engines. */
interface Tracker {
  isRow(buffer: Buffer, from: number, to: number): boolean;
}

/**
 * A stream that gives a dump as text another database to be loaded into. `rewrite` gets each line that starts with one of `starts` and is
 * no row, and returns what is to stand there; undefined where it may stay.
 */
export function rewriting(
  tracker: Tracker,
  starts: readonly string[],
  rewrite: (line: string) => string | undefined,
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
      if (tracker.isRow(buffer, from, to) || !isOfThose(buffer, from, to)) return 'keep';
      const line = rewrite(buffer.toString('utf8', from, to));
      return line === undefined ? 'keep' : Buffer.from(line);
    },
    (piece) => transform.push(piece),
  );
  return transform;
}
