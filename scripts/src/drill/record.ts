import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { failure, type Report, usageError } from 'command-line';
import {
  type Drill,
  drillName,
  longestReceipt,
  parseDrill,
  readRecord,
  type SignedDrill,
  statusDirectory,
  writeRecord,
} from 'date-tree';
import { verifyText } from 'sealed-file';
import { hostName } from '../settings/host-name.ts';
import type { Settings } from '../settings/schema.ts';

/** The clocks of two hosts may differ by so many milliseconds. */
const clocksDiffer = 3_600_000;

/**
 * Takes the signed result of a drill from stdin into the status: the last one that passed, and one that has failed since. It must be
 * of this host, newer than what is known, and signed by this host's own key or by one in `drill_signers`.
 */
export async function recordDrill(settings: Settings, stdin: Readable, report: Report): Promise<void> {
  const signed = parseDrill(await readAll(stdin));
  if (signed === undefined)
    throw usageError('stdin', 'not the result of a drill', 'hcoop-verify --drill writes them');
  const { drill } = signed;
  const host = hostName(settings);
  if (drill.host !== host) throw usageError('stdin', `a drill of ${drill.host}, and this is ${host}`);
  if (Date.parse(drill.finished) > Date.now() + clocksDiffer)
    throw usageError('stdin', `a drill of the future: ${drill.finished}`, 'set the clock');
  const signer = await verifySigner(settings, signed);
  const file = join(statusDirectory(settings.staging), drillName);
  const known = readRecord(file) ?? {};
  for (const earlier of Object.values(known) as Drill[])
    if (Date.parse(earlier.finished) >= Date.parse(drill.finished))
      throw usageError('stdin', `not newer than the drill of ${earlier.finished} that is recorded`);
  const facts = { ...drill, signer };
  writeRecord(file, drill.result === 'passed' ? { passed: facts } : { ...known, failed: facts }, true);
  report.note(`drill of ${drill.date}`, `${drill.result}: recorded`);
}

async function readAll(stdin: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stdin) {
    text += (chunk as Buffer).toString('latin1');
    if (text.length > longestReceipt) throw usageError('stdin', `longer than ${longestReceipt} bytes`);
  }
  return text;
}

/** Returns the fingerprint of the key that signed it. */
async function verifySigner(
  { state, drill_signers: others }: Settings,
  { body, signature }: SignedDrill,
): Promise<string> {
  const own = join(state, 'signing-key.pub');
  const files = [...(existsSync(own) ? [own] : []), ...(others === undefined ? [] : [others])];
  if (others !== undefined && !existsSync(others)) throw usageError(others, 'no such file');
  const fingerprint = await verifyText(body, signature, undefined, 'hcoop-backup-drill');
  for (const file of files) {
    const judged = await verifyText(body, signature, file, 'hcoop-backup-drill').catch(() => undefined);
    if (judged !== undefined) return judged;
  }
  throw failure(
    'stdin',
    `signed by ${fingerprint}, which is not known here`,
    'put its public key into drill_signers',
  );
}
