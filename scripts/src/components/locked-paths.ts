import { lstatSync, realpathSync } from 'node:fs';
import { posix } from 'node:path';
import { failure, type Report, runPipeline, type Stage } from 'command-line';
import { type BytePath, escapePath, fromText, toFs, toText, withoutSlash } from 'path-stream';
import type { Component } from '../date/manifest.ts';
import type { Settings } from '../settings/schema.ts';
import { type Outcome, skipped } from './component.ts';
import { type Held, type Lock, whileLocked } from './hold-lock.ts';
import { lockOf } from './lock-programs.ts';
import { type DateToMake, packStage } from './pack-stage.ts';
import { explainSpamd, parseSpamdState, spamdLock } from './spamd.ts';

type Run = (name: string, work: (directory: string) => Promise<Outcome>) => Promise<Component>;

/** The components that are paths under a lock: spamd, and what is configured. */
export async function runLocked(
  settings: Settings,
  making: DateToMake,
  run: Run,
  report: Report,
): Promise<Record<string, Component>> {
  const { spamd } = settings;
  const components: Record<string, Component> = {};
  components.spamd = spamd
    ? await run('spamd', (directory) => packSpamd(settings, spamd, making, directory, report))
    : skipped('not configured');
  for (const [name, given] of Object.entries(settings.locked))
    components[name] = await run(name, async (directory) => {
      const pack = await packStage(settings, making, name, directory, report);
      return conclude(name, report, lockOf(given), () =>
        archive(name, given.paths.map(fromText), [], pack, report),
      );
    });
  return components;
}

async function packSpamd(
  settings: Settings,
  spamd: NonNullable<Settings['spamd']>,
  making: DateToMake,
  directory: string,
  report: Report,
): Promise<Outcome> {
  const pack = await packStage(settings, making, 'spamd', directory, report);
  const work = (line: BytePath): Promise<boolean> => {
    const { locks, files, notes } = parseSpamdState(line);
    for (const note of notes) report.note('spamd', escapePath(note));
    return archive('spamd', [...spamd.paths.map(fromText), ...files], locks, pack, report);
  };
  try {
    return await conclude('spamd', report, await spamdLock(spamd), work);
  } catch (error) {
    throw explainSpamd(error);
  }
}

/** An archive that was made without the lock for a while is kept: it is better than none. */
async function conclude(
  name: string,
  report: Report,
  lock: Lock,
  work: (line: BytePath) => Promise<boolean>,
): Promise<Outcome> {
  const { result, lost }: Held<boolean> = await whileLocked(lock, report, work);
  if (lost)
    report.loss(
      name,
      `the lock may not have been held to the end: ${lost.message}`,
      'what is in the archive may not fit together',
    );
  return { complete: result && lost === undefined };
}

/** encrypt-tar of paths and of all that is below them, but for the lock files of SpamAssassin's databases. */
async function archive(
  name: string,
  given: readonly BytePath[],
  locks: readonly BytePath[],
  pack: Stage,
  report: Report,
): Promise<boolean> {
  const paths = given.map((path) => withoutSlash(posix.normalize(path)));
  const missing = paths.filter((path) => lstatSync(toFs(path), { throwIfNoEntry: false }) === undefined);
  for (const path of missing) report.loss(escapePath(path), 'no such file or directory');
  const present = outermost(paths.filter((path) => !missing.includes(path)).flatMap(withTarget));
  if (present.length === 0) throw failure(name, 'none of its paths is there');
  const find: Stage = {
    command: 'find',
    args: ['-files0-from', '-', '-ignore_readdir_race', ...leaveOut(locks), '-print0'],
    accept: (exitCode) => exitCode <= 1,
    onMessage: (line) => report.loss(name, line),
  };
  const [found, packed] = await runPipeline([find, pack], {
    input: async (stdin) =>
      void stdin.write(Buffer.from(present.map((path) => `${path}\0`).join(''), 'latin1')),
  });
  return missing.length === 0 && found === 0 && packed === 0;
}

/** A link in the place of a path is stored, and so is what it leads to. */
function withTarget(path: BytePath): BytePath[] {
  if (!lstatSync(toFs(path)).isSymbolicLink()) return [path];
  return [path, realpathSync(toFs(path), { encoding: 'buffer' }).toString('latin1')];
}

/** Without those that are below others: encrypt-tar takes each path once. */
function outermost(paths: readonly BytePath[]): BytePath[] {
  const all = [...new Set(paths)];
  return all.filter(
    (path) => !all.some((other) => path !== other && path.startsWith(`${withoutSlash(other)}/`)),
  );
}

/** Expressions of find, whose patterns are text. */
function leaveOut(locks: readonly BytePath[]): string[] {
  return locks.flatMap((path) => {
    const pattern = toText(posix.normalize(path))?.replace(/[\\*?[]/g, '\\$&');
    if (pattern === undefined) return [];
    return ['lock', 'lock.*', 'mutex'].flatMap((suffix) => ['!', '-path', `${pattern}.${suffix}`]);
  });
}
