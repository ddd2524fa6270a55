import { CommandError, captureOutput, failure, interruption, type Report } from 'command-line';
import { z } from 'zod';
import { ownCommand } from '../commands.ts';
import type { Settings } from '../settings/schema.ts';
import type { RunReport } from './run-report.ts';

const time = z.iso.datetime({ offset: true });
const dated = z.looseObject({ finished: time });

/** What is used here of what `rsync-gate status` writes. */
const schema = z.looseObject({
  latest: dated.nullable(),
  run: z.looseObject({ started: time, state: z.string(), at: z.string().optional() }).nullable(),
  lastPull: dated.nullable(),
  receipts: z.array(z.looseObject({ verified: time })),
  lastDrill: dated.nullable(),
  warnings: z.array(z.string()),
});

export type GateStatus = z.infer<typeof schema>;

/** Asks rsync-gate for what it knows of this host's backups. Throws where it cannot tell. */
export async function gateStatus(
  { staging }: Settings,
  config: string | undefined,
  report: Report,
): Promise<GateStatus> {
  const options = config === undefined ? [] : ['--config', config];
  const stage = ownCommand('rsync-gate', ['status', ...options, '--root', staging], report);
  const output = (await captureOutput(stage)).toString();
  const { success, data, error } = schema.safeParse(parse(output));
  if (success) return data;
  const [issue] = error.issues;
  throw failure('rsync-gate', `its status has another form: ${issue?.path.join('.')}: ${issue?.message}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** When somebody last pulled, signed for it, and restored it. Not to know is no reason to fail. */
export async function lastEvents(
  settings: Settings,
  config: string | undefined,
  report: Report,
): Promise<RunReport['last']> {
  const unknown = { pull: null, receipt: null, drill: null };
  if (interruption.aborted) return unknown;
  try {
    const { lastPull, receipts, lastDrill } = await gateStatus(settings, config, report);
    const verified = receipts.map((receipt) => inUtc(receipt.verified)).sort();
    return {
      pull: lastPull && inUtc(lastPull.finished),
      receipt: verified.at(-1) ?? null,
      drill: lastDrill && inUtc(lastDrill.finished),
    };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    report.note('status', `when somebody last pulled is not known: ${error.message}`);
    return unknown;
  }
}

function inUtc(time: string): string {
  return new Date(time).toISOString();
}
