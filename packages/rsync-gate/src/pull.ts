import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exitCodes, reason, runForeground } from 'command-line';
import { lockDate, writeRecord } from 'date-tree/reader';
import type { Client } from './client.ts';
import type { Request } from './grammar.ts';
import { watchIdle } from './idle.ts';
import { chooseSandbox, confine } from './sandbox.ts';
import type { Work } from './serve.ts';
import type { GateSettings } from './settings.ts';

type Pull = Extract<Request, { kind: 'pull' }>;

/** What the gate knows of the last pull that rsync ended well, in its state directory. */
export const lastPullName = 'last-pull.json';

/** Opens and locks the date that is asked for: from here on it is that directory, whatever takes its name. */
export function preparePull(pull: Pull, settings: GateSettings, client: Client): Work {
  const date = lockDate(settings.root, pull.date);
  const sandbox = chooseSandbox(settings.sandbox);
  const args = serverArguments(pull, date.path, settings.timeout);
  const [command = '', ...rest] = confine(sandbox, settings.rsync, date.path, args);
  return async () => {
    const before = bytesWritten();
    const idle = watchIdle(settings.timeout);
    const tooLong = AbortSignal.timeout(settings.longest * 1000);
    const { exitCode, signal } = await runForeground({
      command,
      args: rest,
      env: {},
      stdio: [0, 1, 2, date.descriptor],
      stop: AbortSignal.any([idle.signal, tooLong]),
      group: true,
      onStart: idle.start,
    });
    idle.end();
    const after = bytesWritten();
    const bytes = before === undefined || after === undefined ? undefined : after - before;
    const exit = exitCode ?? exitCodes.failed;
    const counts = exit === exitCodes.complete && takesAll(pull);
    const unrecorded = counts ? remember(pull.date, bytes, client, settings.state) : undefined;
    return {
      exitCode: exit,
      bytes,
      signal: signal ?? undefined,
      unrecorded,
      reason: whyEnded(idle.signal, tooLong, settings),
    };
  };
}

function whyEnded(idle: AbortSignal, tooLong: AbortSignal, settings: GateSettings): string | undefined {
  if (idle.aborted) return `nothing moved for ${settings.timeout} s`;
  return tooLong.aborted ? `longer than ${settings.longest} s` : undefined;
}

/**
 * The arguments that rsync is started with: the client's options, each of which was allowed, under a time limit of ours;
 * and a `--` before the rest, for rsync looks for options behind the dot as well.
 */
export function serverArguments({ options, contents }: Pull, path: string, timeout: number): string[] {
  const asked = options.filter((option) => option.startsWith('--timeout='));
  const wanted = Number(asked.at(-1)?.slice('--timeout='.length) ?? 0);
  const limit = wanted > 0 && wanted < timeout ? wanted : timeout;
  const others = options.filter((option) => !asked.includes(option));
  return ['--server', '--sender', ...others, `--timeout=${limit}`, '--', '.', contents ? `${path}/` : path];
}

/**
 * How many bytes this process and the children that it has waited for have written (proc(5), /proc/pid/io: the kernel adds
 * up what each of them had written when it is waited for, and so does bwrap's). The data itself never comes by here.
 */
function bytesWritten(): number | undefined {
  try {
    const [, bytes] = /^wchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8')) ?? [];
    return bytes === undefined ? undefined : Number(bytes);
  } catch {
    return undefined; // a kernel without it
  }
}

/** A list, or a try, takes nothing with it; nor does what leaves out the directories. */
function takesAll({ options }: Pull): boolean {
  const letters = options
    .filter((option) => /^-[a-zA-Z]/.test(option))
    .map((option) => option.replace(/e[.\d].*/, ''));
  const has = (letter: string): boolean => letters.some((word) => word.includes(letter));
  return has('r') && !has('n') && !options.includes('--list-only');
}

/** Notes the pull for the status. Returns why it could not: a pull that is whole is not to fail for that. */
function remember(
  date: string,
  bytes: number | undefined,
  { address, key }: Client,
  state: string,
): string | undefined {
  try {
    const finished = new Date().toISOString();
    writeRecord(join(state, lastPullName), { date, finished, bytes, client: address, key });
    return undefined;
  } catch (error) {
    return reason(error);
  }
}
