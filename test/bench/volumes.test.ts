import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtCommand, keyPair, node, run, temporaryDirectory } from 'test-kit';
import { startAfsCell } from 'test-servers';
import { expect, test } from 'vitest';

const rounds = 5;
const megabytes = Number(process.env.BENCH_MEGABYTES ?? 200);

/** Measures in a real cell: a full dump beside the bare pipeline, and a server of which nothing has changed. */
test('what a dump takes beside the bare pipeline, and what 200 unchanged volumes take', async () => {
  const cell = await startAfsCell();
  const directory = temporaryDirectory();
  const { recipients } = keyPair(directory);
  const at = (name: string): string => join(directory, name);
  const id = await cell.createVolume('large');
  const tree = await cell.mounted('large');
  // Half noise, half text, in files of 40 kB.
  const text = Buffer.from(Array.from({ length: 8000 }, (_, i) => `${i}\n`).join('')).subarray(0, 40_000);
  for (let i = 0; i < megabytes * 25; i += 1) {
    if (i < 100) mkdirSync(join(tree, `d${i}`));
    writeFileSync(join(tree, `d${i % 100}/${i}`), i % 2 ? randomBytes(40_000) : text);
  }
  await cell.settled();

  const where = `-id ${id} -server afs1 -partition a`;
  const bare = `set -o pipefail; vos dump ${where} -clone -localauth | zstd -3 -T0 -q -c | age -R ${recipients} > ${at('bare')}`;
  const dump = [node, builtCommand('afs-vol-dump'), '-q', '-R', recipients, '--localauth'];
  const commands = {
    'vos | zstd | age': ['bash', '-c', bare],
    'afs-vol-dump': [...dump, '-d', at('d'), 'large'],
  };
  const times = new Map<string, number[]>(Object.keys(commands).map((name) => [name, []]));
  for (let i = 0; i < rounds; i += 1)
    for (const [name, argv] of Object.entries(commands)) {
      rmSync(at('d'), { recursive: true, force: true });
      times.get(name)?.push(await seconds(argv));
    }
  const peer = median(times.get('vos | zstd | age') ?? []);
  for (const [name, all] of times)
    tell(
      `${name}, ${megabytes} MB`,
      median(all),
      `${(peer / median(all)).toFixed(2)} of the throughput of vos | zstd -T0 | age`,
    );

  for (let i = 0; i < 200; i += 1) await cell.createVolume(`still.${i}`);
  const still = [...dump, '--server', 'afs1', '--state', at('state'), '-d'];
  await new Promise((resolve) => setTimeout(resolve, 1100)); // past the second of their last change
  tell('201 volumes, in full', await seconds([...still, at('s0')]), '');
  const again: number[] = [];
  for (let i = 1; i <= rounds; i += 1)
    again.push(await seconds([...still, at(`s${i}`), '--reuse', at(`s${i - 1}`)]));
  tell('201 volumes, unchanged', median(again), 'goal: 5000 ms');

  async function seconds(argv: readonly string[]): Promise<number> {
    const began = performance.now();
    const ended = await run(cell.client(argv));
    expect(ended.code, ended.stderr).toBe(0);
    return performance.now() - began;
  }
});

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[times.length >> 1] ?? 0;
}

function tell(what: string, ms: number, ratio: string): void {
  process.stdout.write(`${what.padEnd(28)} ${ms.toFixed(0).padStart(6)} ms  ${ratio}\n`);
}
