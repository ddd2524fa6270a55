import { PassThrough, Readable, Writable } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapePath, fromText, PathWriter, RecordTooLong, readPaths, type Terminator } from '../src/index.ts';

/** Paths as any bytes but NUL, in a form that shrinks well. */
const anyPath = fc
  .array(fc.integer({ min: 1, max: 255 }), { minLength: 1, maxLength: 40 })
  .map((bytes) => String.fromCharCode(...bytes));
const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 5 }).map(fromText);
const linePath = anyPath.filter((path) => !path.includes('\n'));

async function collect(chunks: Iterable<Buffer>, terminator: Terminator): Promise<string[]> {
  const paths: string[] = [];
  for await (const batch of readPaths(Readable.from(chunks, { objectMode: false }), terminator))
    paths.push(...batch);
  return paths;
}

function* chunksOf(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

for (const [name, terminator, path] of [
  ['NUL', '\0', anyPath],
  ['newline', '\n', linePath],
] as const) {
  test(`paths ended by ${name} come through as bytes, whatever the chunks`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(path), fc.integer({ min: 1, max: 50 }), async (paths, size) => {
        const bytes = Buffer.from(paths.map((p) => p + terminator).join(''), 'latin1');
        expect(await collect(chunksOf(bytes, size), terminator)).toEqual(paths);
        expect(await collect(chunksOf(bytes, 1), terminator)).toEqual(paths);
      }),
    );
  });

  test(`what is written with ${name} is read back the same`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(path), async (paths) => {
        const pipe = new PassThrough();
        const reading = collect(pipe as unknown as Iterable<Buffer>, terminator);
        const writer = new PathWriter(pipe, terminator, () => expect.unreachable('nothing to refuse'));
        for (const one of paths) await writer.add(one);
        await writer.flush();
        pipe.end();
        expect(await reading).toEqual(paths);
      }),
    );
  });
}

test('names added together are written as each by itself would be, and refused so', async () => {
  const written = async (terminator: Terminator, prefix: string, batches: string[][], together: boolean) => {
    const pipe = new PassThrough();
    const refused: string[] = [];
    const writer = new PathWriter(pipe, terminator, (path) => refused.push(path));
    for (const names of batches)
      if (together) await writer.addAll(prefix, names);
      else for (const name of names) await writer.add(prefix + name);
    await writer.flush();
    return [refused, pipe.read() as Buffer | null];
  };
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom<Terminator>('\0', '\n'),
      anyPath,
      fc.array(fc.array(anyPath)),
      async (terminator, prefix, batches) => {
        expect(await written(terminator, prefix, batches, true)).toEqual(
          await written(terminator, prefix, batches, false),
        );
      },
    ),
  );
});

test('the last path may lack its terminator, and \\r and E9 are bytes like others', async () => {
  expect(await collect([Buffer.from('a\r\n\xe9\nlast', 'latin1')], '\n')).toEqual(['a\r', '\xe9', 'last']);
  expect(await collect([], '\n')).toEqual([]);
});

test('an empty record is passed on, for the caller to name', async () => {
  expect(await collect([Buffer.from('a\n\nb\n')], '\n')).toEqual(['a', '', 'b']);
});

test('a record without end is refused before it fills the memory', async () => {
  const endless = [Buffer.alloc(1 << 20, 0x78), Buffer.alloc(1 << 20, 0x78)];
  await expect(collect(endless, '\n')).rejects.toThrow(RecordTooLong);
});

test('a path that the form cannot carry is refused, and the others are written', async () => {
  const refused: string[] = [];
  const pipe = new PassThrough();
  const writer = new PathWriter(pipe, '\n', (path) => refused.push(path));
  for (const path of ['a', 'b\nc', '', 'd']) await writer.add(path);
  await writer.flush();
  pipe.end();
  expect(Buffer.concat(await pipe.toArray()).toString()).toBe('a\nd\n');
  expect(refused).toEqual(['b\nc', '']);
});

test('a writer waits for a slow reader', async () => {
  const pipe = new PassThrough({ highWaterMark: 10 });
  const writer = new PathWriter(pipe, '\n', () => {});
  void writer.add('x'.repeat(100));
  let flushed = false;
  const flushing = writer.flush().then(() => {
    flushed = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(flushed).toBe(false);
  pipe.resume();
  await flushing;
});

test('a writer whose reader has gone fails, now and at the next write', async () => {
  const pipe = new PassThrough();
  pipe.on('error', () => {});
  pipe.destroy(new Error('gone'));
  const writer = new PathWriter(pipe, '\n', () => {});
  for (const path of ['a', 'b']) {
    void writer.add(path);
    await expect(writer.flush()).rejects.toThrow('gone');
  }
});

test('messages show a path on one line, with nothing that acts on a terminal', () => {
  expect(escapePath('/a\nb\x1b[2J\\')).toBe('/a\\nb\\x1b[2J\\\\');
  expect(escapePath('/caf\xc3\xa9')).toBe('/café');
  expect(escapePath('/caf\xe9')).toBe('/caf\\xe9');
  fc.assert(
    fc.property(anyPath, (path) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
      expect(escapePath(path)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    }),
  );
});

test('no two paths look alike in messages', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.oneof(anyPath, text), { minLength: 2, maxLength: 2 }),
      ([a = '', b = '']) => {
        expect(escapePath(a)).not.toBe(escapePath(b));
      },
    ),
  );
});

test.each([
  ['before it writes', (sink: Writable) => void sink.destroy()],
  ['while it waits', (sink: Writable) => void setImmediate(() => sink.destroy())],
])('a writer whose reader goes without an error, %s, does not wait for ever', async (_, go) => {
  const sink = new Writable({ highWaterMark: 1, write: () => {} });
  const writer = new PathWriter(sink, '\0', () => {});
  go(sink);
  void writer.add('a');
  await expect(writer.flush()).rejects.toMatchObject({ code: 'EPIPE' });
});
