import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { builtCommand, describeTree, run, temporaryDirectory } from 'test-kit';
import { describe, expect, test } from 'vitest';
import { anEdit, apply } from './tree-edits.ts';

const encryptTar = builtCommand('encrypt-tar');
const everything = process.env.HCOOP_TEST_ALL === '1';

/** A tree, and directories of archives of it, one after another. */
class History {
  readonly directory = temporaryDirectory();
  readonly tree = join(this.directory, 'tree');
  readonly #options: readonly string[];
  #round = 0;

  constructor(options: readonly string[] = []) {
    this.#options = options;
    mkdirSync(this.tree);
  }

  /** Backs up what is in the tree but for a name; returns the directory, and what must come back of it. */
  async backUp(without = '') {
    const archives = join(this.directory, `date-${this.#round}`);
    const before = join(this.directory, `date-${this.#round - 1}`);
    const copy = join(this.directory, `copy-${this.#round}`);
    const list = execFileSync('find', [this.tree, '(', '-name', without, '-prune', ')', '-o', '-print0'], {
      maxBuffer: 1 << 26,
    });
    const reuse = this.#round === 0 ? [] : ['--reuse', before];
    const state = ['--state', join(this.directory, 'state')];
    const argv = [encryptTar, '-0', '--cipher', 'none', '-d', archives, ...reuse, ...state, ...this.#options];
    const ended = await run(argv, { input: list });
    mkdirSync(copy);
    const tar = `cd /; tar -c --no-recursion --null -T - --acls --xattrs --sparse | tar -x -p --acls --xattrs '--xattrs-include=*' --delay-directory-restore -C "$1"`;
    execFileSync('bash', ['-o', 'pipefail', '-c', tar, 'bash', copy], {
      input: list,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#round += 1;
    return { archives, ended, expected: describeTree(join(copy, this.tree)) };
  }

  async restore(archives: string): Promise<string[]> {
    const to = temporaryDirectory();
    const ended = await run([encryptTar, '--extract', '--to', to, '-d', archives]);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    return describeTree(join(to, this.tree));
  }
}

/** What docs/INTERFACES.md says of opening a directory of archives with stock programs. */
function restoreByHand(archives: string, tree: string): string[] {
  const to = temporaryDirectory();
  const script = String.raw`
    cd "$1"; gone=$(mktemp)
    if [ -e gone.zst ]; then zstd -d -q -c gone.zst > "$gone"; fi
    for archive in *.tar.zst; do zstd -d -q -c "$archive" || exit 1; done |
      tar -x -i -p --numeric-owner --xattrs '--xattrs-include=*' --delay-directory-restore -C "$2" \
        --anchored --no-wildcards --exclude-from=<(LC_ALL=C grep -zvP '\n|\s$' "$gone" | tr '\0' '\n')
    (cd "$2" && xargs -0 -r rm -df --) < "$gone"`;
  execFileSync('bash', ['-euo', 'pipefail', '-c', script, 'bash', archives, to], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return describeTree(join(to, tree));
}

/** Removing what was deleted gives directories another time. */
function withoutDirectoryTimes(lines: readonly string[]): string[] {
  return lines.map((line) => line.replace(/^("(?:[^"\\]|\\.)*" d \S+ \S+ +)\S+/, '$1'));
}

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
          const made: { archives: string; expected: string[] }[] = [];
          for (const { edits, without } of drawn) {
            for (const edit of edits) apply(edit, history.tree);
            const { archives, ended, expected } = await history.backUp(without);
            expect(ended).toMatchObject({ code: 0, stderr: '' });
            made.push({ archives, expected });
          }
          for (const { archives, expected } of made) {
            expect(await history.restore(archives)).toEqual(expected);
            expect(await run([encryptTar, '--check', '-d', archives])).toMatchObject({ code: 0, stderr: '' });
            expect(withoutDirectoryTimes(restoreByHand(archives, history.tree))).toEqual(
              withoutDirectoryTimes(expected),
            );
          }
        }),
        { numRuns: everything ? 300 : 12, endOnFailure: true },
      );
    },
    everything ? 3_600_000 : 240_000,
  );
});
