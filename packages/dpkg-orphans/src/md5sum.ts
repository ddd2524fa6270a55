import { availableParallelism } from 'node:os';
import { failure, runPipeline } from 'command-line';
import { type BytePath, PathWriter, readPaths } from 'path-stream';
import { Queue } from './queue.ts';

/** A file to read, and what its digest should be. */
export interface Expected {
  /** As this process sees it. */
  readonly path: BytePath;
  readonly digest: string;
  readonly size: number;
}

export type Answer = 'same' | 'different' | 'unread';

/** Opening a file takes as long as reading so many bytes. */
const perFile = 1 << 14;

/** A process of its own is worth it from so many bytes on. */
const worthwhile = 1 << 24;

/**
 * Reads files and tells of each whether it has its digest: md5sum(1) --check, as many processes as there are cores, each with
 * its share of the bytes. They start with the first file, and work while others are being added.
 */
export class DigestCheck<File extends Expected> {
  readonly #tell: (file: File, answer: Answer) => void;
  readonly #workers: Worker<File>[] = [];

  constructor(tell: (file: File, answer: Answer) => void) {
    this.#tell = tell;
  }

  add(file: File): void {
    let worker = this.#workers.reduce(
      (a, b) => (b.bytes < a.bytes ? b : a),
      this.#workers[0] ?? this.#start(),
    );
    if (worker.bytes > worthwhile && this.#workers.length < availableParallelism()) worker = this.#start();
    worker.bytes += file.size + perFile;
    worker.files.push(file);
  }

  /** Waits for all answers. Throws where a process does not do its work. */
  async finish(): Promise<void> {
    const workers = this.#workers.splice(0);
    for (const { files } of workers) files.close();
    await Promise.all(workers.map(({ end }) => end));
  }

  #start(): Worker<File> {
    const files = new Queue<File>();
    const end = check(files, this.#tell);
    end.catch(() => {}); // finish() hears it
    const worker = { files, end, bytes: 0 };
    this.#workers.push(worker);
    return worker;
  }
}

interface Worker<File> {
  readonly files: Queue<File>;
  readonly end: Promise<void>;
  bytes: number;
}

async function check<File extends Expected>(
  files: Queue<File>,
  tell: (file: File, answer: Answer) => void,
): Promise<void> {
  const asked: File[] = [];
  let answered = 0;
  const stage = {
    command: 'md5sum',
    args: ['--check', '-'],
    accept: (exitCode: number) => exitCode <= 1,
    noise: /^/, // what it says of each file, it has written to stdout too
  };
  await runPipeline([stage], {
    input: async (stdin) => {
      const lines = new PathWriter(stdin, '\n', () => {});
      for await (const batch of files.batches()) {
        asked.push(...batch);
        for (const file of batch) await lines.add(checkLine(file));
        await lines.flush();
      }
    },
    output: async (stdout) => {
      // One line an input line, in the same order: a newline in a name is escaped.
      for await (const lines of readPaths(stdout, '\n'))
        for (const line of lines) tell(asked[answered++] as File, answerOf(line));
    },
  });
  if (answered !== asked.length) throw failure('md5sum', `answered for ${answered} of ${asked.length} files`);
}

const escapes: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r' };

/** A backslash first tells that there are escapes in the name. A bare `\r` at its end would be taken for a part of the line's. */
function checkLine({ path, digest }: Expected): BytePath {
  const escaped = path.replace(/[\\\n\r]/g, (c) => escapes[c] ?? c);
  return `${escaped === path ? '' : '\\'}${digest}  ${escaped}`;
}

function answerOf(line: BytePath): Answer {
  if (line.endsWith(': OK')) return 'same';
  return line.endsWith(': FAILED') ? 'different' : 'unread';
}
