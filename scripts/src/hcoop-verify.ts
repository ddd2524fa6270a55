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
import { nameIncomplete, verifyDate } from './date/verify.ts';
import { drill } from './drill/drill.ts';
import { command, hasKey, signerOf } from './verify-options.ts';

runCommand(command, async (call) => {
  setSearchPath(systemPath);
  const { operands, options, report } = call;
  if (operands.length === 0) throw usageError('dates', 'none given', 'name the directory of a date');
  if (options.drill && operands.length > 1)
    throw usageError('--drill', 'more than one date', 'give one at a time');
  for (const operand of operands) {
    const directory = toText(operand);
    if (directory === undefined) throw usageError(escapePath(operand), 'not valid UTF-8');
    if (options.drill) return drill(call, directory);
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
  const { host, sequence, components } = await verifyDate(directory, signerOf(options.signer), report);
  nameIncomplete(directory, components, report);
  if (hasKey(options)) await checkArchives(directory, components, options, report);
  if (report.losses > losses) return;
  report.note(directory, `verified: ${host}, number ${sequence}, nothing missing, nothing changed`);
}
