import {
  closeSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  type Stats,
  unlinkSync,
} from 'node:fs';
import { errorCode, type Report, reason, runPipeline } from 'command-line';
import { type BytePath, escapePath, toFs, toText } from 'path-stream';

/**
 * Moves everything in one directory into another, by rename: what is not there yet goes over whole, directories
 * on both sides are merged (the one that is there keeps its owner and mode), and a file that is there stays, and
 * is named, unless `overwrite`.
 *
 * The owner of a directory on the way could put a symbolic link in its place meanwhile. So each one is opened, without
 * following links, and worked in through that open directory (proc(5), /proc/pid/fd): `at` is where that is, `to` what
 * messages call it.
 */
export async function placeTree(
  from: BytePath,
  to: BytePath,
  overwrite: boolean,
  report: Report,
  at: BytePath = to,
): Promise<void> {
  const handle = openSync(
    toFs(at),
    constants.O_RDONLY | constants.O_DIRECTORY | (at === to ? 0 : constants.O_NOFOLLOW),
  );
  try {
    for (const name of readdirSync(toFs(from), 'latin1')) {
      const source = `${from}/${name}`;
      const target = {
        path: `/proc/${process.pid}/fd/${handle}/${name}`,
        shown: `${to.replace(/\/$/, '')}/${name}`,
      };
      try {
        await placeOne(source, target, overwrite, report);
      } catch (error) {
        report.loss(escapePath(target.shown), reason(error));
      }
    }
  } finally {
    closeSync(handle);
  }
}

interface Target {
  readonly path: BytePath;
  readonly shown: BytePath;
}

async function placeOne(source: BytePath, target: Target, overwrite: boolean, report: Report): Promise<void> {
  const there = lstatSync(toFs(target.path), { throwIfNoEntry: false });
  if (there === undefined) return move(source, target.path);
  const isDirectory = lstatSync(toFs(source)).isDirectory();
  if (isDirectory && there.isDirectory()) {
    await placeTree(source, target.shown, overwrite, report, target.path);
    return;
  }
  if (!overwrite) {
    report.loss(
      escapePath(target.shown),
      'exists already, not restored',
      'give --overwrite, or another --to',
    );
    return;
  }
  makeRoom(target.path, there, isDirectory);
  await move(source, target.path);
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
