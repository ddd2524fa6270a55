import { PassThrough, Readable, Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PathWriter, RecordTooLong, readBlocks } from '../src/index.ts';

async function blocksOf(chunks: Iterable<Buffer>): Promise<string[]> {
  const blocks: string[] = [];
  for await (const block of readBlocks(Readable.from(chunks, { objectMode: false }), '\0'))
    blocks.push(block.toString('latin1'));
  return blocks;
}

test('blocks are whole records, together the bytes that came, whatever the chunks', async () => {
  const bytes = fc.array(fc.constantFrom(0, 0, 10, 97, 255), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(fc.array(bytes), async (arrays) => {
      const chunks = arrays.filter((one) => one.length > 0).map((one) => Buffer.from(one));
      const all = Buffer.concat(chunks).toString('latin1');
      const blocks = await blocksOf(chunks);
      expect(blocks.join('')).toBe(all === '' || all.endsWith('\0') ? all : `${all}\0`);
      for (const block of blocks) expect(block).toMatch(/\0$/);
    }),
  );
});

test('what a chunk completes is there at once', async () => {
  expect(await blocksOf([Buffer.from('/a\0/b\0/c'), Buffer.from('d\0/e')])).toEqual([
    '/a\0/b\0',
    '/cd\0',
    '/e\0',
  ]);
});

test('a record that no path can be ends the reading', async () => {
  const chunk = Buffer.alloc(1 << 16, 'x');
  await expect(blocksOf(Array.from({ length: 17 }, () => chunk))).rejects.toThrow(RecordTooLong);
});

test('blocks go out after what was added before them', async () => {
  const sink = new PassThrough();
  const writer = new PathWriter(sink, '\0', () => expect.unreachable('nothing to refuse'));
  await writer.add('/a');
  await writer.addRecords(Buffer.from('/b\0/c\0'));
  await writer.addRecords(Buffer.alloc(0));
  await writer.addRecords(Buffer.from('/d\0'));
  sink.end();
  expect(Buffer.concat(await sink.toArray()).toString()).toBe('/a\0/b\0/c\0/d\0');
});

test('a block waits until the one before it is on its way', async () => {
  const written: string[] = [];
  const waiting: (() => void)[] = [];
  const sink = new Writable({
    highWaterMark: 1,
    write: (chunk: Buffer, _encoding, done) => {
      written.push(chunk.toString());
      waiting.push(done);
    },
  });
  const writer = new PathWriter(sink, '\0', () => undefined);
  await writer.addRecords(Buffer.from('/a\0'));
  const second = writer.addRecords(Buffer.from('/b\0'));
  await setImmediate();
  expect(written).toEqual(['/a\0']);
  waiting.shift()?.();
  await second;
  expect(written).toEqual(['/a\0', '/b\0']);
});

test('a sink that failed is told of at the next block', async () => {
  const sink = new PassThrough();
  sink.on('error', () => undefined).destroy(new Error('gone'));
  const writer = new PathWriter(sink, '\0', () => undefined);
  await expect(writer.addRecords(Buffer.from('/a\0'))).rejects.toThrow('gone');
});
