import { posix } from 'node:path';
import { type Report, runPipeline } from 'command-line';
import { type BytePath, escapePath, fromText, PathWriter, readPaths, withoutSlash } from 'path-stream';

/**
 * The paths absolute, without the slash that marks a directory, in byte order, each once, handed to `take` in
 * batches. A path that tar is given twice becomes a hard link to itself; sort(1) finds those in flat memory.
 */
export async function sortPaths(
  batches: AsyncIterable<readonly BytePath[]>,
  report: Report,
  take: (paths: AsyncIterable<readonly BytePath[]>) => Promise<void>,
): Promise<void> {
  const here = fromText(process.cwd());
  const sort = { command: 'sort', args: ['-z', '-u'], env: { LC_ALL: 'C' } };
  await runPipeline([sort], {
    input: async (stdin) => {
      const writer = new PathWriter(stdin, '\0', (path) => {
        report.loss(escapePath(path), 'a NUL byte in the path');
      });
      for await (const batch of batches) {
        for (const path of batch) await writer.add(absolute(path, here));
      }
      await writer.flush();
    },
    output: (stdout) => take(readPaths(stdout, '\0')),
  });
}

/** Only what is not yet a plain absolute path is resolved: `/x` as it stands, `a/../b` from here. */
function absolute(path: BytePath, here: BytePath): BytePath {
  const plain = path.startsWith('/') && !/\/(?:\.{0,2}\/|\.{1,2}$)/.test(path);
  return plain ? withoutSlash(path) : posix.resolve(here, path);
}
