import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { failure, reason, usageError } from 'command-line';
import { longestReceipt, manifestDigest, parseReceipt, type Receipt, writeRecord } from 'date-tree';
import { signatureSuffix, verifySignature } from 'sealed-file';
import type { Answer } from './serve.ts';
import type { GateSettings } from './settings.ts';

/** Where the latest receipt of each signer is, in the state directory. */
export const receiptsName = 'receipts';

/** More signers than this are refused, so that nobody fills the disk. */
const mostSigners = 16;

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
  requirePublished(root, receipt);
  const receipts = join(state, receiptsName);
  const signer = await inNewDirectory(state, (directory) => {
    const file = join(directory, 'receipt');
    writeFileSync(file, body);
    writeFileSync(file + signatureSuffix, signature);
    return verifySignature(file, receiptSigners, 'hcoop-backup-receipt').catch(() => {
      throw usageError('receipt', 'not signed by a key that is known here');
    });
  });
  mkdirSync(receipts, { recursive: true, mode: 0o750 });
  const file = join(receipts, `${signer.replace(/[^A-Za-z0-9]/g, '_')}.json`);
  if (!existsSync(file) && readdirSync(receipts).length >= mostSigners)
    throw usageError(
      'receipt',
      `there are receipts of ${mostSigners} signers already`,
      `remove some in ${receipts}`,
    );
  const known = receiptSigners !== undefined;
  writeRecord(file, { ...receipt, signer, known, received: new Date().toISOString() });
  return { exitCode: 0, date: receipt.date, signer };
}

async function readAll(stdin: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stdin) {
    text += (chunk as Buffer).toString('latin1');
    if (text.length > longestReceipt) throw usageError('receipt', `longer than ${longestReceipt} bytes`);
  }
  return text;
}

function requirePublished(root: string, { date, manifest }: Receipt): void {
  let published: string | undefined;
  try {
    published = manifestDigest(join(root, date));
  } catch {
    throw usageError('receipt', `of ${date}, which is not published here`);
  }
  if (published !== manifest)
    throw usageError('receipt', `of another ${date} than the one that is published here`);
}

async function inNewDirectory<T>(above: string, work: (directory: string) => Promise<T>): Promise<T> {
  let directory: string;
  try {
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
