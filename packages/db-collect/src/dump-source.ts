import { linkSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type CommandError, errorCode, failure, interruption, type Report, reason } from 'command-line';
import type { Destination, Sealing } from 'sealed-file';
import type { Inspection } from './inspection.ts';
import { tellFailure } from './losses.ts';
import { passDump } from './passage.ts';
import type { DumpRecord } from './record.ts';
import { type Source, titleOf } from './source.ts';
import type { Earlier, Known } from './state.ts';

/** What all dumps of a run have in common. */
export interface Workshop {
  readonly directory: string;
  readonly destination: Destination;
  readonly sealing: Sealing;
  readonly earlier: Earlier | undefined;
  readonly timeout: number;
  readonly report: Report;
  /** Looks at each dump as it goes by. */
  readonly inspection: Inspection;
}

/** Dumps a source; where that fails, it is named, and the last dump is kept, if there is one. */
export async function dumpOrKeep(
  source: Source,
  file: string,
  workshop: Workshop,
): Promise<{ result: Known | undefined; wasSilent: boolean }> {
  let wasSilent = false;
  try {
    const onSilence = (): void => {
      wasSilent = true;
    };
    return { result: await dumpSource(source, file, workshop, onSilence), wasSilent };
  } catch (error) {
    tellFailure(titleOf(source), error, workshop.report);
    return { result: keepLast(source, file, workshop), wasSilent };
  }
}

/** Dumps one source. One that has not changed since the last dump becomes a link of that one. */
async function dumpSource(
  source: Source,
  file: string,
  workshop: Workshop,
  onSilence: () => void,
): Promise<Known> {
  const { destination, sealing, inspection, timeout, report, earlier } = workshop;
  const title = titleOf(source);
  const last = earlier?.dumps.get(file);
  const begun = Math.floor(Date.now() / 1000);
  const { made, findings } = await passDump(source, inspection, { timeout, onSilence }, (feed) =>
    destination.seal(file, sealing, [], feed),
  );
  const { bytes, sha256 } = findings;
  const rows = made.rows ?? findings.rows;
  for (const [why, hint] of made.doubts) report.loss(title, why, hint);
  for (const line of made.said ?? []) report.note(title, line);
  const { engine, item, name, kind } = source;
  const dump: DumpRecord = {
    ...{ engine, item, name, kind, file, begun, bytes, sha256 },
    status: made.doubts.length === 0 ? 'ok' : 'doubtful',
    ...(rows && { rows: Object.fromEntries(rows) }),
  };
  if (last?.dump.sha256 === sha256) {
    const trouble = linkLast(file, workshop);
    if (trouble === undefined) {
      report.detail(title, 'unchanged');
      return { ...last, dump: { ...dump, bytes: last.dump.bytes } };
    }
    report.note(title, `unchanged, and stored once more: ${trouble.message}`);
  }
  if (last && bytes < last.dump.bytes / 2)
    report.loss(
      title,
      `has shrunk to less than half: ${bytes} bytes, ${last.dump.bytes} the last time`,
      'the dump is whole: see whether somebody has deleted that much on purpose',
    );
  const { size = 0, mtimeNs = '' } = destination.find(file) ?? {};
  return { dump, size, mtimeNs };
}

/** The last dump of a source once more, where there can be none now; undefined where there is none. */
export function keepLast(source: Source, file: string, workshop: Workshop): Known | undefined {
  const last = workshop.earlier?.dumps.get(file);
  const kept = last && keep(last, workshop);
  if (kept) workshop.report.note(titleOf(source), 'the last dump is kept');
  return kept;
}

/** The same for one that is known by its last dump. That it cannot be kept is named. */
export function keep(last: Known, workshop: Workshop): Known | undefined {
  const trouble = linkLast(last.dump.file, workshop);
  if (trouble === undefined) return { ...last, dump: { ...last.dump, status: 'kept' } };
  workshop.report.loss(titleOf(last.dump), `the last dump cannot be kept: ${trouble.message}`, trouble.hint);
  return undefined;
}

/** Puts a link of the last dump in the place of whatever is there; returns why it cannot. */
function linkLast(file: string, { earlier, directory }: Workshop): CommandError | undefined {
  const [from, to] = [join(earlier?.directory ?? '', file), join(directory, file)];
  const temporary = join(directory, `.${file}.link.partial`);
  try {
    rmSync(temporary, { force: true });
    linkSync(from, temporary);
    renameSync(temporary, to);
    return undefined;
  } catch (error) {
    if (interruption.aborted) throw error;
    const hint = errorCode(error) === 'EXDEV' ? 'both must be on one file system' : undefined;
    return failure(to, `cannot be linked to ${from}: ${reason(error)}`, hint);
  } finally {
    rmSync(temporary, { force: true }); // a link of what is there already is not renamed (rename(2))
  }
}
