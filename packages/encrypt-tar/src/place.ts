import { lstatSync, readdirSync, renameSync, rmdirSync, type Stats, unlinkSync } from 'node:fs';
import { errorCode, type Report, reason, runPipeline } from 'command-line';
import { type BytePath, escapePath, toFs, toText } from 'path-stream';

/**
 * Moves everything in one directory into another, by rename: what is not there yet goes over whole, directories
 * on both sides are merged (the one that is there keeps its owner and mode), and a file that is there stays, and
 * is named, unless `overwrite`. Never follows a symbolic link in the target.
 */
export async function placeTree(
  from: BytePath,
  to: BytePath,
  overwrite: boolean,
  report: Report,
): Promise<void> {
  for (const name of readdirSync(toFs(from), 'latin1')) {
    const source = `${from}/${name}`;
    const target = to.endsWith('/') ? `${to}${name}` : `${to}/${name}`;
    try {
      await placeOne(source, target, overwrite, report);
    } catch (error) {
      report.loss(escapePath(target), reason(error));
    }
  }
}

async function placeOne(
  source: BytePath,
  target: BytePath,
  overwrite: boolean,
  report: Report,
): Promise<void> {
  const there = lstatSync(toFs(target), { throwIfNoEntry: false });
  if (there === undefined) return move(source, target);
  const isDirectory = lstatSync(toFs(source)).isDirectory();
  if (isDirectory && there.isDirectory()) {
    await placeTree(source, target, overwrite, report);
    return;
  }
  if (!overwrite) {
    report.loss(escapePath(target), 'exists already, not restored', 'give --overwrite, or another --to');
    return;
  }
  makeRoom(target, there, isDirectory);
  await move(source, target);
}

/** A rename replaces a file with a file; the other cases need an empty place. */
function makeRoom(target: BytePath, there: Stats, forDirectory: boolean): void {
  if (there.isDirectory())
    rmdirSync(toFs(target)); // only an empty one: ENOTEMPTY is named by the caller
  else if (forDirectory) unlinkSync(toFs(target));
}

async function move(source: BytePath, target: BytePath): Promise<void> {
  try {
    renameSync(toFs(source), toFs(target));
  } catch (error) {
    // Another file system is mounted below the target: mv(1) copies with all metadata.
    const [from, to] = [toText(source), toText(target)];
    if (errorCode(error) !== 'EXDEV' || from === undefined || to === undefined) throw error;
    await runPipeline([{ command: 'mv', args: ['-T', '--', from, to] }]);
  }
}
