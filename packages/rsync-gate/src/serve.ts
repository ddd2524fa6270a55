import { CommandError, exitCodes, reason } from 'command-line';
import { startBackup } from './backup.ts';
import { type Client, clientOf } from './client.ts';
import { judge, type Request } from './grammar.ts';
import { Log } from './log.ts';
import type { GateCall } from './options.ts';
import { preparePull } from './pull.ts';
import { defaultLog, type GateSettings, gateSettings } from './settings.ts';

/** How a request ended: the exit code for the client, and what else the log is to say. */
export interface Answer {
  readonly exitCode: number;
  readonly [fact: string]: string | number | undefined;
}

/** A request that was found to be in order: does it. */
export type Work = () => Promise<Answer>;

/**
 * Serves what one client asks for over SSH, and returns the exit code that it gets. What is not allowed is refused in one
 * line. Every refusal, every start and every end is logged.
 */
export async function serve(line: string, call: GateCall): Promise<number> {
  const client = clientOf(process.env);
  const refuse = (log: Log, reason: string, told = reason): number => {
    log.write('deny', { command: line, reason });
    return tell(call, told);
  };
  let settings: GateSettings;
  try {
    settings = await gateSettings(call.options);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return refuse(
      new Log(call.options.log ?? defaultLog, client),
      error.message,
      'the gate is not set up right',
    );
  }
  const log = new Log(settings.log, client);
  const verdict = judge(line, settings.root);
  if ('refused' in verdict) return refuse(log, verdict.refused);
  let work: Work;
  try {
    work = prepare(verdict.request, settings, client, call);
  } catch (error) {
    if (error instanceof CommandError) return refuse(log, error.message);
    throw error;
  }
  try {
    return await logged(log, line, work);
  } catch (error) {
    if (!(error instanceof CommandError) || error.exitCode !== exitCodes.usage) throw error;
    return tell(call, error.message);
  }
}

function tell({ report }: GateCall, why: string): number {
  report.error('refused', why);
  return exitCodes.usage;
}

/** Whatever is found to be missing here is a refusal: nothing has been started yet. */
function prepare(request: Request, settings: GateSettings, client: Client, call: GateCall): Work {
  switch (request.kind) {
    case 'pull':
      return preparePull(request, settings, client);
    case 'backup':
      return () => startBackup(settings);
    case 'receipt':
      return async () => (await import('./receipt.ts')).takeReceipt(settings, call.stdin());
    case 'status':
      return async () => ({ exitCode: (await import('./status.ts')).showStatus(call, settings) });
  }
}

async function logged(log: Log, line: string, work: Work): Promise<number> {
  const began = performance.now();
  const seconds = (): string => ((performance.now() - began) / 1000).toFixed(3);
  log.write('start', { command: line });
  try {
    const { exitCode, ...facts } = await work();
    log.write('end', { command: line, exit: exitCode, ...facts, seconds: seconds() });
    return exitCode;
  } catch (error) {
    const exit = error instanceof CommandError ? error.exitCode : exitCodes.failed;
    log.write('end', { command: line, exit, reason: reason(error), seconds: seconds() });
    throw error;
  }
}
