import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { type Call, failure, usageError, withScratch } from 'command-line';
import { manifestDigest } from 'date-tree';
import { nameIncomplete, verifyDate } from '../date/verify.ts';
import { type command, hasKey, signerOf } from '../verify-options.ts';
import { rehearseRestore } from './rehearse.ts';
import { drillKey, signResult } from './result.ts';

type VerifyCall = Call<(typeof command)['options']>;

/** Restores a date, compares it, throws it away again, and writes how that went, signed. */
export async function drill({ options, report, stdout }: VerifyCall, directory: string): Promise<void> {
  if (!hasKey(options)) throw usageError('--drill', 'no key given', 'give -i FILE');
  if (process.getuid?.() !== 0)
    throw failure('--drill', 'not root: owners would not come back', 'run it as root');
  const key = drillKey(options['sign-with']);
  const faults = report.part(); // what was incomplete when it was made is no fault of the restore
  const { host, date, sequence, components } = await verifyDate(directory, signerOf(options.signer), faults);
  const manifest = manifestDigest(directory);
  if (faults.losses > 0)
    throw failure(directory, 'does not verify: nothing was restored', 'take another date');
  nameIncomplete(directory, components, report);
  const place = resolve(options.scratch ?? tmpdir());
  const seconds = await withScratch(place, 'hcoop-drill', report, (scratch) =>
    rehearseRestore(directory, components, options, scratch, faults),
  );
  const result = faults.losses === 0 ? 'passed' : 'failed';
  stdout.write(await signResult({ host, date, sequence, manifest, seconds, result }, key));
  report.note(directory, `drill ${result}: ${host}, number ${sequence}, restored in ${seconds} s`);
}
