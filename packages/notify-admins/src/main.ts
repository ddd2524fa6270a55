import { CommandError, failure, runCommand } from 'command-line';
import { mailOf } from './content.ts';
import { passOn, readInput } from './input.ts';
import type { Means } from './means.ts';
import { notify } from './notify.ts';
import { command } from './options.ts';
import { Outbox } from './outbox.ts';
import { checkFlush, requestOf, transportOf } from './request.ts';
import { sendWaiting } from './waiting.ts';

type Common = Omit<Means, 'outbox'>;

runCommand(command, async (call) => {
  const { options, report, operands } = call;
  if (options.flush) checkFlush(options, operands);
  const request = options.flush ? undefined : requestOf(options);
  const common: Common = { transport: transportOf(options), timeout: options.timeout, report };
  if (request === undefined) return flush(Outbox.open(options.outbox), common);

  const { listing, held } = await readInput(call);
  const mail = await mailOf(request, options, listing, report);
  const outbox = openOutbox(options.outbox, common);
  if (mail === undefined) return outbox && sendOthers(outbox, common);
  if (await notify(mail, { ...common, outbox })) await passOn(call, held);
});

/** Without an outbox the mail can go out all the same. An ordinary user has none of his own unless he names it. */
function openOutbox(directory: string, { report }: Common): Outbox | undefined {
  try {
    return Outbox.open(directory);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const isUsual = directory === command.options.outbox.default && process.geteuid?.() !== 0;
    if (isUsual) report.detail(error.what, error.why);
    else report.loss(error.what, error.why, error.hint);
    return undefined;
  }
}

async function flush(outbox: Outbox, common: Common): Promise<void> {
  if (!(await outbox.hold(common.timeout)))
    throw failure(outbox.directory, 'another notify-admins works with it');
  const left = await sendWaiting({ ...common, outbox });
  if (left > 0) common.report.loss(outbox.directory, `${left} still wait in it`);
}

async function sendOthers(outbox: Outbox, common: Common): Promise<void> {
  if (await outbox.hold(common.timeout)) await sendWaiting({ ...common, outbox });
}
