import { runCommand, usageError } from 'command-line';
import { escapePath, toText } from 'path-stream';
import { checkArchives } from './date/archives.ts';
import { verifyDate } from './date/verify.ts';
import { command, signerOf } from './verify-options.ts';

runCommand(command, async ({ options, operands, report }) => {
  if (operands.length === 0) throw usageError('dates', 'none given', 'name the directory of a date');
  for (const operand of operands) {
    const directory = toText(operand);
    if (directory === undefined) throw usageError(escapePath(operand), 'not valid UTF-8');
    const losses = report.losses;
    const manifest = await verifyDate(directory, signerOf(options.signer), report);
    for (const [name, { status, reason }] of Object.entries(manifest.components))
      if (status === 'incomplete' || status === 'failed')
        report.loss(`${directory}: ${name}`, `${status} when it was made: ${reason}`);
    if (options.identity.length > 0 || options['key-file'] !== undefined)
      await checkArchives(directory, manifest, options, report);
    if (report.losses === losses)
      report.note(
        directory,
        `verified: ${manifest.host}, number ${manifest.sequence}, nothing missing, nothing changed`,
      );
  }
});
