import {
  type Call,
  CommandError,
  interruption,
  runCommand,
  setSearchPath,
  systemPath,
  usageError,
} from 'command-line';
import { escapePath, toText } from 'path-stream';
import { checkArchives } from './date/archives.ts';
import { verifyDate } from './date/verify.ts';
import { command, signerOf } from './verify-options.ts';

runCommand(command, async (call) => {
  setSearchPath(systemPath);
  const { operands, report } = call;
  if (operands.length === 0) throw usageError('dates', 'none given', 'name the directory of a date');
  for (const operand of operands) {
    const directory = toText(operand);
    if (directory === undefined) throw usageError(escapePath(operand), 'not valid UTF-8');
    try {
      await verify(call, directory);
    } catch (error) {
      // A date that cannot even be read does not keep the others from being verified.
      if (!(error instanceof CommandError) || interruption.aborted) throw error;
      report.loss(error.what, error.why, error.hint);
    }
  }
});

async function verify(
  { options, report }: Call<(typeof command)['options']>,
  directory: string,
): Promise<void> {
  const losses = report.losses;
  const manifest = await verifyDate(directory, signerOf(options.signer), report);
  for (const [name, { status, reason }] of Object.entries(manifest.components))
    if (status === 'incomplete' || status === 'failed')
      report.loss(`${directory}: ${name}`, `${status} when it was made: ${reason}`);
  if (options.identity.length > 0 || options['key-file'] !== undefined)
    await checkArchives(directory, manifest, options, report);
  if (report.losses > losses) return;
  const what = `${manifest.host}, number ${manifest.sequence}`;
  report.note(directory, `verified: ${what}, nothing missing, nothing changed`);
}
