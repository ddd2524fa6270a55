import { closeSync } from 'node:fs';
import { type CommandError, type Feed, failure, makePipe } from 'command-line';
import type { Inspection, Told } from './inspection.ts';
import type { Findings } from './inspector.ts';
import { type Made, type Pass, type Source, titleOf, type WriteDump } from './source.ts';

/** How what makes a dump is watched: the seconds that it may be silent, and who hears when it was. */
export interface Watch {
  readonly timeout: number;
  readonly onSilence: () => void;
}

/**
 * Makes a dump, and has `seal` read it. What makes it and what seals it have pipes of their own, and between them is the thread that looks at
 * what goes by: the bytes do not come here. Returns what is known of a dump that is whole; throws what went wrong first.
 */
export async function passDump(
  source: Source,
  inspection: Inspection,
  watch: Watch,
  seal: (feed: Feed) => Promise<void>,
): Promise<{ made: Made; findings: Findings }> {
  const pipe = await makePipe();
  const ours = new Set([pipe.read, pipe.write]);
  const close = (end: number): void => {
    if (ours.delete(end)) closeSync(end);
  };
  const stop = new AbortController();
  let findings: Findings | undefined;
  const inspect = (from: number, isPipe: boolean): Promise<Told> => {
    ours.delete(pipe.write); // the thread's now
    return inspection.pass({ from, to: pipe.write, isPipe, engine: source.engine, kind: source.kind });
  };
  const pass: Pass = async (dump) => {
    const told =
      typeof dump === 'number'
        ? await inspect(dump, false)
        : await passProgram(
            dump,
            stop,
            () => watchOver(source, inspection, watch, stop),
            (from) => inspect(from, true),
          );
    findings = findingsOf(told);
  };
  let making: Promise<Made> | undefined;
  const write = async (): Promise<void> => {
    making = source.dump(pass);
    await making.finally(() => close(pipe.write));
  };
  try {
    await seal({ from: pipe.read, write, release: () => close(pipe.read) });
    const made = await making;
    if (made === undefined || findings === undefined) throw failure(titleOf(source), 'nothing came');
    return { made, findings };
  } finally {
    stop.abort();
    for (const end of ours) close(end);
    await making?.catch(() => {}); // where what seals has failed, that is what is told
  }
}

/** Runs what writes a dump into a pipe, and returns what became of it. That it failed comes before what it left unfinished. */
async function passProgram(
  writeDump: WriteDump,
  stop: AbortController,
  watch: () => { readonly silence: () => CommandError | undefined; readonly end: () => void },
  inspect: (from: number) => Promise<Told>,
): Promise<Told> {
  const pipe = await makePipe();
  const watching = watch(); // not before: it goes on until it is ended
  const passed = inspect(pipe.read);
  passed.catch(() => stop.abort()); // nobody reads what it writes
  const writing = writeDump(pipe.write, stop.signal).finally(() => closeSync(pipe.write));
  const [written, told] = await Promise.allSettled([writing, passed]).finally(watching.end);
  const silence = watching.silence();
  if (silence) throw silence;
  if (told.status === 'rejected') throw told.reason;
  // Whoever writes what nobody reads any more fails too.
  const isReader = told.value.is === 'unread' || (told.value.is === 'wrong' && told.value.isEarly);
  if (written.status === 'rejected' && !isReader) throw written.reason;
  return told.value;
}

/** Undefined of a dump that was not read to its end: its reader tells why. */
function findingsOf(told: Told): Findings | undefined {
  if (told.is === 'wrong') throw failure(told.what, told.why);
  return told.is === 'whole' ? told.findings : undefined;
}

/** Ends what makes a dump when nothing has come from it for too long, but for what waits on its reader. */
function watchOver(
  source: Source,
  { flow }: Inspection,
  { timeout, onSilence }: Watch,
  stop: AbortController,
): { silence: () => CommandError | undefined; end: () => void } {
  const before = flow.bytes;
  let [seen, seconds] = [before, 0];
  let silence: CommandError | undefined;
  const look = (): void => {
    seconds = flow.bytes === seen && !flow.waitsForReader ? seconds + timeout / 4 : 0;
    seen = flow.bytes;
    if (silence || seconds < timeout) return;
    onSilence();
    silence = failure(
      titleOf(source),
      `nothing more came within ${Math.round(seconds)} s, after ${seen - before} bytes`,
    );
    stop.abort();
  };
  const watching = setInterval(look, timeout * 250);
  return { silence: () => silence, end: () => clearInterval(watching) };
}
