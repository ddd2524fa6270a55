import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  CommandError,
  inParallel,
  internalError,
  interruption,
  outputPaths,
  type Report,
  runCommand,
  usageError,
} from 'command-line';
import { escapePath, fromText, toText } from 'path-stream';
import { ensureSigningKey } from 'sealed-file';
import { type Pulled, pullHost } from './pull/host.ts';
import { receiptKey } from './pull/receipt.ts';
import { checkHost } from './pull/remote.ts';
import { formatTable } from './pull/table.ts';
import { command } from './pull-options.ts';

runCommand(command, async (call) => {
  const { options, report } = call;
  const operands = call.operands.map((operand) => toText(operand) ?? escapePath(operand));
  const destination = resolve(operands.at(-1) ?? '');
  const hosts = operands.slice(0, -1);
  if (operands.length === 0 || (hosts.length === 0 && options.html === undefined))
    throw usageError('operands', 'HOST… and DEST are needed');
  if (options.signer !== undefined && hosts.length > 1)
    throw usageError('--signer', 'of which host?', 'put each key into DEST/HOST/signer.pub');
  if (options.keep === 0) throw usageError('--keep', 'at least one date stays', 'give 1 or more');
  if (/[\s'"]/.test(options['ssh-config'] ?? ''))
    throw usageError('--ssh-config', 'a space or a quote in its name', 'rsync takes its -e apart at them');
  for (const host of hosts) checkHost(host);
  mkdirSync(destination, { recursive: true, mode: 0o700 });
  if (hosts.length > 0 && !options['no-receipt'])
    await ensureSigningKey(receiptKey(destination), 'hcoop-pull');

  const output = outputPaths(call, { null: false });
  const results = await inParallel(options.parallel, hosts, async (host): Promise<Pulled> => {
    const part = report.part();
    try {
      return await pullHost({ host, tree: join(destination, host), destination, options, report: part });
    } catch (error) {
      // One host's failure, whatever it is, is not to keep the others from being pulled.
      if (interruption.aborted) throw error;
      const { what, why, hint } = error instanceof CommandError ? error : internalError(error);
      part.loss(`${host}: ${what}`, why, hint);
      return { host, result: `FAILED: ${what}: ${why}` };
    }
  });
  for (const { path } of results) if (path !== undefined) await output.add(fromText(`${path}/`));
  await output.flush();
  if (options.html !== undefined) await writePage(options.html, destination, results, report);
  if (results.length > 0) for (const line of formatTable(results)) report.note(line);
});

/** The dates are here, page or no page: one that cannot be written is a loss. */
async function writePage(
  file: string,
  destination: string,
  results: readonly Pulled[],
  report: Report,
): Promise<void> {
  try {
    const { writePullsPage } = await import('./pull/write-page.ts');
    await writePullsPage(file, destination, results, report);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    report.loss(error.what, error.why, error.hint);
  }
}
