import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { builtCommand, describeTree, type Ended, run, start, temporaryDirectory, until } from 'test-kit';
import { expect } from 'vitest';

export const encryptTar = builtCommand('encrypt-tar');

/** What one backup made, and what must come back of it. */
export interface Round {
  readonly archives: string;
  readonly ended: Ended;
  readonly expected: string[];
}

interface Changes {
  /** A name that is left out, wherever it is in the tree. */
  readonly without?: string;
  /** For this round alone. */
  readonly options?: readonly string[];
}

const unencrypted = ['--cipher', 'none'];

/** A tree, and directories of archives of it, one after another. */
export class History {
  readonly directory: string = temporaryDirectory();
  readonly tree: string = join(this.directory, 'tree');
  readonly state: string = join(this.directory, 'state');
  readonly #options: readonly string[];
  readonly #sealing: readonly string[];
  #round = 0;

  constructor(options: readonly string[] = [], sealing: readonly string[] = unencrypted) {
    this.#options = options;
    this.#sealing = sealing;
    mkdirSync(this.tree);
  }

  /** Runs a bash script in the tree. */
  bash(script: string): void {
    execFileSync('bash', ['--norc', '-euc', script], { cwd: this.tree, stdio: ['ignore', 'ignore', 'pipe'] });
  }

  /** Waits until a change of what is in the tree would show in its time: see `settled` in found.ts. */
  settle(): Promise<void> {
    const newest = execFileSync('find', [this.tree, '-printf', '%C@\n'], { maxBuffer: 1 << 26 })
      .toString()
      .trim()
      .split('\n')
      .reduce((max, time) => Math.max(max, Number(time) * 1000), 0);
    return until(() => Date.now() > newest + 40);
  }

  /** The paths of the tree, NUL-terminated, but for a name. */
  list(without = ''): Buffer {
    const but = ['(', '-name', without, '-prune', ')', '-o', '-print0'];
    return execFileSync('find', [this.tree, ...but], { maxBuffer: 1 << 26 });
  }

  /** The command line of the next backup. */
  next(options: readonly string[] = []): { argv: string[]; archives: string } {
    const archives = this.date(this.#round);
    const reuse = this.#round === 0 ? [] : ['--reuse', this.date(this.#round - 1)];
    const argv = [encryptTar, '-0', ...this.#sealing, '-d', archives, ...reuse, '--state', this.state];
    return { argv: [...argv, '--settle', '0', ...this.#options, ...options], archives };
  }

  /** Starts a backup of the whole tree, so that something can be done meanwhile. */
  begin(options: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
    const { argv, archives } = this.next(options);
    this.#round += 1;
    return { archives, ...start(argv, { input: this.list(), env }) };
  }

  /** Backs up what is in the tree. */
  async backUp({ without = '', options = [] }: Changes = {}): Promise<Round> {
    const { argv, archives } = this.next(options);
    const list = this.list(without);
    const ended = await run(argv, { input: list });
    const copy = join(this.directory, `copy-${this.#round}`);
    mkdirSync(copy);
    const tar = `cd /; tar -c --no-recursion --null -T - --acls --xattrs --sparse | tar -x -p --acls --xattrs '--xattrs-include=*' --delay-directory-restore -C "$1"`;
    execFileSync('bash', ['-o', 'pipefail', '-c', tar, 'bash', copy], {
      input: list,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#round += 1;
    return { archives, ended, expected: describeTree(join(copy, this.tree)) };
  }

  /** The same, of a tree that has been quiet, where nothing is to be remarked. */
  async backUpQuietly(changes: Changes = {}): Promise<Round> {
    await this.settle();
    const round = await this.backUp(changes);
    expect(round.ended).toMatchObject({ code: 0, stderr: '' });
    return round;
  }

  async restore(archives: string, opening: readonly string[] = []): Promise<string[]> {
    const to = temporaryDirectory();
    const ended = await run([encryptTar, '--extract', ...opening, '--to', to, '-d', archives]);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    return describeTree(join(to, this.tree));
  }

  /** Restores a round by our command and by hand, and has its archives compared with their index. */
  async expectRight({ archives, expected }: Round): Promise<void> {
    expect(await this.restore(archives)).toEqual(expected);
    expect(await run([encryptTar, '--check', '-d', archives])).toMatchObject({ code: 0, stderr: '' });
    expect(withoutDirectoryTimes(restoreByHand(archives, this.tree))).toEqual(
      withoutDirectoryTimes(expected),
    );
  }

  date(round: number): string {
    return join(this.directory, `date-${round}`);
  }
}

/** What docs/INTERFACES.md says of opening a directory of archives with stock programs. */
export function restoreByHand(archives: string, tree: string): string[] {
  const to = temporaryDirectory();
  const script = String.raw`
    cd "$1"; gone=$(mktemp)
    if [ -e gone.zst ]; then zstd -d -q -c gone.zst > "$gone"; fi
    for archive in *.tar.zst; do zstd -d -q -c "$archive" || exit 1; done |
      tar -x -i -p --numeric-owner --xattrs '--xattrs-include=*' --delay-directory-restore -C "$2" \
        --anchored --no-wildcards --exclude-from=<(LC_ALL=C grep -zv '^\./' "$gone" | tr '\0' '\n')
    LC_ALL=C grep -z '^\./' "$gone" > "$gone.odd" || :
    (cd -P "$2" && while IFS= read -r -d '' name; do parent=\${name%/*}
      [ "$(realpath -m -- "$parent"; echo x)" != "$PWD\${parent#.}"$'\nx' ] || rm -df -- "$name"; done) < "$gone.odd"
    rm "$gone" "$gone.odd"`.replaceAll('\\$', '$');
  execFileSync('bash', ['-euo', 'pipefail', '-c', script, 'bash', archives, to], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return describeTree(join(to, tree));
}

/** Removing what was deleted gives directories another time. */
export function withoutDirectoryTimes(lines: readonly string[]): string[] {
  return lines.map((line) => line.replace(/^("(?:[^"\\]|\\.)*" d \S+ \S+ +)\S+/, '$1'));
}

/** The archives of a directory, in order. */
export function archivesIn(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => /^\d+\.tar\./.test(name))
    .sort();
}

/** The files that one directory has as another has them: the same inode, with the same time. */
export function sharedFiles(one: string, other: string): string[] {
  return readdirSync(one)
    .sort()
    .filter((name) => {
      const [a, b] = [one, other].map((directory) =>
        lstatSync(join(directory, name), { bigint: true, throwIfNoEntry: false }),
      );
      return a !== undefined && b !== undefined && a.ino === b.ino && a.mtimeNs === b.mtimeNs;
    });
}

/** The names in an archive, as tar and zstd list them. */
export function namesIn(archive: string): string[] {
  const names = execFileSync('bash', ['-c', 'zstd -d -q -c "$1" | tar -t', 'bash', archive]).toString();
  return names.split('\n').filter((name) => name !== '');
}

/** What a directory's list of the deleted has. */
export function goneIn(directory: string): string[] {
  const names = execFileSync('zstd', ['-d', '-q', '-c', join(directory, 'gone.zst')]).toString();
  return names.split('\0').filter((name) => name !== '');
}
