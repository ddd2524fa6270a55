import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ChildFailure, captureOutput, hasProgram, type Report, runPipeline } from 'command-line';
import type { BytePath } from 'path-stream';
import { storeFile } from 'sealed-file';
import type { Settings } from '../settings/schema.ts';
import type { Outcome } from './component.ts';
import { type DateToMake, packStage } from './pack-stage.ts';
import { divertedFiles, keysOfSources, sharedDirectories, writeMissing } from './system-paths.ts';

/** What a reinstall needs and no file holds in a form that can be given back to its tool. */
const lists: Record<string, readonly [string, ...string[]]> = {
  'packages.tsv': [
    'dpkg-query',
    '-W',
    '-f',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query fills these in
    '${binary:Package}\\t${Version}\\t${Architecture}\\t${db:Status-Abbrev}\\n',
  ],
  'selections.txt': ['dpkg', '--get-selections'],
  'foreign-architectures.txt': ['dpkg', '--print-foreign-architectures'],
  'holds.txt': ['apt-mark', 'showhold'],
  'manual.txt': ['apt-mark', 'showmanual'],
  'diversions.txt': ['dpkg-divert', '--list'],
  'alternatives.txt': ['update-alternatives', '--get-selections'],
  'debconf.txt': ['debconf-get-selections'],
};

/**
 * Accounts, apt's sources and keys, and dpkg's and debconf's own state, as they are: for packages that no source offers, the
 * scripts and lists in dpkg's are the only ones.
 */
const files = [
  '/etc/passwd',
  '/etc/group',
  '/etc/shadow',
  '/etc/gshadow',
  '/etc/subuid',
  '/etc/subgid',
  '/etc/apt',
  '/etc/dpkg',
  '/etc/alternatives',
  '/var/lib/apt/extended_states',
  '/var/lib/dpkg',
  '/var/cache/debconf',
];

/** Writes the lists below the state directory, so that they have a place of their own in the archive, and packs all. */
export async function packSystem(
  settings: Settings,
  making: DateToMake,
  directory: string,
  report: Report,
): Promise<Outcome> {
  const place = join(settings.state, 'system');
  await rm(place, { recursive: true, force: true });
  await mkdir(place, { recursive: true, mode: 0o700 });
  let complete = true;
  for (const [name, [command, ...args]] of Object.entries(lists)) {
    if (!hasProgram(command)) report.detail(command, `not installed: no ${name}`);
    else complete = (await writeList(join(place, name), command, args, report)) && complete;
  }
  complete = (await writeMissing(join(place, 'missing'), settings, report)) && complete;
  const shared = await sharedDirectories(settings);
  await writeNames(join(place, 'directories'), shared);
  const present = [...files, ...divertedFiles(), ...keysOfSources()].filter((file) => existsSync(file));
  const find = {
    command: 'find',
    args: [place, ...present, '-print0'],
    accept: (exitCode: number) => exitCode <= 1,
    onMessage: (line: string) => report.loss('system', line),
  };
  const found = await captureOutput(find);
  const pack = await packStage(settings, making, 'system', directory, report);
  const [exitCode] = await runPipeline([pack], {
    input: async (stdin) => void stdin.write(Buffer.concat([found, names(shared)])),
  });
  return { complete: complete && exitCode === 0 };
}

async function writeNames(path: string, list: readonly BytePath[]): Promise<void> {
  await storeFile(path, async (handle) => void (await handle.writeFile(names(list))));
}

function names(list: readonly BytePath[]): Buffer {
  return Buffer.from(list.map((path) => `${path}\0`).join(''), 'latin1');
}

async function writeList(
  path: string,
  command: string,
  args: readonly string[],
  report: Report,
): Promise<boolean> {
  try {
    const text = await captureOutput({ command, args });
    await storeFile(path, async (handle) => {
      await handle.writeFile(text);
    });
    return true;
  } catch (error) {
    if (!(error instanceof ChildFailure)) throw error;
    report.loss(error.what, error.why);
    return false;
  }
}
