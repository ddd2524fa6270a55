import { join } from 'node:path';
import { type Report, reason } from 'command-line';
import { readSmallFile } from 'date-tree';
import { storeFile } from 'sealed-file';
import { z } from 'zod';

const time = z.iso.datetime();

const schema = z.strictObject({
  /** When the newest run began that a mail was accepted of, or waits. */
  run: time.optional(),
  /** Since when somebody looks whether backups are overdue, and when a mail said last that they are. */
  lookedSince: time.optional(),
  overdue: time.optional(),
});

/** What the admins have been told. */
export type Told = z.infer<typeof schema>;

/** What cannot be read is told once more. */
export function readTold(state: string, report: Report): Told {
  const file = toldFile(state);
  try {
    const text = readSmallFile(file, 1 << 16)?.toString();
    return text === undefined ? {} : schema.parse(JSON.parse(text));
  } catch (error) {
    report.note(
      file,
      `not read, and made anew: ${error instanceof z.ZodError ? 'of another form' : reason(error)}`,
    );
    return {};
  }
}

export async function writeTold(state: string, told: Told): Promise<void> {
  await storeFile(toldFile(state), async (handle) => {
    await handle.writeFile(`${JSON.stringify(told)}\n`);
  });
}

function toldFile(state: string): string {
  return join(state, 'told.json');
}
