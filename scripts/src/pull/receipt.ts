import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatReceipt, listDates, manifestDigest } from 'date-tree';
import { sign, signatureSuffix } from 'sealed-file';
import type { Manifest } from '../date/manifest.ts';
import type { PullTask } from './host.ts';
import { type Remote, sendReceipt } from './remote.ts';

/** The key that this side signs its receipts with, made at the first pull. */
export function receiptKey(destination: string): string {
  return join(destination, 'receipt-key');
}

/** Tells the host what is held here, signed: so that it can warn when this side stops. */
export async function giveReceipt(
  { tree, destination }: PullTask,
  remote: Remote,
  { host, date, sequence }: Manifest,
  path: string,
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'hcoop-receipt-'));
  const file = join(directory, 'receipt');
  try {
    const verified = new Date().toISOString();
    writeFileSync(
      file,
      formatReceipt({
        host,
        date,
        sequence,
        manifest: manifestDigest(path),
        verified,
        holds: listDates(tree),
      }),
    );
    await sign(file, receiptKey(destination), 'hcoop-backup-receipt');
    writeFileSync(file, readFileSync(file + signatureSuffix), { flag: 'a' });
    await sendReceipt(remote, file);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
