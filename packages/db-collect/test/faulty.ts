import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { type Ended, inMountNamespace, run, start } from 'test-kit';
import { expect, onTestFinished } from 'vitest';
import type { DumpRecord } from '../src/record.ts';
import { Workbench } from './workbench.ts';

/** How whole dumps end. */
const trailers: Readonly<Record<string, RegExp>> = {
  'postgresql database': /\n-- PostgreSQL database dump complete\n--\n\n(?:\\unrestrict \w+\n\n)?$/,
  'postgresql globals': /\n-- PostgreSQL database cluster dump complete\n--\n\n$/,
  'mariadb database': /\n-- Dump completed\n$/,
  'mariadb globals': /\n-- Dump completed\n$/,
  'directory file': /^there\n$/,
};

const recordFile = 'databases.json.zst.age';

/** What a run has left: what became of each dump, and what there is none of. */
export interface Left {
  readonly dumps: Readonly<Record<string, DumpRecord['status']>>;
  readonly missing: readonly string[];
}

/** A place for dumps that go wrong. `names` are what stands for addresses that are new each time. */
export class FaultyBench extends Workbench {
  /** An item that nothing is ever wrong with: a directory with one file. */
  readonly sound = this.at('sound');
  readonly #names: Readonly<Record<string, string>>;

  constructor(names: Readonly<Record<string, string>>) {
    super();
    this.#names = { ...names, [this.directory]: 'BENCH' };
    mkdirSync(this.sound);
    writeFileSync(`${this.sound}/file`, 'there\n');
  }

  /** The messages. */
  said({ stderr }: Pick<Ended, 'stderr'>): string[] {
    return stderr
      .split('\n')
      .slice(0, -1)
      .map((line) => {
        expect(line).toMatch(/^db-collect: /);
        return this.shown(line.slice('db-collect: '.length));
      });
  }

  /** A directory of dumps: nothing is there but what its record has, and all of that is whole, by the programs that anybody has. */
  async left(name: string): Promise<Left> {
    const { dumps, missing } = await this.record(name);
    expect(this.files(name)).toEqual([recordFile, ...dumps.map(({ file }) => file)].sort());
    for (const { engine, kind, file } of dumps)
      expect((await this.open(name, file)).slice(-300)).toMatch(trailers[`${engine} ${kind}`] ?? 'known');
    return {
      dumps: Object.fromEntries(dumps.map((dump) => [this.shown(dump.name), dump.status])),
      missing: missing.map((what) => this.shown(what)),
    };
  }

  /** Nothing was left in a directory, not even what has a dot before its name. */
  isEmpty(name: string): boolean {
    return !existsSync(this.at(name)) || this.files(name).length === 0;
  }

  /** A directory of dumps, to compare it with what it was; that it has got links makes no difference. */
  state(name: string): string {
    const script = 'cd "$1" && find . -type f -printf "%p %i %s %m %T@\\n" | sort && sha256sum *';
    return execFileSync('sh', ['-c', script, 'sh', this.at(name)]).toString();
  }

  /** Runs the command in a mount namespace, in which a script with `$BENCH` has changed something. */
  runWith(script: string, env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Ended> {
    const argv = inMountNamespace(`${script}; exec "$@"`, ...this.argv(...args));
    return run(argv, { env: { BENCH: this.directory, ...env } });
  }

  /** A text with names in the places of addresses and paths. */
  shown(text: string): string {
    return Object.entries(this.#names).reduce(
      (said, [address, name]) => said.replaceAll(address, name),
      text,
    );
  }
}

/** In a script for `runWith`: what is in PATH beside the clients of databases. */
export const otherPrograms = `programs() {
  for name in setpriv getent age zstd cat mkfifo stdbuf "\${@:2}"; do ln -s "$(command -v "$name")" "$1"; done
  PATH=$1
}`;

/** A client that holds something until it is let go, or the test ends. It holds once it has printed something. */
export async function hold(client: readonly string[], statements: string): Promise<() => Promise<void>> {
  const { child, ended } = start(client, { keepOpen: true });
  const letGo = async (): Promise<void> => {
    child.stdin?.end();
    await ended;
  };
  onTestFinished(letGo);
  const held = new Promise<void>((resolve) => child.stdout?.once('data', () => resolve()));
  child.stdin?.write(statements);
  const failed = ended.then(({ stderr }) => Promise.reject(new Error(`it does not hold: ${stderr}`)));
  failed.catch(() => {}); // it ends when it is let go
  await Promise.race([held, failed]);
  return letGo;
}

/** Starts a command in a group of its own, of which nothing is there any more when the test has ended. */
export function startGroup(argv: readonly string[]): { pid: number; ended: Promise<Ended> } {
  const { child, ended } = start(argv, { group: true });
  const { pid } = child;
  if (pid === undefined) throw new Error(`does not start: ${argv.join(' ')}`);
  onTestFinished(() => void spawnSync('pkill', ['--signal', 'SIGKILL', '-g', String(pid)]));
  return { pid, ended };
}

/** The processes of a group that run, by their names. */
export function processesOf(group: number): string[] {
  return listed(['-l', '-r', 'D,R,S,T', '-g', String(group)]).map((line) => line.replace(/^\d+ /, ''));
}

/** Sends a signal to the programs of a group that are called so, if they are there yet. */
export function signalProgram(group: number, name: string, signal: 'SIGSTOP' | 'SIGCONT'): void {
  spawnSync('pkill', ['--signal', signal, '-g', String(group), '-x', name]);
}

function listed(args: readonly string[]): string[] {
  return spawnSync('pgrep', args).stdout.toString().split('\n').slice(0, -1);
}
