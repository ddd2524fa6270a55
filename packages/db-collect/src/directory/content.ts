import { closeSync, openSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { ChildFailure, CommandError, hasProgram, runPipeline, type Stage } from 'command-line';
import { Ends, type Form } from '../inspector.ts';
import { dumpForm } from '../mariadb/text.ts';
import { databaseForm, globalsForm } from '../postgresql/text.ts';
import type { Doubt } from '../source.ts';

/** What undoes what the end of a name says was done. */
const decompressors: readonly (readonly [end: RegExp, command: string, args: readonly string[]])[] = [
  [/\.t?gz$/i, 'gzip', ['-dc']],
  [/\.zst$/i, 'zstd', ['-dcq', '--long=31']],
  [/\.t?xz$/i, 'xz', ['-dc']],
  [/\.t?bz2$/i, 'bzip2', ['-dc']],
];

const forms: readonly Form[] = [databaseForm, globalsForm, dumpForm];

/** What pg_dump writes for pg_restore: with a 3 behind its version, the list of a directory (-Fd), whose other files pg_restore would look for. */
function isArchive(start: string): boolean {
  return start.startsWith('PGDMP') && start.charCodeAt(10) !== 3;
}

/**
 * Reads a dump that somebody else made, from an open file, and tells what makes it no whole one: what is compressed must be that to its
 * end; and where its first line says who wrote it, the last one must be there. `name` ends as its form does.
 */
export async function doubtsOfContent(file: number, name: string): Promise<Doubt[]> {
  const decompress = decompressors.find(([end]) => end.test(name));
  const stages =
    decompress && hasProgram(decompress[1]) ? [{ command: decompress[1], args: decompress[2] }] : [];
  const look = new FirstLook();
  try {
    await withStart(file, (input) => readThrough(stages, input, look));
    if (isArchive(look.start) && hasProgram('pg_restore'))
      await withStart(file, (input) =>
        runPipeline([...stages, { command: 'pg_restore', args: ['-f', '/dev/null'] }], { input }),
      );
    look.finish();
    return [];
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const why = error instanceof ChildFailure ? `${error.what} cannot read it: ${error.why}` : error.message;
    return [[`half-written, or damaged: ${why}`, 'see what writes it; it is stored as it is']];
  }
}

/** The same file once more, from its start. */
async function withStart(file: number, read: (input: number) => Promise<unknown>): Promise<void> {
  const input = openSync(`/proc/self/fd/${file}`, 'r');
  try {
    await read(input);
  } finally {
    closeSync(input);
  }
}

async function readThrough(stages: readonly Stage[], input: number, look: FirstLook): Promise<void> {
  const read = async (content: Readable): Promise<void> => {
    for await (const chunk of content) look.pass(chunk as Buffer);
    look.conclude();
  };
  await runPipeline(stages.length > 0 ? stages : [{ command: 'cat', args: [] }], { input, output: read });
}

/** Bytes that tell whose dump it is. */
const telling = 256;

/** Finds out by the first bytes whose dump it is, and looks for that one's end. */
export class FirstLook {
  start = '';
  #ends: Ends | undefined;
  #begun = Buffer.alloc(0);
  #isKnown = false;

  pass(chunk: Buffer): void {
    if (this.#isKnown) this.#ends?.pass(chunk);
    else {
      this.#begun = Buffer.concat([this.#begun, chunk]); // what decompresses may write very little at first
      if (this.#begun.length >= telling) this.#recognize();
    }
  }

  /** There is no more to come. */
  conclude(): void {
    if (!this.#isKnown) this.#recognize();
  }

  finish(): void {
    this.#ends?.finish();
  }

  #recognize(): void {
    this.#isKnown = true;
    this.start = this.#begun.toString('latin1', 0, telling);
    const form = forms.find(({ start }) => start.test(this.start));
    this.#ends = form && new Ends(form);
    this.#ends?.pass(this.#begun);
    this.#begun = Buffer.alloc(0);
  }
}
