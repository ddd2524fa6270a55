import { failure, hasProgram, type Report, runPipeline } from 'command-line';
import { type BytePath, PathWriter, readPaths } from 'path-stream';
import { unescapeOctal } from './octal.ts';

/** Capabilities, ACLs, and what users set themselves; not the labels that a security module gives to everything. */
const wanted = '^(user\\.|security\\.capability$|system\\.posix_acl_)';

/**
 * Which of some paths (as this process sees them) have extended attributes, by getfattr(1). No package has any: they come from
 * an administrator, or from a maintainer script.
 */
export async function withAttributes(paths: readonly BytePath[], report: Report): Promise<Set<BytePath>> {
  const found = new Set<BytePath>();
  if (paths.length === 0) return found;
  if (!hasProgram('getfattr')) {
    report.note('getfattr', 'not installed, so ACLs and capabilities of package files are not seen');
    return found;
  }
  let heard = 0;
  const options = ['-h', '--absolute-names', '-m', wanted, '--'];
  const stage = {
    command: 'xargs',
    args: ['-0', '-r', 'getfattr', ...options],
    accept: (exitCode: number) => exitCode === 0 || exitCode === 123, // 123: getfattr has said something of some path
    onMessage: (line: string) => {
      heard += 1;
      if (!/No such file|not supported/.test(line)) report.note('getfattr', line.replace(/^getfattr: /, ''));
    },
  };
  const [exitCode] = await runPipeline([stage], {
    input: async (stdin) => {
      const list = new PathWriter(stdin, '\0', () => {});
      for (const path of paths) await list.add(path);
      await list.flush();
    },
    output: async (stdout) => {
      for await (const lines of readPaths(stdout, '\n'))
        for (const line of lines) if (line.startsWith('# file: ')) found.add(unescapeOctal(line.slice(8)));
    },
  });
  if (exitCode !== 0 && heard === 0)
    throw failure('getfattr', 'failed without a word', 'ACLs and capabilities would go unseen');
  return found;
}
