import { type Call, inputPaths, outputPaths } from 'command-line';
import { Held } from './held.ts';
import { Listing } from './listing.ts';
import type { command } from './options.ts';

type NotifyCall = Call<typeof command.options>;

/** What was read: for the mail, and to be written on. */
export interface Input {
  readonly listing: Listing;
  /** The paths as they go out. */
  readonly held: Held;
}

/** Reads all paths. What cannot go out is named here, and listed in the mail none the less. */
export async function readInput(call: NotifyCall): Promise<Input> {
  const listing = new Listing();
  const held = new Held();
  held.on('error', () => {}); // every write sees it
  const output = outputPaths({ report: call.report, stdout: held }, call.options);
  for await (const batch of inputPaths(call, call.options))
    for (const path of batch) {
      listing.add(path);
      await output.add(path);
    }
  await output.flush();
  return { listing, held };
}

/** Writes on what was read. */
export async function passOn(call: NotifyCall, held: Held): Promise<void> {
  const output = outputPaths(call, call.options);
  for (const records of held.read()) await output.addRecords(records);
}
