import { type Report, version } from 'command-line';
import { storeFile } from 'sealed-file';
import { keptDates } from '../date/kept.ts';
import { hostName } from '../settings/host-name.ts';
import type { Settings } from '../settings/schema.ts';
import { lastEvents } from './gate-status.ts';
import { readHistory } from './history.ts';
import { hostPage } from './page/host-page.ts';

/** Writes the page of this host: whole or not at all, and for its owner alone, for it names files. */
export async function writeHostPage(
  file: string,
  settings: Settings,
  config: string | undefined,
  report: Report,
): Promise<void> {
  const page = hostPage({
    host: hostName(settings),
    runs: readHistory(settings.state, report),
    dates: keptDates(settings.staging, report),
    last: await lastEvents(settings, config, report),
    now: new Date().toISOString(),
    version,
  });
  await storeFile(file, async (handle) => {
    await handle.writeFile(page);
  });
}
