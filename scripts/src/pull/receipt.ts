import { join } from 'node:path';
import { formatReceipt, listDates, manifestDigest } from 'date-tree';
import { signText } from 'sealed-file';
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
  const text = formatReceipt({
    ...{ host, date, sequence, manifest: manifestDigest(path) },
    ...{ verified: new Date().toISOString(), holds: listDates(tree) },
  });
  await sendReceipt(remote, await signText(text, receiptKey(destination), 'hcoop-backup-receipt'));
}
