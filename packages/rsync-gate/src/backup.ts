import { runForeground, systemPath } from 'command-line';
import type { Answer } from './serve.ts';
import type { GateSettings } from './settings.ts';

/**
 * Has root run the wrapper, with no argument and nothing of the client's environment, and waits for it: what it says the
 * client hears. (With no environment at all, Debian 13's sudo ends by SIGSEGV.)
 */
export async function startBackup({ wrapper }: GateSettings): Promise<Answer> {
  const stdio = ['ignore', 'inherit', 'inherit'] as const;
  const { exitCode, signal } = await runForeground({
    command: 'sudo',
    args: ['-n', wrapper],
    env: { PATH: systemPath },
    stdio: [...stdio],
  });
  return { exitCode: exitCode ?? 2, signal: signal ?? undefined };
}
