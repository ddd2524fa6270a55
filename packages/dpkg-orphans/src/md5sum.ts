import { availableParallelism } from 'node:os';
import { failure, runPipeline } from 'command-line';
import { type BytePath, PathWriter, readPaths } from 'path-stream';

/** A file to read, and what its digest should be. */
export interface Expected {
  /** As this process sees it. */
  readonly path: BytePath;
  readonly digest: string;
  readonly size: number;
}

export type Answer = 'same' | 'different' | 'unread';

/** Below so many bytes, a second process costs more than it saves. */
const smallShare = 1 << 24;

/**
 * Reads files and tells of each, by its place in the list, whether it has the digest: md5sum(1) --check, one process a
 * core, each with its share of the bytes.
 */
export async function checkDigests(
  files: readonly Expected[],
  tell: (index: number, answer: Answer) => void,
): Promise<void> {
  const shares = shareOut(files);
  await Promise.all(
    shares.map((share) => checkShare(files, share, (at, answer) => tell(share[at] ?? -1, answer))),
  );
}

/** The indices of the files, spread so that every share has about as many bytes. */
function shareOut(files: readonly Expected[]): number[][] {
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const count = total < smallShare ? 1 : availableParallelism();
  const shares = Array.from({ length: count }, (): { bytes: number; indices: number[] } => ({
    bytes: 0,
    indices: [],
  }));
  for (const [index, { size }] of files.entries()) {
    const least = shares.reduce((a, b) => (b.bytes < a.bytes ? b : a));
    least.bytes += size + 4096; // opening it takes time too
    least.indices.push(index);
  }
  return shares.map(({ indices }) => indices).filter((indices) => indices.length > 0);
}

async function checkShare(
  files: readonly Expected[],
  share: readonly number[],
  tell: (at: number, answer: Answer) => void,
): Promise<void> {
  let answered = 0;
  await runPipeline(
    [{ command: 'md5sum', args: ['--check', '-'], accept: (exitCode) => exitCode <= 1, noise: /^/ }],
    {
      input: async (stdin) => {
        const lines = new PathWriter(stdin, '\n', () => {});
        for (const index of share) await lines.add(checkLine(files[index] as Expected));
        await lines.flush();
      },
      output: async (stdout) => {
        // One line an input line, in the same order: a newline in a name is escaped.
        for await (const batch of readPaths(stdout, '\n'))
          for (const line of batch) {
            tell(answered, answerOf(line));
            answered += 1;
          }
      },
    },
  );
  if (answered !== share.length) throw failure('md5sum', `answered for ${answered} of ${share.length} files`);
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
