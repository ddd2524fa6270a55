import fc from 'fast-check';
import { anEdit, applyEdit } from 'test-kit';
import { describe, expect, test } from 'vitest';
import { History, type Round } from './history.ts';

const everything = process.env.HCOOP_TEST_ALL === '1';

describe('a directory that reuses the archives of the one before', () => {
  test(
    'every one restores to the tree of its time, whatever was done between',
    async () => {
      const rounds = fc.array(
        fc.record({
          edits: fc.array(anEdit, { maxLength: 12 }),
          without: fc.oneof({ weight: 4, arbitrary: fc.constant('') }, fc.constantFrom('a', 'b', 'c')),
        }),
        { minLength: 3, maxLength: everything ? 12 : 6 },
      );
      await fc.assert(
        fc.asyncProperty(rounds, fc.constantFrom('4K', '30K', '256M'), async (drawn, size) => {
          const history = new History(['--archive-size', size]);
          const made: Round[] = [];
          for (const { edits, without } of drawn) {
            for (const edit of edits) applyEdit(edit, history.tree);
            const round = await history.backUp({ without });
            expect(round.ended).toMatchObject({ code: 0, stderr: '' });
            made.push(round);
          }
          for (const round of made) await history.expectRight(round);
        }),
        { numRuns: everything ? 300 : 8, endOnFailure: true },
      );
    },
    everything ? 3_600_000 : 240_000,
  );
});
