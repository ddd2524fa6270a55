import fc from 'fast-check';
import { fromText } from 'path-stream';
import { expect, test } from 'vitest';
import { Lines } from '../src/lines.ts';
import { rewriting } from '../src/rewriting.ts';
import { chunked, cuts, single } from './chunks.ts';

type Fate = 'keep' | 'drop' | 'replace';

/** What is shown of a text that comes in chunks, and what is kept of it. The fate of a line is by its first letter. */
function read(chunks: readonly Buffer[]): { shown: string[]; kept: string } {
  const shown: string[] = [];
  const kept: Buffer[] = [];
  const lines = new Lines(
    (buffer, from, to) => {
      const line = buffer.toString('latin1', from, to);
      shown.push(line);
      if (line.startsWith('d')) return 'drop';
      return line.startsWith('r') ? Buffer.from(`instead of ${line}`) : 'keep';
    },
    (piece) => kept.push(Buffer.from(piece)),
  );
  for (const chunk of chunks) lines.pass(chunk);
  lines.finish();
  return { shown, kept: Buffer.concat(kept).toString('latin1') };
}

const letters: Readonly<Record<Fate, string>> = { keep: 'k', drop: 'd', replace: 'r' };
const line = fc
  .tuple(fc.constantFrom<Fate>('keep', 'drop', 'replace'), fc.string({ unit: 'binary-ascii', maxLength: 20 }))
  .map(([fate, rest]) => letters[fate] + rest.replaceAll('\n', ''));
const text = fc
  .tuple(fc.array(fc.oneof(line, fc.constant(''))), fc.boolean())
  .map(([lines, isEnded]) => lines.join('\n') + (isEnded && lines.length > 0 ? '\n' : ''));

/** The same by what strings can do. */
function expected(whole: string): { shown: string[]; kept: string } {
  const lines = whole.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const shown = lines.map((one) => one.replace(/\n$/, ''));
  const kept = lines.map((one) =>
    one.startsWith('d') ? '' : one.startsWith('r') ? `instead of ${one}` : one,
  );
  return { shown, kept: kept.join('') };
}

test('however a text comes, its lines are the same, and so is what is kept of it', () => {
  fc.assert(
    fc.property(text, cuts, (whole, at) => {
      const bytes = Buffer.from(whole, 'latin1');
      expect(read(chunked(bytes, at))).toEqual(expected(whole));
      expect(read(single(bytes))).toEqual(expected(whole));
    }),
    { numRuns: 500 },
  );
});

const long = fc
  .tuple(
    fc.constantFrom('k', 'd', 'r'),
    fc.constantFrom(65_533, 65_534, 65_535, 65_536, 65_537, 131_072, 200_001),
  )
  .map(([letter, length]) => `${letter}${'x'.repeat(length)};`);

test('of a line that is too long to mean something, start and last byte are shown, and all of it is kept', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(line, long), { maxLength: 5 }),
      fc.boolean(),
      cuts,
      (lines, isEnded, at) => {
        const bytes = Buffer.from(lines.join('\n') + (isEnded ? '\n' : ''), 'latin1');
        const whole = read([bytes]);
        expect(read(chunked(bytes, at))).toEqual(whole);
        expect(whole.shown.map(({ length }) => length).every((length) => length <= 65_537)).toBe(true);
        const shown = lines.map((one) => (one.length > 65_536 ? `${one.slice(0, 65_536)};` : one));
        expect(whole.shown.filter((one) => one !== '')).toEqual(shown.filter((one) => one !== ''));
        for (const one of lines) if (one.length > 65_536) expect(whole.kept).toContain(one);
      },
    ),
    { numRuns: 100 },
  );
});

/** Nothing is a row, but the line after one that says so. */
class AfterRow {
  readonly isText = false;
  #next = false;

  isRow(buffer: Buffer, from: number, to: number): boolean {
    const isRow = this.#next;
    this.#next = !isRow && buffer.toString('latin1', from, to) === 'row:';
    return isRow;
  }
}

const someLine = fc.constantFrom('USE old', 'row:', 'use old', 'USE', '', 'CREATE old', 'ÄUSE', 'USE öld');

test('a rewritten text is the same however it comes: lines that start so, and are no rows, are changed', async () => {
  const rewrite = async (chunks: readonly Buffer[]): Promise<string> => {
    const stream = rewriting(new AfterRow(), ['USE ', 'CREATE '], (one) =>
      one.includes('old') ? one.replace('old', fromText('néw')) : undefined,
    );
    for (const chunk of chunks) stream.write(chunk);
    stream.end();
    return Buffer.concat(await stream.toArray()).toString();
  };
  await fc.assert(
    fc.asyncProperty(fc.array(someLine), cuts, async (lines, at) => {
      const bytes = Buffer.from(lines.join('\n'));
      const isRow = (index: number): boolean => index >= 0 && lines[index] === 'row:' && !isRow(index - 1);
      const wanted = lines.map((one, index) =>
        isRow(index - 1) ? one : one.replace(/^(USE|CREATE) old$/, '$1 néw'),
      );
      expect(await rewrite(chunked(bytes, at))).toBe(wanted.join('\n'));
      expect(await rewrite(single(bytes))).toBe(wanted.join('\n'));
    }),
    { numRuns: 200 },
  );
});
