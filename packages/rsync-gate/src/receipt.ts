import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { CommandError, failure, reason, usageError } from 'command-line';
import {
  longestManifest,
  longestReceipt,
  manifestDigest,
  manifestName,
  parseReceipt,
  type Receipt,
  readRecord,
  readSmallFile,
  writeRecord,
} from 'date-tree';
import { signatureSuffix, verifySignature } from 'sealed-file';
import type { Answer } from './serve.ts';
import type { GateSettings } from './settings.ts';

/** Where the latest receipt of each signer is, in the state directory. */
export const receiptsName = 'receipts';

const mostSigners = 16;

/** How long its sender may take, in milliseconds. */
const patience = 60_000;

/**
 * Takes a receipt from stdin. It must be one to the letter, of a date that is published here with this very manifest, and
 * signed: by one of the configured keys where there are any, else by any key, whose fingerprint the status then shows.
 */
export async function takeReceipt(
  { root, state, receiptSigners }: GateSettings,
  stdin: Readable,
): Promise<Answer> {
  const signed = parseReceipt(await readAll(stdin));
  if (signed === undefined)
    throw usageError('receipt', 'not of the form of a receipt', 'hcoop-pull writes them');
  const { receipt, body, signature } = signed;
  requireTrue(root, receipt);
  const receipts = join(state, receiptsName);
  const signer = await inNewDirectory(state, (directory) => {
    const file = join(directory, 'receipt');
    writeFileSync(file, body);
    writeFileSync(file + signatureSuffix, signature);
    return verifySignature(file, receiptSigners, 'hcoop-backup-receipt').catch((error: unknown) => {
      // Said of the signature; a list of signers that is missing is another matter, and not the sender's.
      if (!(error instanceof CommandError) || error.what !== file + signatureSuffix) throw error;
      throw usageError('receipt', receiptSigners ? 'not signed by a key that is known here' : 'not signed');
    });
  });
  mkdirSync(receipts, { recursive: true, mode: 0o750 });
  const file = join(receipts, `${signer.replace(/[^A-Za-z0-9]/g, '_')}.json`);
  const kept = existsSync(file) ? readRecord(file)?.verified : undefined;
  if (typeof kept === 'string' && Date.parse(kept) >= Date.parse(receipt.verified))
    throw usageError('receipt', `not newer than the one of ${kept} that is here`);
  if (kept === undefined) makeRoom(receipts);
  const known = receiptSigners !== undefined;
  writeRecord(file, { ...receipt, signer, known, received: new Date().toISOString() });
  return { exitCode: 0, date: receipt.date, signer };
}

async function readAll(stdin: Readable): Promise<string> {
  let text = '';
  const timer = setTimeout(() => stdin.destroy(), patience);
  try {
    for await (const chunk of stdin) {
      text += (chunk as Buffer).toString('latin1');
      if (text.length > longestReceipt) throw usageError('receipt', `longer than ${longestReceipt} bytes`);
    }
    return text;
  } catch (error) {
    throw error instanceof CommandError ? error : usageError('receipt', 'it did not come to its end');
  } finally {
    clearTimeout(timer);
  }
}

/** What it says must be true as far as this side can tell: of this very date, verified since it was made, and not to come. */
function requireTrue(root: string, receipt: Receipt): void {
  const path = join(root, receipt.date);
  const text = readSmallFile(join(path, manifestName), longestManifest);
  if (text === undefined) throw usageError('receipt', `of ${receipt.date}, which is not published here`);
  const { host, sequence, finished } = JSON.parse(text.toString()) as Record<string, unknown>;
  if (receipt.manifest !== manifestDigest(path) || receipt.sequence !== sequence || receipt.host !== host)
    throw usageError('receipt', `of another ${receipt.date} than the one that is published here`);
  const verified = Date.parse(receipt.verified);
  if (verified < Date.parse(String(finished)) - clocksDiffer || verified > Date.now() + clocksDiffer)
    throw usageError('receipt', `verified at ${receipt.verified}, before the date was made or in the future`);
}

/** The clocks of two hosts may differ by so many milliseconds. */
const clocksDiffer = 3_600_000;

/** With no list of who may sign, anybody with the key to the gate may: the oldest receipts go. */
function makeRoom(receipts: string): void {
  const files = readdirSync(receipts).map((name) => join(receipts, name));
  const oldestFirst = files.sort((a, b) => statSync(a).mtimeMs - statSync(b).mtimeMs);
  for (const file of oldestFirst.slice(0, 1 - mostSigners)) rmSync(file);
}

/** What was left by one that was killed goes with the next. */
function clearLeft(above: string): void {
  const left = readdirSync(above).filter((name) => name.startsWith('.receipt-'));
  for (const path of left.map((name) => join(above, name)))
    if (Date.now() - statSync(path).mtimeMs > clocksDiffer) rmSync(path, { recursive: true, force: true });
}

async function inNewDirectory<T>(above: string, work: (directory: string) => Promise<T>): Promise<T> {
  let directory: string;
  try {
    clearLeft(above);
    directory = mkdtempSync(join(above, '.receipt-'));
  } catch (error) {
    throw failure(above, reason(error), 'the state directory must belong to the user that pulls');
  }
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
