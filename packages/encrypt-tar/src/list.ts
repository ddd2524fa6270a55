import { type Call, usageError } from 'command-line';
import { type BytePath, type PathWriter, toText } from 'path-stream';
import type { Opening } from 'sealed-file';
import { absoluteName } from './entry.ts';
import { readLive } from './live.ts';
import type { command } from './options.ts';
import { scanSealed } from './scan.ts';
import type { Header } from './tar-stream.ts';

type ListCall = Pick<Call<(typeof command)['options']>, 'options' | 'operands'>;

/** The archives that a command line names as its operands. */
export function archiveOperands({ operands }: ListCall): string[] {
  if (operands.length === 0) throw usageError('archives', 'none given', 'name archives, or give -d DIR');
  return operands.map((operand) => {
    const file = toText(operand);
    if (file === undefined) throw usageError(operand, 'the name of an archive must be UTF-8');
    return file;
  });
}

/** Writes the paths of a directory of archives, each once, or else the names in the archives that are given. */
export async function listArchives(call: ListCall, opening: Opening, output: PathWriter): Promise<void> {
  const { directory } = call.options;
  if (directory === undefined)
    for (const archive of archiveOperands(call)) await listArchive(archive, opening, output);
  else
    await readLive(directory, opening, async (live) => {
      for await (const batch of live) for (const { path } of batch) await output.add(path);
    });
  await output.flush();
}

function listArchive(archive: string, opening: Opening, output: PathWriter): Promise<void> {
  let paths: BytePath[] = [];
  const visitor = {
    header: ({ path }: Header) => void paths.push(absoluteName(path)),
    data: () => {},
    end: () => {},
  };
  return scanSealed(archive, opening, visitor, async () => {
    for (const path of paths) await output.add(path);
    paths = [];
  });
}
