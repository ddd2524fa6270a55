import { randomBytes } from 'node:crypto';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { anEdit, applyEdit, describeTree, until } from 'test-kit';
import { type AfsCell, startAfsCell } from 'test-servers';
import { beforeAll, describe, expect, test } from 'vitest';
import { contentOf, describeWritten, Workbench } from './workbench.ts';

describe('rounds of change', () => {
  let cell: AfsCell;
  beforeAll(async () => {
    cell = await startAfsCell({ untilStopped: true });
    return cell.stop;
  }, 60_000);

  test('each directory of dumps is the volume as it was then, whatever happens to it', async () => {
    const bench = new Workbench(cell);
    await cell.createVolume('user.wild');
    const tree = await cell.mounted('user.wild');
    const then: { content: Buffer; tree: string[] }[] = [];
    for (let round = 0; round < 10; round += 1) {
      for (const edit of fc.sample(anEdit, { numRuns: 15, seed: round })) applyEdit(edit, tree);
      await cell.settled();
      const ended = await bench.dump(`d${round}`, round === 0 ? undefined : `d${round - 1}`);
      expect(ended.code, ended.stderr).toBe(0);
      then.push({
        content: contentOf(await bench.dumpByVos('user.wild')),
        tree: describeWritten(tree),
      });
    }
    for (const [round, was] of then.entries()) {
      const whole = await bench.extract(`d${round}`, 'user.wild');
      expect(contentOf(whole).equals(was.content), `round ${round}`).toBe(true);
      const { ended, tree } = await bench.unpack(`d${round}`, 'user.wild');
      expect(ended.stderr).toBe('');
      expect(describeTree(tree), `round ${round}`).toEqual(was.tree);
    }
    const kinds = new Set(then.map((_, round) => bench.record(`d${round}`).volumes[0]?.dumps.length));
    expect(kinds.size).toBeGreaterThan(1);
  });

  test('a round costs what changed: nothing, a part, and after some of those all of it', async () => {
    const bench = new Workbench(cell);
    await cell.vos('remove', '-id', 'user.wild');
    for (const name of ['user.still', 'user.busy']) {
      await cell.createVolume(name);
      const tree = await cell.mounted(name);
      for (let i = 0; i < 400; i += 1) {
        if (i < 20) mkdirSync(join(tree, `d${i}`));
        writeFileSync(join(tree, `d${i % 20}/${i}`), randomBytes(10_000));
      }
    }
    await cell.settled();
    // What has changed within the second of its clone may have changed after that, too: it is dumped once more.
    const second = (): number => Math.floor(Date.now() / 1000);
    const written = second();
    await until(() => second() > written);
    expect(await bench.dump('d0')).toMatchObject({ code: 0 });
    const inode = (directory: string, file = '') => statSync(join(bench.at(directory), file)).ino;
    const tree = await cell.mounted('user.busy');
    const lengths: number[] = [];
    for (let round = 1; round <= 10; round += 1) {
      const files = round * 3;
      for (let i = 0; i < files; i += 1) writeFileSync(join(tree, `d${i % 20}/${i}`), randomBytes(10_000));
      await cell.settled();
      expect(await bench.dump(`d${round}`, `d${round - 1}`)).toMatchObject({ code: 0, stderr: '' });
      const [busy, still] = bench.record(`d${round}`).volumes;
      const [newest, ...before] = (busy?.dumps ?? []).toReversed();
      for (const { file } of [...before, ...(still?.dumps ?? [])])
        expect(inode(`d${round}`, file)).toBe(inode(`d${round - 1}`, file));
      expect(still?.dumps).toHaveLength(1);
      // Beside the files: all directories, of two to four kB each, and nine bytes for each vnode.
      if (before.length > 0) expect((newest?.bytes ?? 0) - 21 * 4500 - 421 * 9).toBeLessThan(files * 10_300);
      lengths.push(busy?.dumps.length ?? 0);
    }
    expect(lengths).toEqual([2, 3, 4, 5, 6, 7, 1, 2, 3, 4]);
  });
});
